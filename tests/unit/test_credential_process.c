/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/credential_process.h"
#include "fake_agent.h"

#define WORDS(...) ((const char *const[]){"aws-role credential-process", __VA_ARGS__})

static int
set_up(void **state)
{
    *state = malloc(sizeof(struct fake_agent));
    assert_non_null(*state);
    fake_agent_set_up(*state);
    return 0;
}

static int
tear_down(void **state)
{
    fake_agent_tear_down(*state);
    free(*state);
    return 0;
}

/* A session of the endpoint that is asked for keys; another role than audit is no answer. */
static int
give_keys(const struct record *request, unsigned int count, struct record *answer)
{
    const char *role = record_text(request, FIELD_ROLE);

    (void)count;
    if (request->kind != RECORD_GET || record_number(request, FIELD_EXPORT) != EXPORT_KEYS)
        fake_agent_endpoint(answer, "developer");
    else
        fake_agent_grant(answer, role != NULL ? role : "developer");
    return 1;
}

static int
give_an_endpoint(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    fake_agent_endpoint(answer, "developer");
    return 1;
}

/* AWS does not answer, and the agent says so as it does: after most of a second. */
static int
answer_late(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    (void)poll(NULL, 0, 850);
    record_start(answer, RECORD_PENDING);
    record_put_text(answer, FIELD_WHY, "there is no answer yet");
    return 1;
}

static int
ask_a_person(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    record_start(answer, RECORD_ASK);
    record_put_text(answer, FIELD_PROMPT, "type the code");
    return 1;
}

static void
assert_text(const json_t *object, const char *name, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(object, name)), expected);
}

static void
it_is_what_aws_reads(void **state)
{
    const struct verb_run *done;
    struct tm utc = {0};
    json_t *object;
    time_t end;

    fake_agent_start(*state, give_keys);
    done = verb_run(*state, credential_process_run, WORDS("--role", "audit", NULL), NULL);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err, "");
    object = json_loads(done->out, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(json_object_size(object), 5);
    assert_int_equal(json_integer_value(json_object_get(object, "Version")), 1);
    assert_text(object, "AccessKeyId", "ASIAEXAMPLEEXAMPLE01");
    assert_text(object, "SecretAccessKey", "se/cret+1");
    assert_text(object, "SessionToken", "to/ken==");
    assert_non_null(strptime(json_string_value(json_object_get(object, "Expiration")),
                             "%Y-%m-%dT%H:%M:%SZ", &utc));
    end = timegm(&utc);
    assert_true(end > time(NULL) + 3500 && end <= time(NULL) + 3600);
    json_decref(object);
}

static void
a_failure_is_one_sentence(void **state)
{
    const struct verb_run *done = verb_run(*state, credential_process_run, WORDS(NULL), NULL);

    assert_int_equal(done->status, 3);
    assert_string_equal(done->out, "");
    assert_memory_equal(done->err, "aws-role credential-process: no session of yours", 48);
    assert_ptr_equal(strchr(done->err, '\n'), done->err + strlen(done->err) - 1);
    fake_agent_start(*state, give_an_endpoint);
    done = verb_run(*state, credential_process_run, WORDS(NULL), NULL);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_ptr_equal(strchr(done->err, '\n'), done->err + strlen(done->err) - 1);
}

static void
nobody_is_asked_for_anything(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, ask_a_person);
    done = verb_run(*state, credential_process_run, WORDS(NULL), NULL);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "aws-role credential-process: this role needs an answer from you: "
                        "run aws-role login\n");
}

static void
it_takes_a_few_seconds_at_most(void **state)
{
    deadline_t start;
    const struct verb_run *done;

    fake_agent_start(*state, answer_late);
    start = deadline_now();
    done = verb_run(*state, credential_process_run, WORDS(NULL), NULL);
    assert_true(deadline_now() - start < 7000);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->err, "aws-role credential-process: there is no answer yet\n");
}

static void
wrong_usage_is_2(void **state)
{
    assert_int_equal(verb_run(*state, credential_process_run, WORDS("more", NULL), NULL)->status,
                     2);
    assert_int_equal(
        verb_run(*state, credential_process_run, WORDS("--role", "/", NULL), NULL)->status, 2);
    assert_int_equal(verb_run(*state, credential_process_run, WORDS("--x", NULL), NULL)->status, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_what_aws_reads),
        TEST(a_failure_is_one_sentence),
        TEST(nobody_is_asked_for_anything),
        TEST(it_takes_a_few_seconds_at_most),
        TEST(wrong_usage_is_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
