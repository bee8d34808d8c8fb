/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong with a code or a renewal is told, without a secret, and nothing is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "tests/unit/console.h"

#define NEMO "arn:aws:iam::123456789012:user/nemo"
#define HINT "; sign in to the AWS console as " PEER_PROCESS_UENO ": run aws-role login"

/* Has a code ready, to be taken by the next run. */
static void
get_code(void)
{
    secret_wipe(&console.begun);
    console_ask();
    console_sign_in("ueno", PEER_PROCESS_PASSWORD);
}

static int
identity_asked(void)
{
    return peer_process_count("sts", "GetCallerIdentity");
}

static void
what_is_no_code_is_not_sent(void **state)
{
    char half[64] = "";
    char junk[4096];

    (void)state;
    get_code();
    memcpy(half, console.answer.data, sizeof half - 1);
    assert_int_equal(secret_set(&console.answer, half, strlen(half)), 0);
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "no code of the sign-in page: copy all");
    memset(junk, 'A', sizeof junk);
    assert_int_equal(secret_set(&console.answer, junk, sizeof junk), 0);
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "no code of the sign-in page: copy all");
    assert_int_equal(secret_set(&console.answer, "123456", 6), 0);
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "no code of the sign-in page: copy all");
    assert_int_equal(console_count("redeem"), 0);
}

static void
a_code_of_another_page_is_not_sent(void **state)
{
    struct secret other = {NULL, 0};

    (void)state;
    get_code();
    secret_move(&other, &console.answer);
    get_code();
    secret_move(&console.answer, &other);
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "the code is of another sign-in");
    assert_int_equal(console_count("redeem"), 0);
}

/* A state that is the right one's beginning, or goes on behind it. */
static void
a_state_is_compared_whole(void **state)
{
    char right[36 + 1], query[64];

    (void)state;
    console_ask();
    snprintf(right, sizeof right, "%s", strstr(console.out.url, "&state=") + strlen("&state="));
    for (int length = 1; length <= 37; length++) {
        snprintf(query, sizeof query, "code=x&state=%.*s%s", length, right,
                 length > 36 ? "0" : "");
        assert_int_equal(secret_set(&console.answer, query, strlen(query)), 0);
        if (length != 36)
            console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "the code is of another sign-in");
    }
    assert_int_equal(console_count("redeem"), 0);
}

static void
a_code_that_nobody_waits_for_is_not_sent(void **state)
{
    (void)state;
    get_code();
    console_step(NEMO); /* what was begun is another step's */
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "no sign-in is waiting for a code here");
    console_step(PEER_PROCESS_UENO);
    secret_wipe(&console.begun);
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "no sign-in is waiting for a code here");
    assert_int_equal(console_count("redeem"), 0);
}

static void
somebody_elses_sign_in_gives_nothing(void **state)
{
    (void)state;
    peer_process_do("{'verb': 'update_user', 'arn': '" NEMO "', 'password': 'pearl', "
                    "'allow_sign_in': true}");
    console_ask();
    console_sign_in("nemo", "pearl");
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER,
                   "that is the sign-in of " NEMO ", and this role is taken as " PEER_PROCESS_UENO);
    assert_int_equal(identity_asked(), 0);
    console_ask(); /* its page is still good */
    console_sign_in("ueno", PEER_PROCESS_PASSWORD);
    console_expect(console_run(), 0, "");
}

/* Whose the credentials are is asked of STS, too. */
static void
somebody_elses_credentials_give_nothing(void **state)
{
    static const char *const callers[] = {NEMO, PEER_PROCESS_UENO "2",
                                          "arn:aws:iam::123456789012:user/uen"};

    (void)state;
    for (size_t i = 0; i < sizeof callers / sizeof callers[0]; i++) {
        get_code();
        peer_process_do("{'verb': 'fault', 'service': 'sts', 'kind': 'status', 'status': 200, "
                        "'count': 1, 'body': '<GetCallerIdentityResponse>"
                        "<GetCallerIdentityResult><Arn>%s</Arn></GetCallerIdentityResult>"
                        "</GetCallerIdentityResponse>'}", callers[i]);
        console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "that is the sign-in of");
        assert_non_null(strstr(console.why.text, callers[i]));
    }
}

