/* SPDX-License-Identifier: BSD-3-Clause */
/* What the clients of the agent's socket are answered, and what the broker is asked for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/unit/served.h"
#include "tests/unit/session_records.h"

static void
the_first_get_asks_and_the_next_does_not(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    served_request(client, RECORD_GET, NULL);
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    served_request(client, RECORD_GET, "developer");
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    served_expect_no_question(served);
    close(client);
}

static void
two_clients_share_one_question(void **state)
{
    struct served *served = *state;
    int one = served_connect(served), two = served_connect(served);

    served_request(one, RECORD_GET, "audit");
    served_request(two, RECORD_STATUS, "audit");
    served_expect_question(served, RECORD_ROLE, "audit");
    served_expect_no_question(served);
    served_grant(served, "audit", "ASIA0000000000000002", 3600, 0);
    served_expect_grant(served, one, "audit", "ASIA0000000000000002");
    {
        struct record state_record;

        served_expect(served, two, RECORD_STATE, &state_record);
        assert_string_equal(record_text(&state_record, FIELD_ROLE), "audit");
        record_wipe(&state_record);
    }
    close(one);
    close(two);
}

static void
an_answer_reaches_only_those_who_asked_for_it(void **state)
{
    struct served *served = *state;
    int audit = served_connect(served), unnamed = served_connect(served);

    served_request(audit, RECORD_GET, "audit");
    served_expect_question(served, RECORD_ROLE, "audit");
    served_request(unnamed, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 0);
    served_expect_grant(served, unnamed, "developer", "ASIA0000000000000001");
    served_refuse(served, RECORD_NONE, "audit", "not yours");
    served_expect_why(served, audit, RECORD_NONE, "not yours");
    close(audit);
    close(unnamed);
}

static void
stale_ones_are_given_at_once_with_one_refresh(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    served_make_stale(served);
    for (int i = 0; i < 3; i++) {
        served_request(client, RECORD_GET, NULL);
        served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    }
    served_expect_question(served, RECORD_ROLE, "developer");
    served_expect_no_question(served);
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    served_expect_no_question(served);
    served_request(client, RECORD_GET, NULL);
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    served_expect_no_question(served); /* it backs off */
    served_grant(served, "developer", "ASIA0000000000000003", 3600, 0);
    served_expect_no_question(served);
    served_request(client, RECORD_GET, NULL);
    served_expect_grant(served, client, "developer", "ASIA0000000000000003");
    close(client);
}

static void
a_failure_is_told_and_not_repeated_at_once(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_request(client, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    served_expect_why(served, client, RECORD_PENDING, "STS is away");
    served_request(client, RECORD_GET, NULL);
    served_expect_why(served, client, RECORD_PENDING, "STS is away");
    served_expect_no_question(served);
    close(client);
}

static void
nobody_waits_for_a_second(void **state)
{
    struct served *served = *state;
    int get = served_connect(served), status = served_connect(served);
    deadline_t start = deadline_now();
    struct record record;

    served_request(get, RECORD_GET, NULL);
    served_request(status, RECORD_STATUS, NULL);
    served_expect_why(served, get, RECORD_PENDING, NULL);
    assert_true(deadline_now() - start >= CONTROL_WAIT_MS - SERVED_EARLY_MS);
    served_expect(served, status, RECORD_STATE, &record);
    assert_string_equal(record_text(&record, FIELD_USER), "ueno");
    assert_false(record_has(&record, FIELD_VALID_UNTIL));
    record_wipe(&record);
    assert_true(deadline_now() - start < 1500);
    served_expect_question(served, RECORD_ROLE, NULL);
    /* The answer that comes later is there for the next request. */
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 0);
    served_expect_no_question(served);
    served_request(get, RECORD_GET, NULL);
    served_expect_grant(served, get, "developer", "ASIA0000000000000001");
    served_expect_no_question(served);
    close(get);
    close(status);
}

