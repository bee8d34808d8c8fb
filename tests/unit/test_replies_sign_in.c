/* SPDX-License-Identifier: BSD-3-Clause */
/* What AWS Sign-In answers, and whom STS takes a caller for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/base64.h"
#include "helper/buffer.h"
#include "helper/replies.h"

#define NOW INT64_C(2000000000) /* 2033-05-18T03:33:20Z */
#define UENO "arn:aws:iam::123456789012:user/ueno"
#define BODY_MAX 65536

#define ID "\"accessKeyId\":\"ASIAEXAMPLEEXAMPLE01\""
#define KEY "\"secretAccessKey\":\"secretEXAMPLE+/01\""
#define TOKEN "\"sessionToken\":\"tokenEXAMPLE/+==\""
#define ACCESS "\"accessToken\":{" ID "," KEY "," TOKEN "}"
#define EXPIRES "\"expiresIn\":900"
#define REFRESH "\"refreshToken\":\"ASORexample\""
#define GOOD "{" ACCESS "," EXPIRES "," REFRESH ",\"tokenType\":\"aws_sigv4\"}"

static struct credentials credentials;
static struct secret refresh_token;
static char subject[CREDENTIALS_ARN_MAX + 1];
static struct failure why;

static int
take(const char *body, size_t size)
{
    why = (struct failure){.class = 0};
    memset(subject, 'x', sizeof subject);
    return replies_sign_in(body, size, NOW, &credentials, &refresh_token, subject, &why);
}

static void
expect_taken(const char *body)
{
    if (take(body, strlen(body)) != 0)
        fail_msg("%s for %s", why.text, body);
    assert_string_equal(credentials.access_key_id, "ASIAEXAMPLEEXAMPLE01");
    assert_string_equal(credentials.secret_access_key.data, "secretEXAMPLE+/01");
    assert_string_equal(credentials.session_token.data, "tokenEXAMPLE/+==");
    assert_true(credentials_are_valid(&credentials));
}

static void
expect_refused(const char *body, size_t size)
{
    int r = take(body, size);

    if (r != AWS_ROLE_ERR_NOT_AWS)
        fail_msg("%d for %.200s", r, body);
    assert_int_equal(why.class, AWS_ROLE_ERR_NOT_AWS);
    assert_int_not_equal(why.text[0], '\0');
    assert_null(strstr(why.text, "EXAMPLE"));
    assert_string_equal(credentials.access_key_id, "");
    assert_null(credentials.secret_access_key.data);
    assert_null(credentials.session_token.data);
    assert_null(refresh_token.data);
    assert_string_equal(subject, "");
}

/* A good body with an ID token of this payload, between `before` and `after`. */
static void
with_payload(struct buffer *body, const char *before, const char *payload, const char *after)
{
    buffer_start(body, BODY_MAX);
    buffer_text(body, "{" ACCESS "," EXPIRES "," REFRESH ",\"idToken\":\"");
    buffer_text(body, before);
    base64_add_url(body, payload, strlen(payload));
    buffer_text(body, after);
    buffer_text(body, "\"}");
    assert_int_equal(body->failed, 0);
}

static void
expect_subject(const char *before, const char *payload, const char *after, const char *wanted)
{
    struct buffer body;

    with_payload(&body, before, payload, after);
    expect_taken(buffer_string(&body));
    if (strcmp(subject, wanted) != 0)
        fail_msg("%s, not %s, for %s", subject, wanted, payload);
    buffer_wipe(&body);
}

static void
reads_an_answer(void **state)
{
    (void)state;
    expect_taken(GOOD);
    assert_string_equal(refresh_token.data, "ASORexample");
    assert_string_equal(subject, "");
    assert_string_equal(credentials.arn, "");
    assert_int_equal(credentials.expires_at, NOW + 900);
    assert_true(deadline_left(credentials.valid_until) > 890 * 1000);
    assert_true(deadline_left(credentials.valid_until) <= 900 * 1000);
}

/* A renewal need not have one; nothing of an earlier answer is left then. */
static void
a_refresh_token_may_be_missing(void **state)
{
    (void)state;
    expect_taken(GOOD);
    expect_taken("{" ACCESS "," EXPIRES "}");
    assert_null(refresh_token.data);
    expect_taken("{" ACCESS "," EXPIRES ",\"refreshToken\":\"\"}");
    assert_null(refresh_token.data);
    expect_taken("{" ACCESS "," EXPIRES ",\"refreshToken\":null}");
    assert_null(refresh_token.data);
}

static void
reads_who_has_signed_in(void **state)
{
    (void)state;
    expect_subject("e30.", "{\"sub\":\"" UENO "\"}", ".sig", UENO);
    expect_subject("e30.", "{\"sub\":\"arn:aws:iam::123456789012:user\\/ueno\"}", ".", UENO);
    expect_subject(".", "{\"aud\":\"x\",\"exp\":2000000900,\"sub\":\"" UENO "\"}", ".sig", UENO);
    expect_subject("e30.", "{\"a\":{\"sub\":\"no\"},\"sub\":\"" UENO "\"}", ".sig", UENO);
}

