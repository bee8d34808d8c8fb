/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs that a shell's function applies to its shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/login.h"
#include "cli/logout.h"
#include "cli/off.h"
#include "cli/refresh.h"
#include "cli/switch.h"
#include "fake_agent.h"

#define SWITCH(...) ((const char *const[]){"aws-role switch", __VA_ARGS__, NULL})
#define OFF(...) ((const char *const[]){"aws-role off", __VA_ARGS__, NULL})
#define VERB_FOR_SH ((const char *const[]){"aws-role verb", "--shell", "sh", NULL})
#define VERB_ALONE ((const char *const[]){"aws-role verb", NULL})
#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SHOW_ALL                                                                                   \
    "echo ${AWS_ACCESS_KEY_ID-none} ${AWS_SECRET_ACCESS_KEY-none} ${AWS_SESSION_TOKEN-none} "      \
    "${AWS_CREDENTIAL_EXPIRATION-none} ${AWS_ROLE_NAME-none} ${AWS_ROLE_SOCKET-none} "             \
    "${AWS_REGION-none} ${AWS_DEFAULT_REGION-none} ${_AWS_ROLE_KEY-none} $AWS_ROLE_REFRESH_AT\n"

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

/* An agent that has all it is asked for, and keeps to the order of things. */
static int
serve(const struct record *request, unsigned int count, struct record *answer)
{
    static const char roles[] = "developer\0audit", regions[] = "eu-west-1\0us-east-2";
    static int renewed, forgotten;
    const char *role = record_text(request, FIELD_ROLE);

    (void)count;
    if (request->kind == RECORD_LOGOUT) {
        forgotten = 1;
        record_start(answer, RECORD_NONE);
        record_put_text(answer, FIELD_WHY, "forgotten");
        return 1;
    }
    if (request->kind == RECORD_ROLES && !forgotten) {
        record_start(answer, RECORD_ROLE_LIST);
        record_put_bytes(answer, FIELD_ROLES, roles, sizeof roles);
        record_put_bytes(answer, FIELD_REGIONS, regions, sizeof regions);
        return 1;
    }
    if (request->kind == RECORD_REFRESH && !renewed) {
        renewed = 1;
        (void)poll(NULL, 0, 850);
        record_start(answer, RECORD_PENDING);
        record_put_text(answer, FIELD_WHY, "there is no answer yet");
        return 1;
    }
    fake_agent_grant(answer, role != NULL ? role : "developer");
    record_put_text(answer, FIELD_REGION,
                    role != NULL && strcmp(role, "audit") == 0 ? "us-east-2" : "eu-west-1");
    return 1;
}

static int
refuse(const struct record *request, unsigned int count, struct record *answer)
{
    (void)count;
    record_start(answer, request->kind == RECORD_LOGOUT ? RECORD_PENDING : RECORD_NONE);
    record_put_text(answer, FIELD_WHY, "it cannot be had");
    return 1;
}

/* What a shell says to `command` after it has evaluated `code`; the caller frees it. */
static char *
evaluated(const char *code, const char *command)
{
    char *script = NULL, *said;

    assert_true(asprintf(&script, "%s\n%s", code, command) > 0);
    said = output_of("sh", script);
    free(script);
    return said;
}

static void
switch_changes_a_shell(void **state)
{
    const char *const *developer = ENVIRONMENT("AWS_ROLE_NAME=developer", "AWS_REGION=eu-west-1");
    const struct verb_run *done;
    char *said;

    fake_agent_start(*state, serve);
    done = verb_run(*state, switch_run, SWITCH("audit", "--shell", "sh"), developer);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err,
                        "aws-role switch: this shell has the role audit, good for 59 min\n");
    said = evaluated(done->out, "echo $AWS_ROLE_NAME $AWS_REGION $AWS_ACCESS_KEY_ID");
    assert_string_equal(said, "audit us-east-2 ASIAEXAMPLEEXAMPLE01\n");
    free(said);
}

static void
what_cannot_be_had_changes_nothing(void **state)
{
    static int (*const verbs[])(const struct installed *, int, char **) = {refresh_run, login_run,
                                                                           logout_run};
    const struct verb_run *done;

    fake_agent_start(*state, refuse);
    done = verb_run(*state, switch_run, SWITCH("audit", "--shell", "sh"), NULL);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "aws-role switch: it cannot be had\n");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        done = verb_run(*state, verbs[i], VERB_FOR_SH, NULL);
        assert_int_equal(done->status, 1);
        assert_string_equal(done->out, "");
        assert_non_null(strstr(done->err, ": it cannot be had\n"));
    }
    fake_agent_stop(*state);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        done = verb_run(*state, verbs[i], VERB_FOR_SH, NULL);
        assert_int_equal(done->status, 3);
        assert_string_equal(done->out, "");
    }
}

