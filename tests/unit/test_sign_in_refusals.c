/* SPDX-License-Identifier: BSD-3-Clause */
/* What AWS Sign-In and the way to it have against a code or a renewal. */
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

static const struct {
    const char *fault;
    int class; /* of both */
} passing[] = {
    {"'kind': 'throttle', 'status': 429", AWS_ROLE_ERR_RETRY},
    {"'kind': 'code', 'code': 'server_error'", AWS_ROLE_ERR_RETRY},
    {"'kind': 'status', 'status': 500", AWS_ROLE_ERR_RETRY},
    {"'kind': 'status', 'status': 503", AWS_ROLE_ERR_RETRY},
    {"'kind': 'wrong_type', 'status': 502", AWS_ROLE_ERR_RETRY},
    {"'kind': 'lost'", AWS_ROLE_ERR_UNREACHABLE},
    {"'kind': 'closed', 'at': 'request'", AWS_ROLE_ERR_UNREACHABLE},
    {"'kind': 'reset'", AWS_ROLE_ERR_UNREACHABLE},
    {"'kind': 'truncated'", AWS_ROLE_ERR_UNREACHABLE},
};

static void
a_code_is_sent_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        print_message("    %s\n", passing[i].fault);
        peer_process_forget();
        ueno_get_code();
        ueno_fault("redeem", passing[i].fault);
        ueno_expect(ueno_redeem(), passing[i].class, "");
        assert_int_equal(ueno_count("redeem"), 1);
    }
}

static void
a_renewal_outlives_what_passes(void **state)
{
    (void)state;
    ueno_begin();
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        char once[128];

        peer_process_forget();
        print_message("    %s\n", passing[i].fault);
        snprintf(once, sizeof once, "%s, 'count': 1", passing[i].fault);
        ueno_fault("refresh", once);
        ueno_expect(ueno_refresh(), 0, "");
        assert_int_equal(ueno_count("refresh"), 2);
        secret_move(&ueno.token, &ueno.answer.refresh_token);
    }
    peer_process_forget();
    ueno_fault("refresh", "'kind': 'throttle', 'status': 429");
    ueno_expect(ueno_refresh(), AWS_ROLE_ERR_RETRY, "INVALID_REQUEST");
    assert_int_equal(ueno_count("refresh"), 3);
}

static void
a_lost_renewal_is_asked_for_again(void **state)
{
    (void)state;
    ueno_begin();
    ueno_fault("refresh", "'kind': 'lost', 'count': 2");
    ueno_expect(ueno_refresh(), 0, "");
    assert_int_equal(ueno_count("refresh"), 3);
    secret_move(&ueno.token, &ueno.answer.refresh_token);
    ueno_expect(ueno_refresh(), 0, "");
}

static void
what_is_no_answer_gives_nothing(void **state)
{
    static const char *const answers[] = {
        "'kind': 'garbage'",
        "'kind': 'wrong_type', 'status': 200",
        "'kind': 'wrong_type', 'status': 403",
        "'kind': 'redirect', 'location': 'https://us-east-1.signin.aws.amazon.com/v1/token'",
        "'kind': 'huge'",
        "'kind': 'status', 'status': 200, 'body': '{}'",
    };

    (void)state;
    ueno_begin();
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        print_message("    %s\n", answers[i]);
        peer_process_forget();
        ueno_get_code();
        ueno_fault("redeem", answers[i]);
        ueno_expect(ueno_redeem(), AWS_ROLE_ERR_NOT_AWS, "");
        ueno_fault("refresh", answers[i]);
        ueno_expect(ueno_refresh(), AWS_ROLE_ERR_NOT_AWS, "");
        assert_int_equal(ueno_count("redeem") + ueno_count("refresh"), 2);
    }
}

static void
a_redemption_needs_a_refresh_token(void **state)
{
    (void)state;
    ueno_get_code();
    ueno_fault("redeem", "'kind': 'status', 'status': 200, 'body': '{\\'accessToken\\': {"
                         "\\'accessKeyId\\': \\'ASIAEXAMPLEEXAMPLE01\\', "
                         "\\'secretAccessKey\\': \\'s\\', \\'sessionToken\\': \\'t\\'}, "
                         "\\'expiresIn\\': 900}'");
    assert_int_equal(ueno_redeem(), AWS_ROLE_ERR_NOT_AWS);
    assert_non_null(strstr(ueno.why.text, "no refresh token"));
}