static void
reads_nobody_from_other_shapes(void **state)
{
    static const char *const payloads[] = {
        "",
        "{}",
        "[]",
        "null",
        "\"" UENO "\"",
        "{\"sub\":null}",
        "{\"sub\":17}",
        "{\"sub\":\"\"}",
        "{\"sub\":[\"" UENO "\"]}",
        "{\"sub\":{\"sub\":\"" UENO "\"}}",
        "{\"Sub\":\"" UENO "\"}",
        "{\"sub\":\"" UENO " \"}",
        "{\"sub\":\"" UENO "\\u0000\"}",
        "{\"sub\":\"" UENO "\\u001b\"}",
        "{\"sub\":\"" UENO "\\u00e4\"}",
        "{\"sub\":\"" UENO "\",\"sub\":\"" UENO "\"}",
        "{\"sub\":\"" UENO "\"",
        "{\"sub\":\"" UENO "\"}x",
        "<sub>" UENO "</sub>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        expect_subject("e30.", payloads[i], ".sig", "");
    expect_subject("", "{\"sub\":\"" UENO "\"}", "", "");
    expect_subject("", "{\"sub\":\"" UENO "\"}", ".sig", "");
    expect_subject("e30.", "{\"sub\":\"" UENO "\"}", "", "");
    expect_subject("e30..", "{\"sub\":\"" UENO "\"}", ".sig", "");
    expect_subject("e30.", "{\"sub\":\"" UENO "\"}", "*.sig", "");
    expect_subject("e30.", "{\"sub\":\"" UENO "\"}", "A===.sig", "");
}

static void
a_subject_that_is_too_long_is_none(void **state)
{
    char payload[CREDENTIALS_ARN_MAX + 64], wanted[CREDENTIALS_ARN_MAX + 2];

    (void)state;
    memset(wanted, 'x', sizeof wanted);
    wanted[CREDENTIALS_ARN_MAX + 1] = '\0';
    snprintf(payload, sizeof payload, "{\"sub\":\"%s\"}", wanted);
    expect_subject("e30.", payload, ".sig", "");
    wanted[CREDENTIALS_ARN_MAX] = '\0';
    snprintf(payload, sizeof payload, "{\"sub\":\"%s\"}", wanted);
    expect_subject("e30.", payload, ".sig", wanted);
}

static const char *const refused[] = {
    "",
    "garbage",
    "{",
    "{}",
    "[]",
    "null",
    "<html></html>",
    "{" ACCESS "," REFRESH "}",
    "{" EXPIRES "," REFRESH "}",
    "{\"accessToken\":null," EXPIRES "," REFRESH "}",
    "{\"accessToken\":\"ASIAEXAMPLEEXAMPLE01\"," EXPIRES "," REFRESH "}",
    "{\"accessToken\":[" ID "]," EXPIRES "}",
    "{\"accessToken\":{" KEY "," TOKEN "}," EXPIRES "," REFRESH "}",
    "{\"accessToken\":{" ID "," TOKEN "}," EXPIRES "," REFRESH "}",
    "{\"accessToken\":{" ID "," KEY "}," EXPIRES "," REFRESH "}",
    "{\"accessToken\":{" ID "," KEY ",\"sessionToken\":17}," EXPIRES "," REFRESH "}",
    "{\"accessToken\":{" ID "," KEY ",\"sessionToken\":\"a\\u0000EXAMPLE\"}," EXPIRES "}",
    "{\"accessToken\":{\"accessKeyId\":\"ASIA-EXAMPLE-EXAMP\"," KEY "," TOKEN "}," EXPIRES "}",
    "{" ID "," KEY "," TOKEN "," EXPIRES "," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":0," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":0.5," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":-1," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":-900," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":133201," REFRESH "}", /* 37 h and a second */
    "{" ACCESS ",\"expiresIn\":9223372036854775807," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":1e300," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":1e999," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":\"900\"," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":null," REFRESH "}",
    "{" ACCESS ",\"expiresIn\":[900]," REFRESH "}",
    "{" ACCESS ",\"accessToken\":{\"expiresIn\":900}," REFRESH "}",
    "{" ACCESS "," EXPIRES "," EXPIRES "," REFRESH "}",
    "{" ACCESS "," ACCESS "," EXPIRES "," REFRESH "}",
    "{" ACCESS "," EXPIRES ",\"Expiration\":\"2033-05-18T04:33:20Z\"," REFRESH "}",
    "{" ACCESS "," EXPIRES ",\"refreshToken\":\"a b\"}",
    "{" ACCESS "," EXPIRES ",\"refreshToken\":\"a\\u00e4\"}",
    "{" ACCESS "," EXPIRES ",\"refreshToken\":\"a\\u0000\"}",
    "{" ACCESS "," EXPIRES "," REFRESH "," REFRESH "}",
    GOOD "x",
};

static void
refuses_everything_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        expect_refused(refused[i], strlen(refused[i]));
    for (size_t size = 0; size < sizeof GOOD - 1; size++)
        expect_refused(GOOD, size);
}

