/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role check of PAM's lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check_pam.h"
#include "tests/unit/checked.h"
#include "tests/unit/temporary.h"

/* The file sshd of PAM's folder. */
static void
write_stack(const struct checked *checked, const char *text)
{
    char path[160];

    snprintf(path, sizeof path, "%s/sshd", checked->installed.pam_folder);
    temporary_write(path, 0644, text);
}

static void
put_pams_own_beside(const struct checked *checked)
{
    char path[160];

    assert_non_null(strrchr(checked->installed.module, '/'));
    snprintf(path, sizeof path, "%.*s/pam_unix.so",
             (int)(strrchr(checked->installed.module, '/') - checked->installed.module),
             checked->installed.module);
    temporary_write(path, 0644, "");
}

static void
a_stack_without_the_module_is_a_note(void **state)
{
    static const char *const stacks[] = {
        "session required pam_unix.so\n# session optional pam_aws_role.so\n",
        "session optional not_pam_aws_role.so\n",
        "session optional pam_aws_role.so.old",
        "@include pam_aws_role\n",
        "@include pam_aws_role.so\n",
        "session optional pam_exec.so pam_aws_role.so\n",
        "session optional \\\n# pam_aws_role.so\n",
        "auth optional pam_aws_role.so\n-account [default=ignore] pam_aws_role.so\n"
        "Password optional pam_aws_role.so\n",
        "",
    };
    struct checked *checked = *state;

    check_pam(&checked->check); /* not even a folder */
    assert_int_equal(checked->check.notes, 1);
    assert_int_equal(mkdir(checked->installed.pam_folder, 0755), 0);
    put_pams_own_beside(checked);
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        write_stack(checked, stacks[i]);
        check_pam(&checked->check);
        assert_int_equal(checked->check.notes, i + 2);
    }
    assert_int_equal(checked->check.problems, 0);
    checked_expect_error(checked, "no session line in ");
    checked_expect_error(checked, "/pam.d names pam_aws_role.so: a login gives nobody a role");
}

static void
a_line_that_pam_can_follow_is_silent(void **state)
{
    static const char *const stacks[] = {
        "session optional pam_aws_role.so",
        "session [success=ok default=ignore]\tpam_aws_role.so timeout=2 # last\n",
        "auth optional pam_aws_role.so\n -SESSION optional pam_aws_role.so\r\n",
        "session \\ \n  optional \\\n\tpam_aws_role.so\n",
    };
    struct checked *checked = *state;
    char line[256];

    assert_int_equal(mkdir(checked->installed.pam_folder, 0755), 0);
    put_pams_own_beside(checked);
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        write_stack(checked, stacks[i]);
        check_pam(&checked->check);
    }
    snprintf(line, sizeof line, "-session optional %s/pam_aws_role.so", /* no end of line */
             checked->installed.pam_folder);
    write_stack(checked, line);
    snprintf(line, sizeof line, "%s/pam_aws_role.so", checked->installed.pam_folder);
    temporary_write(line, 0644, "");
    check_pam(&checked->check);
    assert_string_equal(checked_errors(checked), "");
}

static void
a_line_that_leads_nowhere_is_a_problem(void **state)
{
    struct checked *checked = *state;

    assert_int_equal(mkdir(checked->installed.pam_folder, 0755), 0);
    write_stack(checked, "# of sshd\nauth optional /nowhere/pam_aws_role.so\n"
                         "session optional \\\n pam_unix.so\n"
                         "session optional pam_aws_role.so\n");
    check_pam(&checked->check);
    assert_int_equal(checked->check.problems, 2);
    assert_int_equal(checked->check.notes, 0);
    checked_expect_error(checked, "/pam.d/sshd:2: PAM finds no /nowhere/pam_aws_role.so: No such "
                                  "file or directory: write the module's path into the line");
    checked_expect_error(checked, "/pam.d/sshd:5: PAM looks for pam_aws_role.so in the folder of "
                                  "pam_unix.so, and it is ");
}

static void
the_mend_of_a_path_is_where_the_module_is(void **state)
{
    struct checked *checked = *state;
    char mend[256];

    assert_int_equal(mkdir(checked->installed.pam_folder, 0755), 0);
    temporary_write(checked->installed.module, 0644, "");
    write_stack(checked, "session optional /nowhere/pam_aws_role.so\n");
    check_pam(&checked->check);
    snprintf(mend, sizeof mend, "directory: the installed one is %s: write that\n",
             checked->installed.module);
    checked_expect_error(checked, mend);
    put_pams_own_beside(checked);
    check_pam(&checked->check);
    checked_expect_error(checked, ": write that, or pam_aws_role.so, which PAM finds there\n");
    assert_int_equal(checked->check.problems, 2);
}

/* PAM has no line of them, and so they give no role. */
static void
a_line_without_its_words_is_a_problem(void **state)
{
    struct checked *checked = *state;

    assert_int_equal(mkdir(checked->installed.pam_folder, 0755), 0);
    put_pams_own_beside(checked);
    write_stack(checked, "sesion optional /nowhere/pam_aws_role.so\noptional pam_aws_role.so\n"
                         "pam_aws_role.so\nsession pam_aws_role.so timeout=2\n");
    check_pam(&checked->check);
    assert_int_equal(checked->check.problems, 5);
    assert_int_equal(checked->check.notes, 1);
    checked_expect_error(checked, "/pam.d/sshd:1: sesion is no type of PAM's: write session or "
                                  "auth\n");
    checked_expect_error(checked, "/pam.d/sshd:1: PAM finds no /nowhere/pam_aws_role.so: ");
    checked_expect_error(checked, "/pam.d/sshd:2: optional is no type of PAM's");
    checked_expect_error(checked, "/pam.d/sshd:3: pam_aws_role.so is no type of PAM's");
    checked_expect_error(checked, "/pam.d/sshd:4: the control is missing: write optional before");
}

static void
what_cannot_be_read_is_a_note(void **state)
{
    struct checked *checked = *state;
    char path[160];

    assert_int_equal(mkdir(checked->installed.pam_folder, 0755), 0);
    snprintf(path, sizeof path, "%s/su", checked->installed.pam_folder);
    assert_int_equal(symlink("/nonexistent", path), 0);
    check_pam(&checked->check);
    assert_int_equal(checked->check.problems, 0);
    assert_int_equal(checked->check.notes, 2);
    checked_expect_error(checked, "/pam.d/su: No such file or directory: whether it names");
    unlink(path);
    rmdir(checked->installed.pam_folder);
    temporary_write(checked->installed.pam_folder, 0644, "");
    check_pam(&checked->check);
    assert_int_equal(checked->check.notes, 3);
    checked_expect_error(checked, "/pam.d: Not a directory: whether PAM loads the module is not");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, checked_set_up, checked_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stack_without_the_module_is_a_note),
        TEST(a_line_that_pam_can_follow_is_silent),
        TEST(a_line_that_leads_nowhere_is_a_problem),
        TEST(the_mend_of_a_path_is_where_the_module_is),
        TEST(a_line_without_its_words_is_a_problem),
        TEST(what_cannot_be_read_is_a_note),
    };

    return cmocka_run_group_tests_name("check_pam", tests, NULL, NULL);
}
