/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/buffer.h"
#include "helper/replies.h"

/* 2033-05-18T03:33:20Z; the files' credentials end an hour later. */
#define NOW INT64_C(2000000000)
#define END (NOW + 3600)
#define BODY_MAX ((size_t)1024 * 1024)

static void
read_file(const char *name, struct buffer *body)
{
    char path[4096], piece[4096];
    const char *source = getenv("srcdir");
    size_t n;
    FILE *file;

    snprintf(path, sizeof path, "%s/tests/unit/replies/%s", source == NULL ? "." : source, name);
    buffer_start(body, BODY_MAX);
    file = fopen(path, "r");
    assert_non_null(file);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_add(body, piece, n);
    fclose(file);
    assert_int_equal(body->failed, 0);
}

static void
check_credentials(const struct credentials *credentials)
{
    assert_string_equal(credentials->access_key_id, "ASIAEXAMPLEEXAMPLE01");
    assert_string_equal(credentials->secret_access_key.data, "secretEXAMPLE+/01");
    assert_string_equal(credentials->session_token.data, "tokenEXAMPLE/+==");
    assert_int_equal(credentials->session_token.size, 16);
    assert_int_equal(credentials->expires_at, END);
    assert_true(credentials_are_valid(credentials));
}

static void
reads_every_shape_of_success(void **state)
{
    static const char *const names[] = {"assume-role.json", "assume-role-exponent.json",
                                        "assume-role-without-outer.json", "assume-role.xml",
                                        "assume-role-one-line.xml"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct credentials credentials = {.arn = ""};
        struct failure why = {.class = 0};
        struct buffer body;

        print_message("    %s\n", names[i]);
        read_file(names[i], &body);
        assert_int_equal(replies_credentials("AssumeRole", body.data, body.size, NOW, &credentials,
                                             &why),
                         0);
        check_credentials(&credentials);
        assert_string_equal(credentials.arn,
                            "arn:aws:sts::111122223333:assumed-role/Developer/ueno");
        assert_int_equal(replies_credentials("GetSessionToken", body.data, body.size, NOW,
                                             &credentials, &why),
                         AWS_ROLE_ERR_NOT_AWS);
        credentials_wipe(&credentials);
        buffer_wipe(&body);
    }
}