/* Not even who has signed in, when the rest is of no use. */
static void
gives_nothing_with_a_failure(void **state)
{
    struct buffer body;

    (void)state;
    expect_taken(GOOD);
    with_payload(&body, "e30.", "{\"sub\":\"" UENO "\"}", ".sig\",\"expiresIn\":\"x");
    expect_refused(body.data, body.size);
    buffer_wipe(&body);
    expect_taken(GOOD);
    with_payload(&body, "e30.", "{\"sub\":\"" UENO "\"}", ".sig\",\"refreshToken2\":\"x");
    memcpy(strstr(body.data, "ASORexample"), "ASOR xample", 11);
    expect_refused(body.data, body.size);
    buffer_wipe(&body);
}

static void
bounds_the_refresh_token(void **state)
{
    struct buffer body;

    (void)state;
    for (size_t length = 8192; length <= 8193; length++) {
        buffer_start(&body, BODY_MAX);
        buffer_text(&body, "{" ACCESS "," EXPIRES ",\"refreshToken\":\"");
        for (size_t i = 0; i < length; i++)
            buffer_text(&body, "r");
        buffer_text(&body, "\"}");
        if (length == 8192)
            expect_taken(buffer_string(&body));
        else
            expect_refused(body.data, body.size);
        buffer_wipe(&body);
    }
}

static void
takes_the_longest_life(void **state)
{
    const char *soon = "{" ACCESS ",\"expiresIn\":1}";

    (void)state;
    expect_taken("{" ACCESS ",\"expiresIn\":133200}");
    assert_int_equal(credentials.expires_at, NOW + 133200);
    assert_int_equal(take(soon, strlen(soon)), 0);
    assert_int_equal(credentials.expires_at, NOW + 1);
    expect_taken("{" ACCESS ",\"expiresIn\":9.0e2}");
    assert_int_equal(credentials.expires_at, NOW + 900);
}

#define IDENTITY(inside)                                                                           \
    "<GetCallerIdentityResponse><GetCallerIdentityResult>" inside                                  \
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"

static void
reads_the_caller(void **state)
{
    static const char *const bodies[] = {
        "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Account\":\"1\",\"Arn\":\""
        UENO "\",\"UserId\":\"A\"}}}",
        "{\"GetCallerIdentityResult\":{\"Arn\":\"" UENO "\"}}",
        "{\"Arn\":\"" UENO "\"}",
        IDENTITY("<Arn>" UENO "</Arn><UserId>A</UserId>"),
    };
    char arn[CREDENTIALS_ARN_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(replies_caller(bodies[i], strlen(bodies[i]), arn, &why), 0);
        assert_string_equal(arn, UENO);
    }
}

static void
refuses_who_is_no_caller(void **state)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "{\"Arn\":null}",
        "{\"Arn\":17}",
        "{\"Arn\":\"\"}",
        "{\"Arn\":\"a b\"}",
        "{\"Arn\":\"a\\u0000\"}",
        "{\"Arn\":\"" UENO "\",\"Arn\":\"" UENO "\"}",
        "{\"Other\":{\"Arn\":\"" UENO "\"}}",
        "{\"Arn\":\"" UENO "\"",
        IDENTITY("<Arn/>"),
        IDENTITY("<Arn>" UENO "</Arn><Arn>" UENO "</Arn>"),
        IDENTITY("<A><Arn>" UENO "</Arn></A>"),
        "<html>" UENO "</html>",
    };
    char arn[CREDENTIALS_ARN_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        memset(arn, 'x', sizeof arn);
        if (replies_caller(bodies[i], strlen(bodies[i]), arn, &why) != AWS_ROLE_ERR_NOT_AWS)
            fail_msg("%s is %s", bodies[i], arn);
        assert_string_equal(arn, "");
    }
}

static int
tear_down(void **state)
{
    (void)state;
    credentials_wipe(&credentials);
    secret_wipe(&refresh_token);
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_an_answer),
        TEST(a_refresh_token_may_be_missing),
        TEST(reads_who_has_signed_in),
        TEST(reads_nobody_from_other_shapes),
        TEST(a_subject_that_is_too_long_is_none),
        TEST(refuses_everything_else),
        TEST(gives_nothing_with_a_failure),
        TEST(bounds_the_refresh_token),
        TEST(takes_the_longest_life),
        TEST(reads_the_caller),
        TEST(refuses_who_is_no_caller),
    };

    return cmocka_run_group_tests_name("replies_sign_in", tests, NULL, NULL);
}
