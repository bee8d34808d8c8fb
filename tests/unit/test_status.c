/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/status.h"
#include "cli/variables.h"
#include "common/error.h"
#include "fake_agent.h"

/* The STATE of a session whose credentials have so many seconds left; -1: it has none. */
static void
make_state(struct record *state, int64_t seconds_left, const char *last_error)
{
    record_start(state, RECORD_STATE);
    record_put_text(state, FIELD_USER, "ueno");
    record_put_text(state, FIELD_ROLE, "developer");
    record_put_text(state, FIELD_ROLE_ARN, "arn:aws:iam::123456789012:role/Developer");
    record_put_text(state, FIELD_SOURCE, "instance metadata");
    record_put_text(state, FIELD_LAST_ERROR, last_error);
    if (seconds_left >= 0) {
        record_put_text(state, FIELD_ARN, "arn:aws:sts::210987654321:assumed-role/Developer/ueno");
        record_put_number(state, FIELD_EXPIRES_AT, (uint64_t)(time(NULL) + seconds_left));
        record_put_number(state, FIELD_VALID_UNTIL, deadline_in((uint64_t)seconds_left * 1000));
    }
    assert_int_equal(record_check(state), 0);
}

/* The JSON of a state, parsed back; exactly the nine keys. */
static json_t *
json_of(const struct record *state)
{
    static const char *const keys[] = {"user",       "role",         "role_arn",
                                       "account",    "expires_at",   "seconds_left",
                                       "source",     "last_error",   "off"};
    struct status status;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *json;

    assert_non_null(out);
    assert_int_equal(status_read(&status, state), 0);
    assert_int_equal(status_print_json(&status, out), 0);
    fclose(out);
    assert_ptr_equal(strchr(text, '\n'), text + size - 1);
    for (size_t i = 0; i < size - 1; i++)
        assert_true(text[i] >= ' ' && text[i] <= '~');
    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    assert_int_equal(json_object_size(json), sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_non_null(json_object_get(json, keys[i]));
    free(text);
    return json;
}

static void
assert_json_text(const json_t *json, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(json, key));

    assert_non_null(text);
    assert_string_equal(text, expected);
}

static void
json_tells_everything(void **state)
{
    struct record record;
    struct tm utc;
    const char *text;
    json_int_t left;
    json_t *json;
    time_t end;

    (void)state;
    make_state(&record, 3120, NULL);
    json = json_of(&record);
    assert_json_text(json, "user", "ueno");
    assert_json_text(json, "role", "developer");
    assert_json_text(json, "role_arn", "arn:aws:iam::123456789012:role/Developer");
    assert_json_text(json, "account", "210987654321");
    assert_json_text(json, "source", "instance metadata");
    assert_true(json_is_null(json_object_get(json, "last_error")));
    assert_true(json_is_false(json_object_get(json, "off")));
    assert_true(json_is_integer(json_object_get(json, "seconds_left")));
    left = json_integer_value(json_object_get(json, "seconds_left"));
    assert_true(left > 3100 && left <= 3120);
    text = json_string_value(json_object_get(json, "expires_at"));
    memset(&utc, 0, sizeof utc);
    assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc));
    end = timegm(&utc);
    assert_true(end > time(NULL) + 3100 && end <= time(NULL) + 3121);
    json_decref(json);
    record_wipe(&record);
}

static void
json_without_credentials(void **state)
{
    struct record record;
    json_t *json;

    (void)state;
    make_state(&record, -1, "STS is \"away\"\n\033[31m");
    json = json_of(&record);
    assert_json_text(json, "role", "developer");
    assert_json_text(json, "account", "123456789012");
    assert_true(json_is_null(json_object_get(json, "expires_at")));
    assert_true(json_is_null(json_object_get(json, "seconds_left")));
    assert_json_text(json, "last_error", "STS is \"away\"\n\033[31m");
    json_decref(json);
    record_wipe(&record);
}

static void
json_of_a_session_that_knows_nothing_yet(void **state)
{
    struct record record;
    json_t *json;

    (void)state;
    record_start(&record, RECORD_STATE);
    record_put_text(&record, FIELD_USER, "b\xc3\xa9 \xff"); /* not UTF-8 as a whole */
    json = json_of(&record);
    assert_json_text(json, "user", "b\\xC3\\xA9 \\xFF");
    assert_true(json_is_null(json_object_get(json, "role")));
    assert_true(json_is_null(json_object_get(json, "account")));
    json_decref(json);
    record_wipe(&record);
}