static void
reads_every_shape_of_error(void **state)
{
    static const struct {
        const char *name, *message, *request_id;
    } errors[] = {
        {"error.json", "User: x is not authorized", "request-1"},
        {"error-flat.json", "", "request-1"},
        {"error.xml", "User: x is not authorized", "request-1"},
        {"error-alone.xml", "", "request-1"},
        {"error-in-errors.html", "no", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct credentials credentials = {.arn = ""};
        struct failure why = {.class = 0};
        struct reply_error error;
        struct buffer body;

        read_file(errors[i].name, &body);
        assert_int_equal(replies_error(body.data, body.size, &error), 0);
        assert_string_equal(error.code, "AccessDenied");
        assert_string_equal(error.message, errors[i].message);
        assert_string_equal(error.request_id, errors[i].request_id);
        assert_int_equal(replies_credentials("AssumeRole", body.data, body.size, NOW, &credentials,
                                             &why),
                         AWS_ROLE_ERR_NOT_AWS);
        buffer_wipe(&body);
    }
}

static void
reads_metadata(void **state)
{
    struct credentials credentials = {.arn = ""};
    struct failure why = {.class = 0};
    struct buffer body;

    (void)state;
    read_file("metadata.json", &body);
    assert_int_equal(replies_metadata(body.data, body.size, NOW, &credentials, &why), 0);
    check_credentials(&credentials);
    assert_int_equal(replies_metadata(body.data, body.size, END, &credentials, &why),
                     AWS_ROLE_ERR_RETRY);
    assert_int_equal(credentials.access_key_id[0], '\0');
    buffer_wipe(&body);
    read_file("metadata-failed.json", &body);
    assert_int_equal(replies_metadata(body.data, body.size, NOW, &credentials, &why),
                     AWS_ROLE_ERR_RETRY);
    assert_non_null(strstr(why.text, "AssumeRoleUnauthorizedAccess"));
    buffer_wipe(&body);
}

#define JSON(credentials) "{\"AssumeRoleResult\":{\"Credentials\":{" credentials "}}}"
#define ID "\"AccessKeyId\":\"ASIAEXAMPLEEXAMPLE01\""
#define KEY "\"SecretAccessKey\":\"s\""
#define TOKEN "\"SessionToken\":\"t\""
#define EXPIRY "\"Expiration\":2000003600"
#define XML(inside) "<AssumeRoleResponse><AssumeRoleResult><Credentials>" inside                   \
    "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
#define XML_REST "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"              \
    "<Expiration>2033-05-18T04:33:20Z</Expiration>"
#define XML_ID "<AccessKeyId>ASIAEXAMPLEEXAMPLE01</AccessKeyId>"

static const char *const refused[] = {
    "",
    " \n",
    "garbage",
    "[]",
    "null",
    "{",
    "{}",
    "{\"AssumeRoleResult\":null}",
    "<html><body>502 Bad Gateway</body></html>",
    "<AssumeRoleResponse>",
    JSON(ID "," KEY "," TOKEN),
    JSON(ID "," KEY "," EXPIRY),
    JSON(ID "," TOKEN "," EXPIRY),
    JSON(KEY "," TOKEN "," EXPIRY),
    JSON(ID "," KEY "," TOKEN "," EXPIRY) "x",
    JSON(ID "," ID "," KEY "," TOKEN "," EXPIRY),
    JSON("\"AccessKeyId\":\"ASIA\"," KEY "," TOKEN "," EXPIRY),
    JSON("\"AccessKeyId\":\"ASIAEXAMPLE-EXAMPLE0\"," KEY "," TOKEN "," EXPIRY),
    JSON("\"AccessKeyId\":[\"ASIAEXAMPLEEXAMPLE01\"]," KEY "," TOKEN "," EXPIRY),
    JSON(ID ",\"SecretAccessKey\":\"\\u00e4\"," TOKEN "," EXPIRY),
    JSON(ID ",\"SecretAccessKey\":\"a\\u0000b\"," TOKEN "," EXPIRY),
    JSON(ID ",\"SecretAccessKey\":\"a\\u001bb\"," TOKEN "," EXPIRY),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":2000000000"),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":1999999999"),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":2000133201"), /* 37 h and a second */
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":-1"),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":0"),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":1e300"),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":\"2000003600\""),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":\"tomorrow\""),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":\"2033-05-18T04:33:20\""),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":\"2033-05-18T04:33:20+09:00\""),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":\"2033-13-18T04:33:20Z\""),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":\"2033-05-18T04:33:20.Z\""),
    JSON(ID "," KEY "," TOKEN ",\"Expiration\":true"),
    "{\"AssumeRoleResult\":{},\"OtherResult\":{\"Credentials\":{" ID "," KEY "," TOKEN "," EXPIRY
    "}}}",
    XML(XML_REST),
    XML(XML_ID XML_ID XML_REST),
    XML("<AccessKeyId><b/>ASIAEXAMPLEEXAMPLE01</AccessKeyId>" XML_REST),
    XML(XML_ID XML_REST) "<more/>",
    "<!DOCTYPE a><AssumeRoleResponse/>",
    "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><AssumeRoleResponse/>",
    "<!DOCTYPE a [<!ENTITY k \"ASIAEXAMPLEEXAMPLE01\">]>" XML("<AccessKeyId>&k;</AccessKeyId>"
                                                              XML_REST),
};

static void
refuses_everything_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct credentials credentials = {.arn = ""};
        struct failure why = {.class = 0};
        int r = replies_credentials("AssumeRole", refused[i], strlen(refused[i]), NOW,
                                    &credentials, &why);

        if (r != AWS_ROLE_ERR_NOT_AWS)
            fail_msg("%d for %s", r, refused[i]);
        assert_int_equal(why.class, AWS_ROLE_ERR_NOT_AWS);
        assert_int_not_equal(why.text[0], '\0');
        assert_int_equal(credentials.access_key_id[0], '\0');
        assert_null(credentials.secret_access_key.data);
        assert_null(credentials.session_token.data);
    }
}

