/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/answer.h"
#include "common/error.h"

#define PATIENCE_MS 60000
#define SHORT_MS 300

static void
expect(const char *command, const char *text)
{
    struct secret answer;

    assert_int_equal(answer_run(command, deadline_in(PATIENCE_MS), &answer), 0);
    assert_int_equal(answer.size, strlen(text));
    assert_string_equal(answer.data, text);
    secret_wipe(&answer);
}

static void
expect_failure_in(const char *command, deadline_t deadline, int error)
{
    struct secret answer;

    assert_int_equal(answer_run(command, deadline, &answer), error);
    assert_null(answer.data);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void
expect_failure(const char *command, int error)
{
    expect_failure_in(command, deadline_in(PATIENCE_MS), error);
}

static void
the_first_line_is_the_answer(void **state)
{
    (void)state;
    expect("echo 123456", "123456");
    expect("printf 123456", "123456");
    expect("printf '\\t 123456 \\r\\nmore\\n'", "123456");
    expect("printf 123; printf 456", "123456");
    expect("echo 123456; sleep 0.1; echo more", "123456");
    expect("printf 'two words\\n'", "two words");
}

static void
nothing_is_no_answer(void **state)
{
    (void)state;
    expect_failure(":", AWS_ROLE_ERR_ANSWER);
    expect_failure("echo", AWS_ROLE_ERR_ANSWER);
    expect_failure("printf '\\n123456\\n'", AWS_ROLE_ERR_ANSWER);
}

static void
a_command_that_fails_gives_none(void **state)
{
    (void)state;
    expect_failure("echo 123456; exit 1", AWS_ROLE_ERR_ANSWER);
    expect_failure("exit 3", AWS_ROLE_ERR_ANSWER);
    expect_failure("echo 123456; kill -KILL $$", AWS_ROLE_ERR_ANSWER);
    expect_failure("exec /no/such/program 2>/dev/null", AWS_ROLE_ERR_ANSWER);
}

static void
a_line_that_is_too_long_is_refused(void **state)
{
    (void)state;
    expect_failure("exec tr '\\0' a </dev/zero",
                   AWS_ROLE_ERR_TOO_BIG);
}

static void
a_command_has_to_end_in_time(void **state)
{
    static const char *const commands[] = {
        "exec sleep 100",
        "echo 123456; exec sleep 100",
        "echo 123456; exec >/dev/null; exec sleep 100",
        "trap '' TERM; printf 123456; exec >/dev/null; exec sleep 100",
    };

    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        expect_failure_in(commands[i], deadline_in(SHORT_MS), AWS_ROLE_ERR_DEADLINE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_the_answer),
        cmocka_unit_test(nothing_is_no_answer),
        cmocka_unit_test(a_command_that_fails_gives_none),
        cmocka_unit_test(a_line_that_is_too_long_is_refused),
        cmocka_unit_test(a_command_has_to_end_in_time),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