static void
refresh_waits_for_newer_ones(void **state)
{
    const struct verb_run *done;
    char *said;

    fake_agent_start(*state, serve);
    done = verb_run(*state, refresh_run, VERB_FOR_SH, ENVIRONMENT("AWS_ROLE_NAME=audit"));
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err, "aws-role refresh: here are the newest credentials for the "
                                   "role audit, good for 59 min\n");
    said = evaluated(done->out, "echo $AWS_ROLE_NAME $AWS_ACCESS_KEY_ID");
    assert_string_equal(said, "audit ASIAEXAMPLEEXAMPLE01\n");
    free(said);
}

static void
a_person_sees_that_it_waits(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, serve);
    done = verb_run_on_terminal(*state, refresh_run, VERB_ALONE, NULL);
    assert_int_equal(done->status, 0);
    assert_non_null(strstr(done->out, "aws-role refresh: waiting for the answer of AWS, 2"));
}

static void
login_takes_what_is_there(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, serve);
    done = verb_run(*state, login_run, VERB_ALONE, NULL);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "aws-role login: there are credentials for the role developer, "
                                   "good for 59 min; this shell gets them by: eval "
                                   "\"$(aws-role env)\"\n");
    done = verb_run(*state, login_run, VERB_FOR_SH, NULL);
    assert_non_null(strstr(done->out, "export AWS_ACCESS_KEY_ID='ASIAEXAMPLEEXAMPLE01';\n"));
}

/* In a shell that has all of a session; `more` changes that. */
static char *
shell_after(const struct fake_agent *agent, int (*verb)(const struct installed *, int, char **),
            const char *more)
{
    const char *const *all =
        ENVIRONMENT("AWS_ACCESS_KEY_ID=ASIA1", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t",
                    "AWS_CREDENTIAL_EXPIRATION=e", "AWS_ROLE_NAME=developer",
                    "AWS_ROLE_SOCKET=/nowhere", "AWS_REGION=eu-west-1",
                    "AWS_DEFAULT_REGION=eu-west-1", "_AWS_ROLE_KEY=ASIA1", more);
    const struct verb_run *done = verb_run(agent, verb, VERB_FOR_SH, all);
    char *code = NULL, *said;

    assert_int_equal(done->status, 0);
    assert_true(asprintf(&code,
                         "export AWS_ACCESS_KEY_ID=k AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=t "
                         "AWS_CREDENTIAL_EXPIRATION=e AWS_ROLE_NAME=n AWS_ROLE_SOCKET=f "
                         "AWS_REGION=r AWS_DEFAULT_REGION=d _AWS_ROLE_KEY=m\n%s", done->out) > 0);
    said = evaluated(code, SHOW_ALL);
    free(code);
    return said;
}

static void
assert_left(const struct fake_agent *agent, int (*verb)(const struct installed *, int, char **),
            const char *more, const char *expected)
{
    char *said = shell_after(agent, verb, more);

    assert_string_equal(said, expected);
    free(said);
}

static void
off_takes_all_of_ours(void **state)
{
    fake_agent_start(*state, serve);
    assert_left(*state, off_run, NULL,
                "none none none none none none none none none 9999999999\n");
    /* A key of the person's own, and a region. */
    assert_left(*state, off_run, "AWS_ACCESS_KEY_ID=AKIA1",
                "k s t none none none none none m 9999999999\n");
    assert_left(*state, off_run, "AWS_REGION=us-west-1",
                "none none none none none none r d none 9999999999\n");
    assert_left(*state, off_run, "AWS_DEFAULT_REGION=us-west-1",
                "none none none none none none none d none 9999999999\n");
}

static void
off_needs_no_session(void **state)
{
    assert_left(*state, off_run, NULL,
                "none none none none none none r d none 9999999999\n");
}

