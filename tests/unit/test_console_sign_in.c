/* SPDX-License-Identifier: BSD-3-Clause */
/* A person is asked, a code becomes credentials, and what is kept renews them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "tests/unit/console.h"

#define PROMPT "Code from the page, signed in as " PEER_PROCESS_UENO ": "
#define HINT "sign in to the AWS console as " PEER_PROCESS_UENO ": run aws-role login"
#define MIKA "arn:aws:iam::123456789012:user/mika"
#define PORT 51234
#define HOURS_MS ((uint64_t)3600 * 1000)

static void
nobody_is_given_a_page(void **state)
{
    (void)state;
    console_expect(console_run(), AWS_ROLE_ERR_NEEDS_PERSON, "");
    assert_string_equal(console.out.why, HINT);
    assert_string_equal(console.out.prompt, PROMPT);
    assert_string_equal(console.out.url, "");
    assert_null(console.out.begun.data);
    assert_int_equal(console_count("authorize"), 0);
}

static void
a_person_is_given_a_page(void **state)
{
    char start[128];

    (void)state;
    console_ask();
    snprintf(start, sizeof start, "%s/v1/authorize?", console.context.sign_in);
    assert_memory_equal(console.out.url, start, strlen(start));
    assert_non_null(strstr(console.out.url, "cross-device"));
    assert_string_equal(console.out.why, HINT);
    assert_string_equal(console.out.prompt, PROMPT);
    assert_int_equal(console_count("authorize"), 0);
}

/* Whether asking once more with what is begun shows another page than the last one. */
static int
another_page(void)
{
    char before[sizeof console.out.url];

    memcpy(before, console.out.url, sizeof before);
    console_ask();
    return strcmp(before, console.out.url) != 0;
}

static void
what_is_begun_keeps_its_page(void **state)
{
    (void)state;
    console_ask();
    assert_false(another_page());
    assert_false(another_page());
    console.context.port = PORT;
    assert_true(another_page());
    assert_false(another_page());
    console.context.port = PORT + 1;
    assert_true(another_page());
    console.context.port = 0;
    assert_true(another_page());
    console_step(MIKA);
    assert_true(another_page());
    secret_wipe(&console.begun);
    assert_true(another_page());
    assert_int_equal(secret_set(&console.begun, "junk", 4), 0);
    assert_true(another_page());
}

static void
a_code_gives_credentials(void **state)
{
    (void)state;
    console_ask();
    console_sign_in("ueno", PEER_PROCESS_PASSWORD);
    console_expect(console_run(), 0, "");
    console_expect_credentials();
    assert_true(console.out.keep.size > 0);
    assert_true(console.out.keep_until <= deadline_in(12 * HOURS_MS));
    assert_true(console.out.keep_until > deadline_in(12 * HOURS_MS - 60000));
    assert_int_equal(console_count("redeem"), 1);
    assert_int_equal(console_count("refresh"), 0);
    assert_int_equal(peer_process_count("sts", "GetCallerIdentity"), 1);
}

static void
an_answer_comes_before_what_is_kept(void **state)
{
    struct secret kept = {NULL, 0};

    (void)state;
    console_begin();
    secret_move(&kept, &console.kept);
    console_ask();
    console_sign_in("ueno", PEER_PROCESS_PASSWORD);
    secret_move(&console.kept, &kept);
    console_expect(console_run(), 0, "");
    assert_int_equal(console_count("redeem"), 2);
    assert_int_equal(console_count("refresh"), 0);
}

/* Each answer's token is what the next renewal uses; the time to sign in again stays. */
static void
what_is_kept_renews(void **state)
{
    struct secret before = {NULL, 0};
    deadline_t until;

    (void)state;
    console_begin();
    until = console.out.keep_until;
    console.context.person = 0;
    for (int i = 0; i < 3; i++) {
        secret_move(&before, &console.kept);
        assert_int_equal(secret_copy(&console.kept, &before), 0);
        console_expect(console_run(), 0, "");
        console_expect_credentials();
        assert_true(console.out.keep_until == until);
        assert_false(secret_equal(&console.out.keep, &before));
        console_keep();
    }
    assert_int_equal(console_count("refresh"), 3);
    assert_int_equal(peer_process_count("sts", "GetCallerIdentity"), 1);
    secret_wipe(&before);
}