static void
long_lived_credentials_have_no_end(void **state)
{
    struct record record;
    struct status status;
    json_t *json;

    (void)state;
    record_start(&record, RECORD_STATE);
    record_put_text(&record, FIELD_USER, "ueno");
    record_put_number(&record, FIELD_EXPIRES_AT, 0);
    record_put_number(&record, FIELD_VALID_UNTIL, UINT64_MAX);
    assert_int_equal(status_read(&status, &record), 0);
    assert_int_equal(status.holds, 1);
    json = json_of(&record);
    assert_true(json_is_null(json_object_get(json, "expires_at")));
    assert_true(json_is_null(json_object_get(json, "seconds_left")));
    json_decref(json);
    record_wipe(&record);
}

static void
credentials_that_are_over_are_none(void **state)
{
    struct record record;
    struct status status;

    (void)state;
    make_state(&record, 0, NULL);
    assert_int_equal(status_read(&status, &record), 0);
    assert_int_equal(status.holds, 0);
    record_wipe(&record);
}

/* A wall clock that was moved: what is left is right, and the end is told by that clock. */
static void
a_moved_clock_changes_nothing_that_is_left(void **state)
{
    struct record record;
    struct status status;
    struct tm utc = {0};

    (void)state;
    record_start(&record, RECORD_STATE);
    record_put_text(&record, FIELD_USER, "ueno");
    record_put_number(&record, FIELD_EXPIRES_AT, (uint64_t)time(NULL) - 86400);
    record_put_number(&record, FIELD_VALID_UNTIL, deadline_in(1800 * 1000));
    assert_int_equal(status_read(&status, &record), 0);
    assert_int_equal(status.holds, 1);
    assert_true(status.seconds_left > 1780 && status.seconds_left <= 1800);
    assert_non_null(strptime(status.expires_at, "%Y-%m-%dT%H:%M:%SZ", &utc));
    assert_true(timegm(&utc) > time(NULL) + 1700);
    record_wipe(&record);
}

static void
other_records_are_no_status(void **state)
{
    struct record record;
    struct status status;

    (void)state;
    record_start(&record, RECORD_NONE);
    assert_int_equal(status_read(&status, &record), AWS_ROLE_ERR_PROTOCOL);
    record_wipe(&record);
}

static void
time_is_told_as_people_do(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } times[] = {
        {0, "0 s"},          {59, "59 s"},           {60, "1 min"},
        {3120, "52 min"},    {3599, "59 min"},       {3600, "1 h 0 min"},
        {40800, "11 h 20 min"}, {129600, "36 h 0 min"},
    };
    char text[48];

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        status_time_left(times[i].seconds, text, sizeof text);
        assert_string_equal(text, times[i].text);
    }
}

static void
a_prompt_is_short(void **state)
{
    static const struct {
        int64_t left;
        const char *text;
    } prompts[] = {
        {45, "developer 4"}, {2530, "developer 42m"}, {3599, "developer 59m"},
        {40810, "developer 11h20m"},
    };
    char text[STATUS_PROMPT_MAX];
    struct record record;
    struct status status;

    (void)state;
    for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++) {
        make_state(&record, prompts[i].left, NULL);
        assert_int_equal(status_read(&status, &record), 0);
        assert_int_equal(status_prompt(&status, text, sizeof text), 1);
        assert_memory_equal(text, prompts[i].text, strlen(prompts[i].text));
        assert_true(strlen(text) <= strlen(prompts[i].text) + 2);
        record_wipe(&record);
    }
}

static void
a_prompt_without_credentials_is_nothing(void **state)
{
    char text[STATUS_PROMPT_MAX];
    struct record record;
    struct status status;

    (void)state;
    make_state(&record, -1, "away");
    assert_int_equal(status_read(&status, &record), 0);
    assert_int_equal(status_prompt(&status, text, sizeof text), 0);
    record_wipe(&record);
    make_state(&record, 100, NULL);
    assert_int_equal(status_read(&status, &record), 0);
    status.role = "no\033role";
    assert_int_equal(status_prompt(&status, text, sizeof text), 0);
    record_wipe(&record);
}

/* A prompt that waits is none: an agent that says nothing, and none at all. */
static int
say_nothing(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    (void)answer;
    return -1;
}

static int
tell_state(const struct record *request, unsigned int count, struct record *answer)
{
    (void)count;
    if (request->kind != RECORD_STATUS)
        return 0;
    make_state(answer, 2530, NULL);
    return 1;
}

