/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role login where nobody can be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "cli/login.h"
#include "tests/unit/fake_agent.h"

#define LOGIN(...) ((const char *const[]){"aws-role login", __VA_ARGS__})

static struct fake_agent agent;

static int
set_up(void **state)
{
    (void)state;
    fake_agent_set_up(&agent);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    fake_agent_tear_down(&agent);
    return 0;
}

static int
ask_for_code(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    record_start(answer, RECORD_ASK);
    record_put_text(answer, FIELD_PROMPT, "Code: ");
    return 1;
}

static int
ask_for_sign_in(const struct record *request, unsigned int count, struct record *answer)
{
    (void)ask_for_code(request, count, answer);
    record_put_text(answer, FIELD_URL, "https://signin.invalid/");
    return 1;
}

/* In a session of the kernel's that has no terminal, whatever this test's has. */
static int
run_without_terminal(const struct installed *installed, int argc, char **argv)
{
    return setsid() < 0 ? 99 : login_run(installed, argc, argv);
}

static void
assert_refused(const char *const *words, const char *said)
{
    const struct verb_run *done = verb_run(&agent, run_without_terminal, words, NULL);

    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, said);
}

static void
a_code_without_a_terminal_is_for_a_command(void **state)
{
    (void)state;
    fake_agent_start(&agent, ask_for_code);
    assert_refused(LOGIN(NULL),
                   "aws-role login: there is no terminal to ask on: see --code-from\n");
}

/* The two refusals do not send a person from one to the other. */
static void
a_sign_in_without_a_terminal_is_for_one_or_a_browser(void **state)
{
    (void)state;
    fake_agent_start(&agent, ask_for_sign_in);
    assert_refused(LOGIN(NULL), "aws-role login: there is no terminal to ask on: run it on a "
                                "terminal, or with --browser\n");
    assert_refused(LOGIN("--code-from=echo 123456", NULL),
                   "aws-role login: --code-from is for MFA codes, and this role needs a sign-in "
                   "in a browser: run aws-role login on a terminal, or with --browser\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_code_without_a_terminal_is_for_a_command),
        TEST(a_sign_in_without_a_terminal_is_for_one_or_a_browser),
    };

    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
