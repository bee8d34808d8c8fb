/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/exec.h"
#include "fake_agent.h"

#define WORDS(...) ((const char *const[]){"aws-role exec", __VA_ARGS__, NULL})
#define SHOW "--", "sh", "-c"

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

/* The session's own kind is keys; an endpoint is given where that is asked for. */
static int
give(const struct record *request, unsigned int count, struct record *answer)
{
    const char *role = record_text(request, FIELD_ROLE);

    (void)count;
    if (request->kind != RECORD_GET)
        return 0;
    if (record_number(request, FIELD_EXPORT) == EXPORT_ENDPOINT)
        fake_agent_endpoint(answer, role != NULL ? role : "developer");
    else
        fake_agent_grant(answer, role != NULL ? role : "developer");
    record_put_text(answer, FIELD_REGION, "ap-northeast-1");
    return 1;
}

static int
refuse(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    record_start(answer, RECORD_NONE);
    record_put_text(answer, FIELD_WHY, "nobody gives you that");
    return 1;
}

static void
the_command_has_the_roles_variables(void **state)
{
    static const char *const environment[] = {
        "AWS_PROFILE=mine", "AWS_DEFAULT_PROFILE=mine", "AWS_SECURITY_TOKEN=old",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://old", "_AWS_ROLE_KEY=old", NULL};
    const struct verb_run *done;

    fake_agent_start(*state, give);
    done = verb_run(*state, exec_run,
                    WORDS("--role", "audit", SHOW,
                          "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN "
                          "$AWS_ROLE_NAME $AWS_REGION $AWS_DEFAULT_REGION $_AWS_ROLE_KEY "
                          "${AWS_PROFILE-none} ${AWS_DEFAULT_PROFILE-none} "
                          "${AWS_SECURITY_TOKEN-none} ${AWS_CONTAINER_CREDENTIALS_FULL_URI-none}"),
                    environment);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err, "");
    assert_string_equal(done->out,
                        "ASIAEXAMPLEEXAMPLE01 se/cret+1 to/ken== audit ap-northeast-1 "
                        "ap-northeast-1 ASIAEXAMPLEEXAMPLE01 none none none none\n");
}

static void
it_can_have_an_endpoint(void **state)
{
    static const char *const environment[] = {"AWS_ACCESS_KEY_ID=AKIA", "AWS_SESSION_TOKEN=x",
                                              NULL};
    const struct verb_run *done;

    fake_agent_start(*state, give);
    done = verb_run(*state, exec_run,
                    WORDS("--endpoint", SHOW,
                          "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI "
                          "$AWS_CONTAINER_AUTHORIZATION_TOKEN ${AWS_ACCESS_KEY_ID-none} "
                          "${AWS_SESSION_TOKEN-none} $AWS_ROLE_NAME"),
                    environment);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->out, "http://127.0.0.1:43210/role/developer 0123456789abcdef none "
                                   "none developer\n");
}

static void
the_exit_code_is_the_commands(void **state)
{
    fake_agent_start(*state, give);
    assert_int_equal(verb_run(*state, exec_run, WORDS(SHOW, "exit 42"), NULL)->status, 42);
    assert_int_equal(verb_run(*state, exec_run, WORDS("sh", "-c", "exit 3"), NULL)->status, 3);
}

static void
a_command_that_cannot_be_run_is_told_as_a_shell_does(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, give);
    done = verb_run(*state, exec_run, WORDS("--", "/nonexistent/x"), NULL);
    assert_int_equal(done->status, 127);
    assert_string_equal(done->err, "aws-role exec: /nonexistent/x: No such file or directory\n");
    assert_int_equal(verb_run(*state, exec_run, WORDS("no-such-command"), NULL)->status, 127);
    assert_int_equal(verb_run(*state, exec_run, WORDS("--", ""), NULL)->status, 127);
    assert_int_equal(verb_run(*state, exec_run, WORDS("--", "/etc/passwd/x"), NULL)->status, 127);
    done = verb_run(*state, exec_run, WORDS("--", "/etc"), NULL);
    assert_int_equal(done->status, 126);
    assert_string_equal(done->err, "aws-role exec: /etc: Permission denied\n");
}

static void
words_behind_the_command_are_its_own(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, give);
    done = verb_run(*state, exec_run, WORDS("echo", "--role", "x", "--help", "--", "-h"), NULL);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->out, "--role x --help -- -h\n");
}

static void
without_credentials_nothing_is_run(void **state)
{
    const struct verb_run *done = verb_run(*state, exec_run, WORDS("echo", "run"), NULL);

    assert_int_equal(done->status, 3);
    assert_string_equal(done->out, "");
    fake_agent_start(*state, refuse);
    done = verb_run(*state, exec_run, WORDS("echo", "run"), NULL);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "aws-role exec: nobody gives you that\n");
}

static void
wrong_usage_is_2(void **state)
{
    static const char *const wrong[][4] = {
        {NULL},
        {"--", NULL},
        {"--role", "a", NULL},
        {"--role", "a b", "true", NULL},
        {"--nonsense", "true", NULL},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *words[6] = {"aws-role exec"};
        const struct verb_run *done;

        memcpy(words + 1, wrong[i], sizeof wrong[i]);
        done = verb_run(*state, exec_run, words, NULL);
        assert_int_equal(done->status, 2);
        assert_string_equal(done->out, "");
        assert_non_null(strstr(done->err, "usage: aws-role exec"));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_command_has_the_roles_variables),
        TEST(it_can_have_an_endpoint),
        TEST(the_exit_code_is_the_commands),
        TEST(a_command_that_cannot_be_run_is_told_as_a_shell_does),
        TEST(words_behind_the_command_are_its_own),
        TEST(without_credentials_nothing_is_run),
        TEST(wrong_usage_is_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