static void
a_prompt_is_quick_and_silent(void **state)
{
    static const char *const words[] = {"aws-role status", "--prompt", NULL};
    const struct verb_run *done;
    struct fake_agent agent;
    deadline_t start;

    (void)state;
    fake_agent_set_up(&agent);
    done = verb_run(&agent, status_run, words, NULL);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "");
    fake_agent_start(&agent, say_nothing);
    start = deadline_now();
    done = verb_run(&agent, status_run, words, NULL);
    assert_true(deadline_now() - start < 1000);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "");
    fake_agent_stop(&agent);
    fake_agent_start(&agent, tell_state);
    done = verb_run(&agent, status_run, words, NULL);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->out, "developer 42m\n");
    fake_agent_tear_down(&agent);
}

/* A shell after `aws-role off`, and one whose owner wants no renewal and keeps the login's role. */
static const char *const off[] = {"AWS_ROLE_REFRESH_AT=" VARIABLES_NEVER, NULL};
static const char *const kept[] = {"AWS_ROLE_REFRESH_AT=" VARIABLES_NEVER,
                                   "AWS_ROLE_NAME=developer", NULL};

static void
a_shell_that_is_off_is_told(void **state)
{
    static const char *const people[] = {"aws-role status", NULL};
    static const char *const programs[] = {"aws-role status", "--json", NULL};
    static const char *const prompt[] = {"aws-role status", "--prompt", NULL};
    struct fake_agent agent;

    (void)state;
    fake_agent_set_up(&agent);
    fake_agent_start(&agent, tell_state);
    assert_non_null(strstr(verb_run(&agent, status_run, people, off)->out,
                           "role: developer\nthis shell: off: aws-role refresh, login, or"));
    assert_null(strstr(verb_run(&agent, status_run, people, kept)->out, "this shell"));
    assert_null(strstr(verb_run(&agent, status_run, people, NULL)->out, "this shell"));
    assert_non_null(strstr(verb_run(&agent, status_run, programs, off)->out, "\"off\": true}"));
    assert_non_null(strstr(verb_run(&agent, status_run, programs, kept)->out, "\"off\": false}"));
    assert_int_equal(verb_run(&agent, status_run, prompt, off)->status, 1);
    assert_string_equal(verb_run(&agent, status_run, prompt, kept)->out, "developer 42m\n");
    fake_agent_tear_down(&agent);
}

/* What status says where it is no terminal; freed by the caller. */
static char *
text_of(const struct record *state)
{
    struct terminal terminal = {0};
    struct status status;
    char *text = NULL;
    size_t size = 0;

    terminal.out = open_memstream(&text, &size);
    assert_non_null(terminal.out);
    assert_int_equal(status_read(&status, state), 0);
    status_print(&status, &terminal);
    fclose(terminal.out);
    return text;
}

static void
people_read_it_line_by_line(void **state)
{
    struct record record;
    char *text;

    (void)state;
    make_state(&record, 3150, NULL);
    text = text_of(&record);
    assert_memory_equal(text, "user: ueno\nrole: developer\naccount: 210987654321\n"
                              "time left: 52 min (until 20", 76);
    assert_non_null(strstr(text, "Z)\nsource: instance metadata\nlast error: none\n"));
    free(text);
    record_wipe(&record);
}

static void
an_error_cannot_write_to_the_terminal(void **state)
{
    struct record record;
    char *text;

    (void)state;
    setlocale(LC_CTYPE, "C");
    make_state(&record, -1, "bad\033]0;x\007\nuser: root");
    text = text_of(&record);
    assert_non_null(strstr(text, "time left: none, there are no credentials\n"));
    assert_non_null(strstr(text, "last error: bad\\x1B]0;x\\x07\\x0Auser: root\n"));
    assert_null(strchr(text, '\033'));
    free(text);
    record_wipe(&record);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_tells_everything),
        cmocka_unit_test(json_without_credentials),
        cmocka_unit_test(json_of_a_session_that_knows_nothing_yet),
        cmocka_unit_test(long_lived_credentials_have_no_end),
        cmocka_unit_test(credentials_that_are_over_are_none),
        cmocka_unit_test(a_moved_clock_changes_nothing_that_is_left),
        cmocka_unit_test(other_records_are_no_status),
        cmocka_unit_test(time_is_told_as_people_do),
        cmocka_unit_test(a_prompt_is_short),
        cmocka_unit_test(a_prompt_without_credentials_is_nothing),
        cmocka_unit_test(a_prompt_is_quick_and_silent),
        cmocka_unit_test(a_shell_that_is_off_is_told),
        cmocka_unit_test(people_read_it_line_by_line),
        cmocka_unit_test(an_error_cannot_write_to_the_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