static void
takes_the_longest_life(void **state)
{
    const char *body = JSON(ID "," KEY "," TOKEN ",\"Expiration\":2000133200");
    struct credentials credentials = {.arn = ""};
    struct failure why = {.class = 0};

    (void)state;
    assert_int_equal(
        replies_credentials("AssumeRole", body, strlen(body), NOW, &credentials, &why), 0);
    credentials_wipe(&credentials);
}

/* A document of `count` times `piece`, between two others. */
static void
repeat(struct buffer *body, const char *before, const char *piece, size_t count, const char *after)
{
    buffer_start(body, BODY_MAX);
    buffer_text(body, before);
    for (size_t i = 0; i < count; i++)
        buffer_text(body, piece);
    buffer_text(body, after);
}

static void
refuses_what_is_deep_or_explodes(void **state)
{
    static const char laughs[] =
        "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
        "<Error><Code>&d;</Code></Error>";
    struct reply_error error;
    struct buffer body;

    (void)state;
    assert_int_equal(replies_error(laughs, strlen(laughs), &error), AWS_ROLE_ERR_NOT_AWS);
    repeat(&body, "", "<a>", 50000, "");
    assert_int_equal(replies_error(body.data, body.size, &error), AWS_ROLE_ERR_NOT_AWS);
    buffer_wipe(&body);
    repeat(&body, "", "{\"a\":", 50000, "1");
    assert_int_equal(replies_error(body.data, body.size, &error), AWS_ROLE_ERR_NOT_AWS);
    buffer_wipe(&body);
    repeat(&body, "{\"Code\":\"x\",\"a\":", "{\"a\":", 20, "1}}}}}}}}}}}}}}}}}}}}}");
    assert_int_equal(replies_error(body.data, body.size, &error), AWS_ROLE_ERR_NOT_AWS);
    buffer_wipe(&body);
    repeat(&body, "<Error><Code>", "xxxxxxxxxx", 10000, "</Code></Error>");
    assert_int_equal(replies_error(body.data, body.size, &error), AWS_ROLE_ERR_NOT_AWS);
    buffer_wipe(&body);
}

static void
cleans_what_people_will_read(void **state)
{
    const char *body = "{\"Error\":{\"Code\":\"A\\nB\",\"Message\":\"\\u001b[31m a\\t\\n b \\u00e4 "
                       "\\\"\"},\"RequestId\":\"r\\u0007\"}";
    struct reply_error error;
    struct buffer longer;

    (void)state;
    assert_int_equal(replies_error(body, strlen(body), &error), 0);
    assert_string_equal(error.code, "A B");
    assert_string_equal(error.message, "?[31m a b ?? \"");
    assert_string_equal(error.request_id, "r?");
    repeat(&longer, "{\"Code\":\"x\",\"Message\":\"", "0123456789", 1000, "\"}");
    assert_int_equal(replies_error(longer.data, longer.size, &error), 0);
    assert_int_equal(strlen(error.message), FAILURE_QUOTE_MAX);
    buffer_wipe(&longer);
}

static void
does_not_mix_up_long_paths(void **state)
{
    struct reply_error error;
    struct buffer body;

    (void)state;
    repeat(&body, "<Error><", "x", 300, "><Code>no</Code></");
    for (size_t i = 0; i < 300; i++)
        buffer_text(&body, "x");
    buffer_text(&body, "><Code>yes</Code></Error>");
    assert_int_equal(replies_error(body.data, body.size, &error), 0);
    assert_string_equal(error.code, "yes");
    buffer_wipe(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_shape_of_success),
        cmocka_unit_test(reads_every_shape_of_error),
        cmocka_unit_test(reads_metadata),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(takes_the_longest_life),
        cmocka_unit_test(refuses_what_is_deep_or_explodes),
        cmocka_unit_test(cleans_what_people_will_read),
        cmocka_unit_test(does_not_mix_up_long_paths),
    };

    return cmocka_run_group_tests_name("replies", tests, NULL, NULL);
}
