/* SPDX-License-Identifier: BSD-3-Clause */
/* The page, a code and its renewals, asked of the peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "tests/unit/ueno.h"

#define PORT 51234
#define URL_MAX 2048

/* Why there is no page, for as much room as this. */
static int
no_page(size_t room)
{
    struct buffer url;
    int r;

    buffer_start(&url, room);
    ueno.why = (struct failure){.class = 0};
    r = sign_in_url(&ueno.call, ueno.begun.state, ueno.begun.verifier, &url, &ueno.why);
    buffer_wipe(&url);
    return r;
}

/* The page of AWS's own, where no other is named. */
static void
the_page_is_of_the_region(void **state)
{
    static const struct {
        const char *region, *start;
    } pages[] = {
        {"ap-northeast-1", "https://ap-northeast-1.signin.aws.amazon.com/v1/authorize?"},
        {NULL, "https://us-east-1.signin.aws.amazon.com/v1/authorize?"},
    };

    (void)state;
    ueno.call.endpoint = NULL;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        ueno_step(pages[i].region, 0);
        assert_memory_equal(ueno_page(), pages[i].start, strlen(pages[i].start));
    }
    ueno_step("us-east-1", 1);
    ueno_expect(no_page(URL_MAX), AWS_ROLE_ERR_REFUSED, "no FIPS endpoint");
    ueno_step("cn-north-1", 0);
    ueno_expect(no_page(URL_MAX), AWS_ROLE_ERR_REFUSED, "set a region of the role's partition");
    ueno_expect(ueno_redeem(), AWS_ROLE_ERR_REFUSED, "set a region of the role's partition");
    ueno_expect(ueno_refresh(), AWS_ROLE_ERR_REFUSED, "set a region of the role's partition");
}

/* RFC 7636, appendix B, in AWS's words; each parameter once, and encoded. */
static void
the_page_has_its_parameters(void **state)
{
    char wanted[URL_MAX];
    struct buffer url;

    (void)state;
    ueno.call.endpoint = "https://a.example";
    buffer_start(&url, URL_MAX);
    assert_int_equal(sign_in_url(&ueno.call, "a-b", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                                 &url, &ueno.why),
                     0);
    snprintf(wanted, sizeof wanted,
             "https://a.example/v1/authorize?response_type=code&client_id=arn%%3Aaws%%3Asignin"
             "%%3A%%3A%%3Adevtools%%2Fcross-device&state=a-b&scope=openid&redirect_uri=https%%3A"
             "%%2F%%2Fa.example%%2Fv1%%2Fsessions%%2Fconfirmation&code_challenge_method=SHA-256"
             "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_string_equal(buffer_string(&url), wanted);
    buffer_wipe(&url);
    ueno.call.same_device = 1;
    ueno.call.port = PORT;
    assert_non_null(strstr(ueno_page(), "devtools%2Fsame-device&"));
    assert_non_null(strstr(ueno_page(),
                           "redirect_uri=http%3A%2F%2F127.0.0.1%3A51234%2Foauth%2Fcallback&"));
}

static void
a_page_that_does_not_fit_is_told(void **state)
{
    (void)state;
    ueno_expect(no_page(100), AWS_ROLE_ERR_TOO_BIG, "the sign-in's page cannot be told");
}

static void
a_code_gives_credentials(void **state)
{
    (void)state;
    ueno_get_code();
    ueno_expect(ueno_redeem(), 0, "");
    ueno_expect_credentials();
    assert_true(ueno.answer.refresh_token.size > 0);
    assert_string_equal(ueno.answer.subject, PEER_PROCESS_UENO);
    assert_int_equal(ueno_count("redeem"), 1);
}

static void
a_code_of_a_browser_here_gives_credentials(void **state)
{
    (void)state;
    ueno.call.same_device = 1;
    ueno.call.port = PORT;
    ueno_begin();
    ueno.call.port = 0; /* whoever renews has none */
    ueno_expect(ueno_refresh(), 0, "");
    ueno_expect_credentials();
    ueno.call.same_device = 0;
    secret_move(&ueno.token, &ueno.answer.refresh_token);
    ueno_expect(ueno_refresh(), AWS_ROLE_ERR_NEEDS_PERSON, "AWS has ended the sign-in");
}

/* Key, verifier and port are those of the page. */
static void
a_code_is_good_with_what_began_it(void **state)
{
    const unsigned int port = PORT;
    char verifier;

    (void)state;
    ueno.call.same_device = 1;
    ueno.call.port = port;
    ueno_get_code();
    ueno.call.port = port + 1;
    ueno_expect(ueno_redeem(), AWS_ROLE_ERR_ANSWER, "AWS does not know the code");
    ueno.call.port = port;
    verifier = ueno.begun.verifier[0];
    ueno.begun.verifier[0] = verifier == 'a' ? 'b' : 'a';
    ueno_expect(ueno_redeem(), AWS_ROLE_ERR_ANSWER, "AWS does not know the code");
    ueno.begun.verifier[0] = verifier;
    ueno_expect(ueno_redeem(), 0, "");
}

static void
each_answer_has_the_next_token(void **state)
{
    (void)state;
    ueno_begin();
    for (int i = 0; i < 4; i++) {
        ueno_expect(ueno_refresh(), 0, "");
        ueno_expect_credentials();
        assert_string_equal(ueno.answer.subject, "");
        assert_true(ueno.answer.refresh_token.size > 0);
        assert_false(secret_equal(&ueno.token, &ueno.answer.refresh_token));
        secret_move(&ueno.token, &ueno.answer.refresh_token);
    }
    assert_int_equal(ueno_count("refresh"), 4);
}

static void
a_renewal_is_proved_with_its_key(void **state)
{
    struct sign_in_begun other;

    (void)state;
    ueno_begin();
    assert_int_equal(sign_in_state_begin(&ueno.step, 0, &other), 0);
    ueno.call.key = &other.key;
    ueno_expect(ueno_refresh(), AWS_ROLE_ERR_NEEDS_PERSON, "AWS has ended the sign-in");
    ueno.call.key = &ueno.begun.key;
    ueno_expect(ueno_refresh(), 0, "");
    assert_int_equal(secret_set(&other.key, "none", 4), 0);
    ueno.call.key = &other.key;
    ueno_expect(ueno_refresh(), AWS_ROLE_ERR_ARGUMENT, "cannot be signed");
    sign_in_state_wipe_begun(&other);
}

static void
wiping_leaves_nothing(void **state)
{
    static const struct sign_in_answer nothing;

    (void)state;
    ueno_get_code();
    ueno_expect(ueno_redeem(), 0, "");
    sign_in_wipe(&ueno.answer);
    assert_memory_equal(&ueno.answer, &nothing, sizeof ueno.answer);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, ueno_set_up, ueno_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_page_is_of_the_region),
        TEST(the_page_has_its_parameters),
        TEST(a_page_that_does_not_fit_is_told),
        TEST(a_code_gives_credentials),
        TEST(a_code_of_a_browser_here_gives_credentials),
        TEST(a_code_is_good_with_what_began_it),
        TEST(each_answer_has_the_next_token),
        TEST(a_renewal_is_proved_with_its_key),
        TEST(wiping_leaves_nothing),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("sign_in", tests, NULL, peer_process_stop);
}