static const struct {
    const char *code, *message;
    int redeem, refresh;
    const char *redeem_words, *refresh_words;
} refusals[] = {
    {"AUTHCODE_EXPIRED", "m", AWS_ROLE_ERR_ANSWER, AWS_ROLE_ERR_DENIED, "the code is too old",
     "AUTHCODE_EXPIRED"},
    {"TOKEN_EXPIRED", "m", AWS_ROLE_ERR_ANSWER, AWS_ROLE_ERR_NEEDS_PERSON, "the code is too old",
     "the sign-in of " PEER_PROCESS_UENO " is over"},
    {"USER_CREDENTIALS_CHANGED", "m", AWS_ROLE_ERR_ANSWER, AWS_ROLE_ERR_NEEDS_PERSON,
     "the password was changed after", "the password of " PEER_PROCESS_UENO " was changed"},
    {"INVALID_REQUEST", "m", AWS_ROLE_ERR_ANSWER, AWS_ROLE_ERR_NEEDS_PERSON,
     "AWS does not know the code", "AWS has ended the sign-in of " PEER_PROCESS_UENO},
    {"INSUFFICIENT_PERMISSIONS", "not allowed", AWS_ROLE_ERR_DENIED, AWS_ROLE_ERR_DENIED,
     PEER_PROCESS_UENO " may sign in, but get no credentials by it: attach the managed policy "
     "SignInLocalDevelopmentAccess (AWS: not allowed", "SignInLocalDevelopmentAccess"},
    {"SOMETHING_NEW", "m", AWS_ROLE_ERR_REFUSED, AWS_ROLE_ERR_REFUSED, "SOMETHING_NEW",
     "SOMETHING_NEW"},
};

static void
refusals_are_explained(void **state)
{
    (void)state;
    ueno_begin();
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        char text[128];

        peer_process_forget();
        ueno_get_code();
        snprintf(text, sizeof text, "'kind': 'code', 'code': '%s', 'message': '%s'",
                 refusals[i].code, refusals[i].message);
        ueno_fault("redeem", text);
        ueno_fault("refresh", text);
        ueno_expect(ueno_redeem(), refusals[i].redeem, refusals[i].redeem_words);
        ueno_expect(ueno_refresh(), refusals[i].refresh, refusals[i].refresh_words);
        assert_int_equal(ueno_count("redeem") + ueno_count("refresh"), 2);
    }
}

static void
skew(const char *action, int seconds)
{
    char text[64];

    snprintf(text, sizeof text, "'kind': 'skew', 'seconds': %d", seconds);
    ueno_fault(action, text);
}

static void
a_clock_that_is_off_is_allowed_for_at_the_next_code(void **state)
{
    static const int seconds[] = {3 * 3600, -3 * 3600, -40};

    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        peer_process_forget();
        exchange_end(&ueno.exchange);
        exchange_start(&ueno.exchange, deadline_in(30000), 0, -1);
        ueno_get_code();
        skew("redeem", seconds[i]);
        ueno_expect(ueno_redeem(), AWS_ROLE_ERR_ANSWER, "give the code again");
        assert_non_null(strstr(ueno.why.text, seconds[i] < 0 ? "s ahead of that" : "s behind"));
        assert_int_equal(ueno_count("redeem"), 1);
        assert_true(labs((long)ueno.exchange.clock_offset - seconds[i]) <= 5);
        ueno_expect(ueno_redeem(), 0, "");
        ueno_expect_credentials();
    }
}

static void
a_clock_that_is_off_is_allowed_for_at_a_renewal(void **state)
{
    static const int seconds[] = {3 * 3600, -3 * 3600, -40};

    (void)state;
    ueno_begin();
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        peer_process_forget();
        exchange_end(&ueno.exchange);
        exchange_start(&ueno.exchange, deadline_in(30000), 0, -1);
        skew("refresh", seconds[i]);
        ueno_expect(ueno_refresh(), 0, "");
        ueno_expect_credentials();
        assert_int_equal(ueno_count("refresh"), 2);
        secret_move(&ueno.token, &ueno.answer.refresh_token);
    }
}

/* A proof may be minutes old, and a session's end is not mistaken for the clock's fault. */
static void
a_clock_that_is_a_little_off_is_let_be(void **state)
{
    (void)state;
    ueno_get_code();
    skew("redeem", 40);
    ueno_expect(ueno_redeem(), 0, "");
    secret_move(&ueno.token, &ueno.answer.refresh_token);
    skew("refresh", 10);
    peer_process_do("{'verb': 'end_sign_ins', 'expired': true}");
    ueno_expect(ueno_refresh(), AWS_ROLE_ERR_NEEDS_PERSON, "is over");
    assert_int_equal(ueno_count("refresh"), 1);
    assert_int_equal(ueno.exchange.clock_offset, 0);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, ueno_set_up, ueno_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_code_is_sent_once),
        TEST(a_renewal_outlives_what_passes),
        TEST(a_lost_renewal_is_asked_for_again),
        TEST(what_is_no_answer_gives_nothing),
        TEST(a_redemption_needs_a_refresh_token),
        TEST(refusals_are_explained),
        TEST(a_clock_that_is_off_is_allowed_for_at_the_next_code),
        TEST(a_clock_that_is_off_is_allowed_for_at_a_renewal),
        TEST(a_clock_that_is_a_little_off_is_let_be),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("sign_in_refusals", tests, NULL, peer_process_stop);
}