static void
status_tells_the_last_error(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    struct record record;

    served_request(client, RECORD_STATUS, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    served_expect(served, client, RECORD_STATE, &record);
    assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
    assert_string_equal(record_text(&record, FIELD_LAST_ERROR), "STS is away");
    record_wipe(&record);
    close(client);
}

static void
roles_are_asked_for_once(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    struct record record;

    for (int i = 0; i < 2; i++) {
        served_request(client, RECORD_ROLES, NULL);
        if (i == 0) {
            served_expect_question(served, RECORD_ROLE, NULL);
            served_grant(served, "developer", "ASIA0000000000000001", 3600, 0);
        }
        served_expect(served, client, RECORD_ROLE_LIST, &record);
        assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
        assert_string_equal(record_next_string(&record, FIELD_ROLES, NULL), "developer");
        record_wipe(&record);
    }
    served_expect_no_question(served);
    served_request(client, RECORD_GET, "developer");
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    close(client);
}

static void
roles_of_nobody(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_request(client, RECORD_ROLES, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_refuse(served, RECORD_NONE, NULL, "nothing gives you a role");
    served_expect_why(served, client, RECORD_NONE, "nothing gives you a role");
    close(client);
}

static void
refresh_asks_even_while_fresh(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    served_request(client, RECORD_REFRESH, NULL);
    served_expect_question(served, RECORD_REFRESH, "developer");
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    served_expect_why(served, client, RECORD_PENDING, "STS is away");
    session_role(&served->session, NULL)->refresh.by_hand_from = 0; /* a second later */
    served_request(client, RECORD_REFRESH, NULL);
    served_expect_question(served, RECORD_REFRESH, "developer");
    served_grant(served, "developer", "ASIA0000000000000003", 3600, 0);
    served_expect_grant(served, client, "developer", "ASIA0000000000000003");
    close(client);
}

/* What the broker's cache has is there before the broker has asked anybody. */
static void
old_ones_come_before_the_answer(void **state)
{
    struct served *served = *state;
    int get = served_connect(served), refresh = served_connect(served);

    served_request(get, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 3000);
    served_expect_grant(served, get, "developer", "ASIA0000000000000001");
    served_request(refresh, RECORD_REFRESH, NULL); /* waits for the answer to the first question */
    served_expect_no_question(served);
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 3000);
    served_request(get, RECORD_GET, NULL);
    served_expect_grant(served, get, "developer", "ASIA0000000000000001");
    served_expect_no_question(served);
    served_grant(served, "developer", "ASIA0000000000000003", 3600, 0);
    served_expect_grant(served, refresh, "developer", "ASIA0000000000000003");
    served_request(get, RECORD_GET, NULL);
    served_expect_grant(served, get, "developer", "ASIA0000000000000003");
    served_expect_no_question(served);
    close(get);
    close(refresh);
}

static void
a_withdrawn_default_is_told_by_name_and_without(void **state)
{
    struct served *served = *state;
    int named = served_connect(served), unnamed = served_connect(served);

    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    session_role(&served->session, NULL)->credentials.valid_until = 0;
    served_request(named, RECORD_GET, "developer");
    served_request(unnamed, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, "developer");
    served_expect_no_question(served);
    served_refuse(served, RECORD_NONE, "developer", "not yours");
    served_expect_why(served, named, RECORD_NONE, "not yours");
    served_expect_why(served, unnamed, RECORD_NONE, "not yours");
    served_request(unnamed, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_grant(served, "developer", "ASIA0000000000000003", 3600, 0);
    served_expect_grant(served, unnamed, "developer", "ASIA0000000000000003");
    close(named);
    close(unnamed);
}

static void
logout_forgets_on_both_sides(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    struct record record;

    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    served_request(client, RECORD_LOGOUT, NULL);
    served_expect_why(served, client, RECORD_NONE, NULL);
    served_expect(served, served->broker_fd, RECORD_FORGET, &record);
    record_wipe(&record);
    assert_null(served->session.first);
    served_request(client, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, "developer");
    close(client);
}

/* Sends the code 123456 as a person's answer. */
static void
send_code(int client)
{
    struct secret code = SECRET_EMPTY;
    struct record record;

    record_start(&record, RECORD_ANSWER);
    assert_int_equal(secret_set(&code, "123456", 6), 0);
    record_put_secret(&record, FIELD_ANSWER, &code);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
    secret_wipe(&code);
}

/* The broker has to have been told the code, for developer. */
static void
expect_code(struct served *served)
{
    struct secret code = SECRET_EMPTY;
    struct record record;

    served_expect(served, served->broker_fd, RECORD_ANSWER, &record);
    assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
    assert_int_equal(record_get_secret(&record, FIELD_ANSWER, &code), 0);
    assert_int_equal(code.size, 6);
    assert_memory_equal(code.data, "123456", 6);
    secret_wipe(&code);
    record_wipe(&record);
}

static void
ask(struct served *served)
{
    struct record record;

    record_start(&record, RECORD_ASK);
    record_put_text(&record, FIELD_ROLE, "developer");
    record_put_text(&record, FIELD_PROMPT, "MFA code of d: ");
    assert_int_equal(record_send(served->broker_fd, &record, 0), 0);
    record_wipe(&record);
}

/* LOGIN up to its ASK. */
static void
log_in(struct served *served, int client, const char *named)
{
    struct record record;

    served_request(client, RECORD_LOGIN, NULL);
    served_expect_question(served, RECORD_LOGIN, named);
    ask(served);
    served_expect(served, client, RECORD_ASK, &record);
    assert_string_equal(record_text(&record, FIELD_PROMPT), "MFA code of d: ");
    record_wipe(&record);
}

static void
login_and_answer_lead_to_the_broker(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    log_in(served, client, NULL);
    send_code(client);
    expect_code(served);
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 0);
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    served_request(client, RECORD_LOGIN, NULL); /* there are fresh ones */
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    served_expect_no_question(served);
    close(client);
}

/* A program is not asked, and a person need not wait for the back-off of what it was told. */
static void
login_asks_again_at_once(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_request(client, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    served_expect_why(served, client, RECORD_PENDING, "STS is away");
    for (int i = 0; i < 2; i++)
        log_in(served, client, "developer");
    close(client);
}

static void
an_answer_is_not_told_while_a_question_is_under_way(void **state)
{
    struct served *served = *state;
    int client = served_connect(served), other = served_connect(served);
    struct record record;

    log_in(served, client, NULL);
    served_request(other, RECORD_LOGIN, NULL);
    served_expect_question(served, RECORD_LOGIN, "developer");
    send_code(client);
    served_expect(served, client, RECORD_PENDING, &record);
    assert_int_equal(record_number(&record, FIELD_CLASS), -AWS_ROLE_ERR_BUSY);
    record_wipe(&record);
    served_expect_no_question(served);
    ask(served);
    served_expect(served, other, RECORD_ASK, &record);
    record_wipe(&record);
    send_code(client);
    expect_code(served);
    close(client);
    close(other);
}

static void
the_class_of_the_brokers_answer_is_told(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    struct record record;

    log_in(served, client, NULL);
    send_code(client);
    expect_code(served);
    session_records_refusal(&record, RECORD_PENDING, "developer", "AWS did not take the code");
    record_put_number(&record, FIELD_CLASS, -AWS_ROLE_ERR_ANSWER);
    assert_int_equal(record_send(served->broker_fd, &record, 0), 0);
    record_wipe(&record);
    served_expect(served, client, RECORD_PENDING, &record);
    assert_int_equal(record_number(&record, FIELD_CLASS), -AWS_ROLE_ERR_ANSWER);
    assert_string_equal(record_text(&record, FIELD_WHY), "AWS did not take the code");
    record_wipe(&record);
    close(client);
}

/* AWS takes longer than a client waits: what was asked before is not asked again for that. */
static void
an_answer_under_way_is_no_new_question(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    struct record record;

    log_in(served, client, NULL);
    send_code(client);
    expect_code(served);
    served_expect(served, client, RECORD_PENDING, &record); /* after CONTROL_WAIT_MS */
    record_wipe(&record);
    close(client);
}

static void
a_role_name_with_a_quote_goes_nowhere(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_request(client, RECORD_GET, "a'; id; '");
    served_expect_why(served, client, RECORD_NONE, NULL);
    served_expect_no_question(served);
    assert_int_equal(served->session.count, 0);
    close(client);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, served_set_up, served_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_get_asks_and_the_next_does_not),
        TEST(two_clients_share_one_question),
        TEST(an_answer_reaches_only_those_who_asked_for_it),
        TEST(stale_ones_are_given_at_once_with_one_refresh),
        TEST(a_failure_is_told_and_not_repeated_at_once),
        TEST(nobody_waits_for_a_second),
        TEST(status_tells_the_last_error),
        TEST(roles_are_asked_for_once),
        TEST(roles_of_nobody),
        TEST(refresh_asks_even_while_fresh),
        TEST(old_ones_come_before_the_answer),
        TEST(a_withdrawn_default_is_told_by_name_and_without),
        TEST(logout_forgets_on_both_sides),
        TEST(login_and_answer_lead_to_the_broker),
        TEST(login_asks_again_at_once),
        TEST(an_answer_is_not_told_while_a_question_is_under_way),
        TEST(the_class_of_the_brokers_answer_is_told),
        TEST(an_answer_under_way_is_no_new_question),
        TEST(a_role_name_with_a_quote_goes_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