static void
off_takes_the_endpoint_that_is_ours(void **state)
{
    static const char ours[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:4/x",
                      other[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1";

    assert_non_null(strstr(verb_run(*state, off_run, VERB_FOR_SH, ENVIRONMENT(ours))->out,
                           "unset AWS_CONTAINER_CREDENTIALS_FULL_URI;\n"
                           "unset AWS_CONTAINER_AUTHORIZATION_TOKEN;\n"));
    assert_null(strstr(verb_run(*state, off_run, VERB_FOR_SH, ENVIRONMENT(other))->out,
                       "AWS_CONTAINER"));
    assert_null(strstr(verb_run(*state, off_run, VERB_FOR_SH, NULL)->out, "AWS_CONTAINER"));
}

/* Without the hook's mark: a shell with a role's name has its keys from a login. */
static void
off_without_the_hook(void **state)
{
    const char *const *session = ENVIRONMENT("AWS_ACCESS_KEY_ID=ASIA1", "AWS_ROLE_NAME=developer");

    assert_non_null(strstr(verb_run(*state, off_run, VERB_FOR_SH, session)->out,
                           "unset AWS_ACCESS_KEY_ID;\n"));
    assert_null(strstr(
        verb_run(*state, off_run, VERB_FOR_SH, ENVIRONMENT("AWS_ACCESS_KEY_ID=AKIA1"))->out,
        "AWS_ACCESS_KEY_ID"));
}

/* The region is asked for before the roles are forgotten. */
static void
logout_is_off_and_more(void **state)
{
    fake_agent_start(*state, serve);
    assert_left(*state, logout_run, NULL,
                "none none none none none none none none none 9999999999\n");
    assert_string_equal(verb_run(*state, logout_run, VERB_ALONE, NULL)->out, "");
    assert_string_equal(verb_run(*state, logout_run, VERB_ALONE, NULL)->err,
                        "aws-role logout: the session's credentials are forgotten, and your MFA "
                        "codes and sign-ins on this host; the next use gets new ones, after "
                        "aws-role login where a role needs you\n");
}

static void
their_usage_asks_for_no_shell(void **state)
{
    assert_memory_equal(verb_run(*state, switch_run, SWITCH("--help"), NULL)->out,
                        "usage: aws-role switch ROLE [--shell SHELL]\n", 44);
    assert_memory_equal(verb_run(*state, off_run, OFF("--help"), NULL)->out,
                        "usage: aws-role off [--shell SHELL]\n", 36);
}

static void
a_program_cannot_change_its_shell(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, serve);
    done = verb_run(*state, switch_run, SWITCH("audit"), NULL);
    assert_int_equal(done->status, 2);
    assert_string_equal(done->out, "");
    assert_non_null(strstr(done->err, "type: eval \"$(aws-role env --role audit)\", in fish with"));
    done = verb_run(*state, off_run, VERB_ALONE, NULL);
    assert_int_equal(done->status, 2);
    assert_string_equal(done->out, "");
    assert_non_null(strstr(done->err, "type: eval \"$(aws-role off --shell sh)\", in fish with"));
}

static void
each_shell_has_its_words(void **state)
{
    fake_agent_start(*state, serve);
    assert_non_null(strstr(
        verb_run(*state, switch_run, SWITCH("--shell", "fish", "audit"), NULL)->out,
        "set -gx AWS_ROLE_NAME 'audit';\n"));
    assert_non_null(strstr(
        verb_run(*state, switch_run, SWITCH("--shell=csh", "audit"), NULL)->out,
        "setenv AWS_ROLE_NAME 'audit';\n"));
    assert_non_null(strstr(
        verb_run(*state, switch_run, SWITCH("--shell=powershell", "audit"), NULL)->out,
        "$env:AWS_ROLE_NAME = 'audit';\n"));
}

static void
wrong_usage_is_2(void **state)
{
    static const char *const wrong[][4] = {
        {NULL},
        {"--shell", "sh", NULL},
        {"--shell", "json", "audit"},
        {"--shell", NULL},
        {"a", "b", NULL},
        {"a b", "--shell=sh", NULL},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *words[6] = {"aws-role switch"};
        const struct verb_run *done;

        memcpy(words + 1, wrong[i], sizeof wrong[i]);
        done = verb_run(*state, switch_run, words, NULL);
        assert_int_equal(done->status, 2);
        assert_string_equal(done->out, "");
        assert_non_null(strstr(done->err, "usage: aws-role switch"));
    }
    assert_int_equal(verb_run(*state, refresh_run, SWITCH("audit"), NULL)->status, 2);
    assert_int_equal(verb_run(*state, off_run, SWITCH("--shell=dotenv"), NULL)->status, 2);
    /* an option of login alone */
    assert_int_equal(verb_run(*state, refresh_run, SWITCH("--code-from=true"), NULL)->status, 2);
    assert_int_equal(verb_run(*state, logout_run, SWITCH("--code-from=true"), NULL)->status, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(switch_changes_a_shell),
        TEST(what_cannot_be_had_changes_nothing),
        TEST(refresh_waits_for_newer_ones),
        TEST(a_person_sees_that_it_waits),
        TEST(login_takes_what_is_there),
        TEST(off_takes_all_of_ours),
        TEST(off_needs_no_session),
        TEST(off_takes_the_endpoint_that_is_ours),
        TEST(off_without_the_hook),
        TEST(logout_is_off_and_more),
        TEST(their_usage_asks_for_no_shell),
        TEST(a_program_cannot_change_its_shell),
        TEST(each_shell_has_its_words),
        TEST(wrong_usage_is_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
