/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/wait.h"
#include "fake_agent.h"

/* What an agent waits for its broker before it says that there is nothing yet. */
#define AGENT_WAITS_MS 850

struct fixture {
    struct fake_agent agent;
    struct own_session session;
    struct wait wait;
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fake_agent_set_up(&fixture->agent);
    own_session_open(&fixture->session, &fixture->agent.installed);
    fixture->wait = (struct wait){
        .session = &fixture->session, .by_hand = 1, .deadline = deadline_in(20000)};
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    fake_agent_tear_down(&fixture->agent);
    free(fixture);
    return 0;
}

static int
answer_pending(struct record *answer, const char *why)
{
    record_start(answer, RECORD_PENDING);
    record_put_text(answer, FIELD_WHY, why);
    return 1;
}

static int
answer_late(struct record *answer)
{
    (void)poll(NULL, 0, AGENT_WAITS_MS);
    return answer_pending(answer, "not yet");
}

/* GET until it is there: two are too early. */
static int
third_time(const struct record *request, unsigned int count, struct record *answer)
{
    if (request->kind != RECORD_GET)
        return 0;
    if (count < 2)
        return answer_late(answer);
    fake_agent_grant(answer, "developer");
    return 1;
}

/* A failure that is known already; who asks by hand gets it tried again. */
static int
by_hand_alone(const struct record *request, unsigned int count, struct record *answer)
{
    static unsigned int tried;

    (void)count;
    if (request->kind == RECORD_REFRESH && tried++ == 0)
        return answer_late(answer);
    if (tried == 0)
        return answer_pending(answer, "AWS was away");
    fake_agent_grant(answer, "developer");
    return 1;
}

static int
always_late(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    return answer_late(answer);
}

static int
fails(const struct record *request, unsigned int count, struct record *answer)
{
    (void)count;
    return answer_pending(answer, request->kind == RECORD_GET ? "it failed" : "it failed again");
}

/* The session's own kind of GRANT is in the answer to GET, and the newer ones come by REFRESH. */
static int
endpoint_session(const struct record *request, unsigned int count, struct record *answer)
{
    if (request->kind == RECORD_REFRESH && count == 0)
        fake_agent_grant(answer, "developer");
    else if (request->kind == RECORD_GET && count == 1)
        fake_agent_endpoint(answer, "developer");
    else
        return 0;
    return 1;
}

static void
what_is_under_way_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct record grant;

    fake_agent_start(&fixture->agent, third_time);
    assert_int_equal(wait_for_grant(&fixture->wait, &grant), VERB_OK);
    assert_int_equal(grant.kind, RECORD_GRANT);
    record_wipe(&grant);
}

static void
a_known_failure_is_tried_again_by_hand(void **state)
{
    struct fixture *fixture = *state;
    struct record grant;

    fake_agent_start(&fixture->agent, by_hand_alone);
    fixture->wait.by_hand = 0;
    assert_int_equal(wait_for_grant(&fixture->wait, &grant), VERB_FAILED);
    assert_string_equal(fixture->session.why, "AWS was away");
    record_wipe(&grant);
    fixture->wait.by_hand = 1;
    assert_int_equal(wait_for_grant(&fixture->wait, &grant), VERB_OK);
    record_wipe(&grant);
}

static void
a_failure_is_not_waited_for(void **state)
{
    struct fixture *fixture = *state;
    deadline_t start = deadline_now();
    struct record grant;

    fake_agent_start(&fixture->agent, fails);
    assert_int_equal(wait_for_grant(&fixture->wait, &grant), VERB_FAILED);
    assert_string_equal(fixture->session.why, "it failed again");
    record_wipe(&grant);
    assert_int_equal(wait_for_newer(&fixture->wait, &grant), VERB_FAILED);
    record_wipe(&grant);
    assert_true(deadline_now() - start < 2000);
}

static void
the_wait_has_an_end(void **state)
{
    struct fixture *fixture = *state;
    deadline_t start = deadline_now();
    struct record grant;

    fake_agent_start(&fixture->agent, always_late);
    fixture->wait.deadline = deadline_in(2000);
    assert_int_equal(wait_for_grant(&fixture->wait, &grant), VERB_FAILED);
    assert_true(deadline_now() - start < 3000);
    assert_string_equal(fixture->session.why, "not yet");
    record_wipe(&grant);
}

static void
newer_ones_are_had_in_the_sessions_kind(void **state)
{
    struct fixture *fixture = *state;
    struct record grant;

    fake_agent_start(&fixture->agent, endpoint_session);
    assert_int_equal(wait_for_newer(&fixture->wait, &grant), VERB_OK);
    assert_true(record_has(&grant, FIELD_ENDPOINT_URI));
    record_wipe(&grant);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_under_way_is_waited_for),
        TEST(a_known_failure_is_tried_again_by_hand),
        TEST(a_failure_is_not_waited_for),
        TEST(the_wait_has_an_end),
        TEST(newer_ones_are_had_in_the_sessions_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
