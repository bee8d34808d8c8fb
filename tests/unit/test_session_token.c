/* SPDX-License-Identifier: BSD-3-Clause */
/* An MFA code becomes credentials; what AWS says to one that it does not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/error.h"
#include "helper/steps/session_token.h"
#include "helper/steps/steps.h"
#include "tests/unit/peer_process.h"

#define SERIAL "arn:aws:iam::123456789012:mfa/deploy"

static struct step_context context;
static struct step_output out;
static struct credentials base;
static struct record step;
static struct failure why;

static void
start_step(const char *serial)
{
    record_wipe(&step);
    record_start(&step, RECORD_STEP);
    record_put_number(&step, FIELD_STEP, STEP_SESSION_TOKEN);
    record_put_text(&step, FIELD_MFA_SERIAL, serial);
    record_put_number(&step, FIELD_DURATION_SECONDS, 900);
    record_put_text(&step, FIELD_STS_ENDPOINT, peer_process_port("sts_plain_url"));
    assert_int_equal(record_check(&step), 0);
}

static int
run(const char *code)
{
    struct secret answer = SECRET_EMPTY;
    struct step_input in = {.context = &context, .step = &step, .from = &base,
                            .origin = "[deploy] of /etc/c", .answer = &answer};
    int r;

    steps_wipe_output(&out);
    why = (struct failure){.class = 0};
    assert_int_equal(secret_set(&answer, code, strlen(code)), 0);
    r = session_token_run(&in, &out, &why);
    secret_wipe(&answer);
    return r;
}

static void
expect(int r, int class, const char *words)
{
    if (r != class || strstr(why.text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, why.text, class, words);
    if (class != 0)
        assert_null(out.credentials.secret_access_key.data);
}

static int
sent(void)
{
    return peer_process_count("sts", "GetSessionToken");
}

static void
asks_without_an_answer(void **state)
{
    (void)state;
    expect(run(""), AWS_ROLE_ERR_NEEDS_PERSON, "");
    assert_string_equal(out.prompt, "MFA code of " SERIAL ": ");
    assert_int_equal(sent(), 0);
}

static void
what_is_no_code_is_not_sent(void **state)
{
    static const char *const wrong[] = {"1", "12345", "1234567", "12345a", " 23456", "-12345"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect(run(wrong[i]), AWS_ROLE_ERR_ANSWER, "an MFA code has six digits");
        assert_null(strstr(why.text, wrong[i]));
    }
    assert_int_equal(sent(), 0);
}

static void
a_code_gives_credentials(void **state)
{
    (void)state;
    expect(run("123456"), 0, "");
    assert_memory_equal(out.credentials.access_key_id, "ASIA", 4);
    assert_true(out.credentials.session_token.size > 0);
    assert_true(deadline_left(out.credentials.valid_until) > 890 * 1000);
    assert_true(deadline_left(out.credentials.valid_until) < 905 * 1000);
    assert_string_equal(out.origin, "[deploy] of /etc/c with MFA");
    assert_int_equal(sent(), 1);
}

/* A code is good for one request, also when that one was not answered well. */
static void
a_code_is_sent_once(void **state)
{
    (void)state;
    peer_process_do("{'verb': 'fault', 'service': 'sts', 'kind': 'status', 'status': 503}");
    assert_int_not_equal(run("234567"), 0);
    assert_int_equal(sent(), 1);
}

static void
refusals_are_explained(void **state)
{
    (void)state;
    expect(run("000000"), AWS_ROLE_ERR_ANSWER, "AWS did not take the MFA code for " SERIAL);
    assert_int_equal(why.class, AWS_ROLE_ERR_ANSWER);
    assert_int_equal(sent(), 1);
    assert_null(strstr(why.text, "000000"));
    start_step("arn:aws:iam::123456789012:mfa/mika");
    expect(run("000000"), AWS_ROLE_ERR_DENIED,
           "mfa/mika is no MFA device of the user whose keys are [deploy] of /etc/c");
    start_step(SERIAL);
    peer_process_do("{'verb': 'fault', 'service': 'sts', 'kind': 'code', 'code': 'AccessDenied', "
                    "'message': 'x', 'count': 1}");
    expect(run("000000"), AWS_ROLE_ERR_DENIED, "no session token for " SERIAL);
}

static void
temporary_keys_are_no_users(void **state)
{
    (void)state;
    peer_process_become(&base, "arn:aws:iam::123456789012:role/Bastion");
    expect(run("123456"), AWS_ROLE_ERR_DENIED, "the keys of [deploy] of /etc/c are temporary");
}

static void
without_keys_it_is_no_step(void **state)
{
    (void)state;
    base.access_key_id[0] = '\0';
    expect(run("123456"), AWS_ROLE_ERR_PROTOCOL, "without keys");
    assert_int_equal(sent(), 0);
}

static int
set_up(void **state)
{
    (void)state;
    peer_process_forget();
    exchange_start(&context.exchange, deadline_in(30000), 0, -1);
    peer_process_use(&base, PEER_PROCESS_DEPLOY);
    start_step(SERIAL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    exchange_end(&context.exchange);
    record_wipe(&step);
    credentials_wipe(&base);
    steps_wipe_output(&out);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(asks_without_an_answer),
        TEST(what_is_no_code_is_not_sent),
        TEST(a_code_gives_credentials),
        TEST(a_code_is_sent_once),
        TEST(refusals_are_explained),
        TEST(temporary_keys_are_no_users),
        TEST(without_keys_it_is_no_step),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("session_token", tests, NULL, peer_process_stop);
}