static void
what_was_kept_before_the_last_is_of_no_use(void **state)
{
    struct secret first = {NULL, 0};

    (void)state;
    console_begin();
    assert_int_equal(secret_copy(&first, &console.kept), 0);
    for (int i = 0; i < 2; i++) {
        console_expect(console_run(), 0, "");
        console_keep();
    }
    secret_move(&console.kept, &first);
    console.context.person = 0;
    console_expect(console_run(), AWS_ROLE_ERR_NEEDS_PERSON,
                   "AWS has ended the sign-in of " PEER_PROCESS_UENO "; " HINT);
}

static void
a_renewal_without_a_token_keeps_the_last(void **state)
{
    (void)state;
    console_begin();
    console_fault("refresh", "'kind': 'status', 'status': 200, 'count': 1, 'body': '{"
                             "\\'accessToken\\': {\\'accessKeyId\\': \\'ASIAEXAMPLEEXAMPLE01\\', "
                             "\\'secretAccessKey\\': \\'s\\', \\'sessionToken\\': \\'t\\'}, "
                             "\\'expiresIn\\': 900}'");
    console_expect(console_run(), 0, "");
    assert_string_equal(console.out.credentials.access_key_id, "ASIAEXAMPLEEXAMPLE01");
    console_keep();
    console_expect(console_run(), 0, "");
    console_expect_credentials();
}

/* A browser of this host brings the code as a query, and the port is gone at the renewals. */
static void
a_browser_here_brings_the_code(void **state)
{
    const char *query, *location;
    json_t *given;

    (void)state;
    console.context.port = PORT;
    console_ask();
    assert_non_null(strstr(console.out.url, "same-device"));
    given = peer_process_sign_in(console.out.url, "ueno", PEER_PROCESS_PASSWORD);
    location = json_string_value(json_object_get(given, "location"));
    query = strchr(location, '?') + 1;
    assert_memory_equal(location, "http://127.0.0.1:51234/oauth/callback?",
                        (size_t)(query - location));
    assert_int_equal(secret_set(&console.answer, query, strlen(query)), 0);
    json_decref(given);
    console.context.port = 0; /* an answer needs none: what was begun has it */
    console_expect(console_run(), 0, "");
    console_expect_credentials();
    secret_wipe(&console.answer);
    for (int i = 0; i < 2; i++) {
        console_keep();
        console_expect(console_run(), 0, "");
        console_expect_credentials();
    }
}

static void
what_is_kept_and_cannot_be_read_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(secret_set(&console.kept, "junk", 4), 0);
    console_expect(console_run(), AWS_ROLE_ERR_NEEDS_PERSON, "");
    assert_string_equal(console.out.why, HINT);
    assert_int_equal(console_count("refresh"), 0);
}

static void
without_a_name_it_is_no_step(void **state)
{
    (void)state;
    console_step(NULL);
    console_expect(console_run(), AWS_ROLE_ERR_PROTOCOL, "without a name");
}

/* A long name leaves the sentence its end, and prompts fit their record. */
static void
a_long_name_is_cut(void **state)
{
    char who[CREDENTIALS_ARN_MAX + 1];

    (void)state;
    memset(who, 'x', sizeof who);
    memcpy(who, "arn:aws:iam::123456789012:user/", 31);
    who[CREDENTIALS_ARN_MAX] = '\0';
    console_step(who);
    console_ask();
    assert_non_null(strstr(console.out.why, ": run aws-role login"));
    assert_memory_equal(console.out.prompt + strlen(console.out.prompt) - 3, "x: ", 3);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, console_set_up, console_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_given_a_page),
        TEST(a_person_is_given_a_page),
        TEST(what_is_begun_keeps_its_page),
        TEST(a_code_gives_credentials),
        TEST(an_answer_comes_before_what_is_kept),
        TEST(what_is_kept_renews),
        TEST(what_was_kept_before_the_last_is_of_no_use),
        TEST(a_renewal_without_a_token_keeps_the_last),
        TEST(a_browser_here_brings_the_code),
        TEST(what_is_kept_and_cannot_be_read_is_nothing),
        TEST(without_a_name_it_is_no_step),
        TEST(a_long_name_is_cut),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("console_sign_in", tests, NULL, peer_process_stop);
}