static void
without_an_identity_nothing_is_given(void **state)
{
    static const struct {
        const char *fault;
        int class;
    } answers[] = {
        {"'kind': 'code', 'code': 'AccessDenied', 'message': 'm'", AWS_ROLE_ERR_DENIED},
        {"'kind': 'garbage'", AWS_ROLE_ERR_NOT_AWS},
        {"'kind': 'status', 'status': 200, 'body': '{}'", AWS_ROLE_ERR_NOT_AWS},
        {"'kind': 'code', 'code': 'Throttling'", AWS_ROLE_ERR_RETRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        peer_process_forget();
        get_code();
        peer_process_do("{'verb': 'fault', 'service': 'sts', %s}", answers[i].fault);
        console_expect(console_run(), answers[i].class, "");
        assert_int_equal(console_count("redeem"), 1);
    }
}

/* A token answer with a member for the ID token, in the peer's quotes. */
static void
fault_identity(const char *id_token)
{
    char text[512];

    snprintf(text, sizeof text,
             "'kind': 'status', 'status': 200, 'count': 1, 'body': '{\\'accessToken\\': "
             "{\\'accessKeyId\\': \\'ASIAEXAMPLEEXAMPLE01\\', \\'secretAccessKey\\': \\'s\\', "
             "\\'sessionToken\\': \\'t\\'}, \\'expiresIn\\': 900, \\'refreshToken\\': \\'r\\'%s}'",
             id_token);
    console_fault("redeem", text);
}

static void
who_does_not_say_who_gets_nothing(void **state)
{
    static const char *const members[] = {
        "", ", \\'idToken\\': \\'\\'", ", \\'idToken\\': \\'a.b.c\\'",
        ", \\'idToken\\': \\'e30.e30.e30\\'", /* {} */
        ", \\'idToken\\': {\\'sub\\': \\'" PEER_PROCESS_UENO "\\'}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        get_code();
        fault_identity(members[i]);
        console_expect(console_run(), AWS_ROLE_ERR_NOT_AWS, "does not say who has signed in");
    }
    assert_int_equal(identity_asked(), 0);
}

/* As AWS itself refuses, and not by a fault of the peer's. */
static void
refusals_of_a_code(void **state)
{
    (void)state;
    peer_process_do("{'verb': 'sign_in_settings', 'code_seconds': 0}");
    get_code();
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "the code is too old: open the page again");
    peer_process_do("{'verb': 'sign_in_settings', 'code_seconds': 600}");
    get_code();
    peer_process_do("{'verb': 'end_sign_ins'}");
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "AWS does not know the code");
    get_code();
    peer_process_do("{'verb': 'update_user', 'arn': '" PEER_PROCESS_UENO "', 'password': 'x'}");
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "the password was changed");
    peer_process_do("{'verb': 'update_user', 'arn': '" PEER_PROCESS_UENO "', 'password': '"
                    PEER_PROCESS_PASSWORD "'}");
    get_code();
    peer_process_do("{'verb': 'update_user', 'arn': '" PEER_PROCESS_UENO "', "
                    "'allow_sign_in': false}");
    console_expect(console_run(), AWS_ROLE_ERR_DENIED, "SignInLocalDevelopmentAccess");
    peer_process_do("{'verb': 'update_user', 'arn': '" PEER_PROCESS_UENO "', "
                    "'allow_sign_in': true}");
    assert_int_equal(console_count("redeem"), 4);
    assert_int_equal(identity_asked(), 0);
}

/* A code that was redeemed once is none, though its answer was lost. */
static void
a_code_is_sent_once(void **state)
{
    (void)state;
    get_code();
    console_fault("redeem", "'kind': 'lost', 'count': 1");
    console_expect(console_run(), AWS_ROLE_ERR_UNREACHABLE, "");
    assert_int_equal(console_count("redeem"), 1);
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "AWS does not know the code");
}

/* What AWS has ended is told to whoever is asked again, with the page if somebody is there. */
static void
an_end_asks_again(void **state)
{
    static const struct {
        const char *code, *words;
    } ends[] = {
        {"TOKEN_EXPIRED", "the sign-in of " PEER_PROCESS_UENO " is over" HINT},
        {"USER_CREDENTIALS_CHANGED",
         "the password of " PEER_PROCESS_UENO " was changed, which ends its sign-in" HINT},
        {"INVALID_REQUEST", "AWS has ended the sign-in of " PEER_PROCESS_UENO HINT},
    };

    (void)state;
    console_begin();
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char text[64];

        peer_process_forget();
        snprintf(text, sizeof text, "'kind': 'code', 'code': '%s'", ends[i].code);
        console_fault("refresh", text);
        for (int person = 0; person <= 1; person++) {
            console.context.person = person;
            console_expect(console_run(), AWS_ROLE_ERR_NEEDS_PERSON, "");
            assert_string_equal(console.out.why, ends[i].words);
            assert_int_equal(console.out.url[0] != '\0', person);
            assert_int_equal(console.out.begun.size > 0, person);
        }
        assert_int_equal(console_count("refresh"), 2);
    }
}

/* What may pass, or is for whoever maintains the person's policies, does not end a sign-in. */
static void
a_failure_does_not_ask_again(void **state)
{
    static const struct {
        const char *fault;
        int class;
    } failures[] = {
        {"'kind': 'throttle', 'status': 429", AWS_ROLE_ERR_RETRY},
        {"'kind': 'lost'", AWS_ROLE_ERR_UNREACHABLE},
        {"'kind': 'garbage'", AWS_ROLE_ERR_NOT_AWS},
        {"'kind': 'wrong_type', 'status': 403", AWS_ROLE_ERR_NOT_AWS},
        {"'kind': 'code', 'code': 'INSUFFICIENT_PERMISSIONS'", AWS_ROLE_ERR_DENIED},
    };

    (void)state;
    console_begin();
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        peer_process_forget();
        console_fault("refresh", failures[i].fault);
        console_expect(console_run(), failures[i].class, "");
    }
    peer_process_forget();
    console_expect(console_run(), 0, "");
}

static void
a_clock_that_is_off_is_told_once(void **state)
{
    (void)state;
    get_code();
    peer_process_do("{'verb': 'fault', 'service': 'signin', 'kind': 'skew', 'seconds': -10800}");
    console_expect(console_run(), AWS_ROLE_ERR_ANSWER, "give the code again");
    console_expect(console_run(), 0, "");
    console_expect_credentials();
    assert_true(labs((long)console.context.exchange.clock_offset) <= 5); /* STS is right */
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, console_set_up, console_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_code_is_not_sent),
        TEST(a_code_of_another_page_is_not_sent),
        TEST(a_state_is_compared_whole),
        TEST(a_code_that_nobody_waits_for_is_not_sent),
        TEST(somebody_elses_sign_in_gives_nothing),
        TEST(somebody_elses_credentials_give_nothing),
        TEST(without_an_identity_nothing_is_given),
        TEST(who_does_not_say_who_gets_nothing),
        TEST(refusals_of_a_code),
        TEST(a_code_is_sent_once),
        TEST(an_end_asks_again),
        TEST(a_failure_does_not_ask_again),
        TEST(a_clock_that_is_off_is_told_once),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("console_sign_in_refusals", tests, NULL, peer_process_stop);
}
