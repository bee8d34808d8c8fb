/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role check: the configuration, and what it says of everybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/check_config.h"
#include "cli/check_host.h"
#include "cli/check_people.h"
#include "tests/unit/checked.h"
#include "tests/unit/temporary.h"

static void
problems_and_notes_are_counted_and_escaped(void **state)
{
    struct checked *checked = *state;

    check_problem(&checked->check, "a\nb", 7, "wh\033at", "mend");
    check_problem(&checked->check, "file", 0, "what", "mend");
    check_note(&checked->check, "%s", "x\ry");
    assert_string_equal(checked_errors(checked), "a\\x0Ab:7: wh\\x1Bat: mend\nfile: what: mend\n"
                                         "note: x\\x0Dy\n");
    assert_int_equal(checked->check.problems, 2);
    assert_int_equal(checked->check.notes, 1);
}

static void
a_good_file_shows_the_plans(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "[group no-such-group-here]\nroles = developer audit\n"
                    "[user *]\nroles = developer\n[user no-such-user-here]\nroles =\n");
    checked->check.content = checked->installed.config;
    assert_int_equal(check_all(&checked->check), VERB_OK);
    checked_expect_output(checked, "[group no-such-group-here]");
    checked_expect_output(checked, "aws-role.conf:10\n");
    checked_expect_output(checked, "arn:aws:iam::123456789012:role/Developer");
    checked_expect_output(checked, "arn:aws:iam::210987654321:role/people/%{user}");
    checked_expect_output(checked, "    1. instance metadata");
    checked_expect_output(checked, "    2. assume");
    checked_expect_output(checked, "[user *]");
    checked_expect_output(checked, "  no role\n");
    checked_expect_error(checked, "note: ");
    checked_expect_error(checked, "there is no group no-such-group-here on this host");
    checked_expect_error(checked, "there is no user no-such-user-here on this host");
}

static void
a_group_lists_its_members(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "[group root]\nroles = developer\n");
    checked->check.content = checked->installed.config;
    assert_int_equal(check_all(&checked->check), VERB_OK);
    checked_expect_output(checked, "whose first group it is");
}

static void
errors_have_file_and_line(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "[user a]\nroles = nowhere\nregoin = x\n"
                               "[role developer]\nrole_arn = a\n");
    checked->check.content = checked->installed.config;
    assert_int_equal(check_all(&checked->check), VERB_FAILED);
    checked_expect_error_at(checked, checked->installed.config, CHECKED_BASE_LINES + 3);
    checked_expect_error_at(checked, checked->installed.config, CHECKED_BASE_LINES + 4);
    assert_int_equal(strlen(checked_output(checked)), 0);
}

/* Not also that the section lacks what the line was meant to give it. */
static void
a_misspelt_key_is_told_once(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "[source keys]\nprofil = base\n[role a]\nrole_anr = x\n"
                               "[role b]\nsource_rol = a\nrole_arn = "
                               "arn:aws:iam::123456789012:role/B\n[user *]\nroles = a b\n");
    checked->check.content = checked->installed.config;
    assert_int_equal(check_all(&checked->check), VERB_FAILED);
    assert_int_equal(checked->check.problems, 3);
    checked_expect_error_at(checked, checked->installed.config, CHECKED_BASE_LINES + 2);
    checked_expect_error_at(checked, checked->installed.config, CHECKED_BASE_LINES + 4);
    checked_expect_error_at(checked, checked->installed.config, CHECKED_BASE_LINES + 6);
}

static void
control_characters_do_not_reach_the_terminal(void **state)
{
    struct checked *checked = *state;

    temporary_write(checked->installed.config, 0644,
                    "[user a\033]2;x\007]\nr\033oles = \x9b" "31m\n");
    checked->check.content = checked->installed.config;
    assert_int_equal(check_all(&checked->check), VERB_FAILED);
    for (const char *at = checked_errors(checked); *at != '\0'; at++)
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
}

static void
a_missing_file_is_a_problem(void **state)
{
    struct checked *checked = *state;

    checked->check.content = "/nonexistent/aws-role.conf";
    assert_int_equal(check_all(&checked->check), VERB_FAILED);
    checked_expect_error(checked, "/nonexistent/aws-role.conf: does not exist: ");
    assert_null(strstr(checked_errors(checked), "0644"));
}

static void
nobody_with_a_role_is_a_note(void **state)
{
    struct checked *checked = *state;
    char path[160], part[1024];

    checked_configure(checked, "[user *]\nroles =\n");
    assert_int_equal(mkdir(checked->installed.config_dir, 0755), 0);
    snprintf(path, sizeof path, "%s/team.conf.bak", checked->installed.config_dir);
    temporary_write(path, 0644, "[user *]\nroles = developer\n");
    snprintf(path, sizeof path, "%s/.hidden", checked->installed.config_dir);
    temporary_write(path, 0644, "");
    snprintf(path, sizeof path, "%s/team.conf", checked->installed.config_dir);
    temporary_write(path, 0644, "");
    check_config(&checked->check);
    assert_non_null(checked->check.config);
    assert_int_equal(checked->check.problems, 0);
    assert_int_equal(checked->check.notes, 2);
    snprintf(part, sizeof part,
             "note: %s.bak is not read: its name does not end in .conf\n"
             "note: no [user] or [group] gives anybody a role (read: %s, %s)\n",
             path, checked->installed.config, path);
    assert_string_equal(checked_errors(checked), part);
}

static void
a_drop_in_is_checked_among_the_others(void **state)
{
    struct checked *checked = *state;
    char path[160];

    checked_configure(checked, "");
    assert_int_equal(mkdir(checked->installed.config_dir, 0755), 0);
    snprintf(path, sizeof path, "%s/extra.conf", checked->installed.config_dir);
    temporary_write(path, 0644, "[user no-such-user-here]\nroles = developer\n");
    temporary_write(checked->installed.module, 0600, "[user *]\nroles = audit\n");
    checked->check.content = checked->installed.module;
    checked->check.place = CONFIG_PLACE_DROP_IN;
    assert_int_equal(check_all(&checked->check), VERB_OK);
    checked_expect_output(checked, "[user *]");
    checked_expect_output(checked, "[user no-such-user-here]");
    temporary_write(checked->installed.module, 0600, "[user *]\nroles = nowhere\n");
    assert_int_equal(check_all(&checked->check), VERB_FAILED);
    checked_expect_error_at(checked, checked->installed.module, 2);
}

static void
an_installed_file_has_to_be_trusted(void **state)
{
    struct checked *checked = *state;

    temporary_write(checked->installed.config, 0666, CHECKED_BASE);
    check_config(&checked->check);
    assert_null(checked->check.config);
    assert_int_equal(checked->check.problems, 1);
    checked_expect_error(checked, "chmod go-w");
    assert_int_equal(chmod(checked->installed.config, 0644), 0);
    check_config(&checked->check);
    assert_non_null(checked->check.config);
    assert_int_equal(checked->check.problems, 1);
}

static void
no_configuration_is_a_problem(void **state)
{
    struct checked *checked = *state;

    check_config(&checked->check);
    assert_null(checked->check.config);
    assert_true(checked->check.problems > 0);
    check_people(&checked->check); /* has nothing to show, and does not need it */
    check_host_credentials(&checked->check);
    assert_int_equal(strlen(checked_output(checked)), 0);
}

/* What a judge says of the check of somebody who may not read what has mode 0, as root may. */
static void
assert_for_nobody(struct checked *checked, int (*judge)(struct checked *checked))
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(9);
        check_config(&checked->check);
        _exit(checked->check.config == NULL && judge(checked) ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int
is_one_note(struct checked *checked)
{
    return checked->check.problems == 0 && checked->check.notes == 1 &&
           strstr(checked_errors(checked), "may not be read by you") != NULL;
}

static void
what_may_not_be_read_is_a_note(void **state)
{
    struct checked *checked = *state;

    temporary_write(checked->installed.config, 0, CHECKED_BASE "[user *]\nroles = developer\n");
    assert_for_nobody(checked, is_one_note);
}

/* Not how to make it readable: who checks a file that is not in place may have named any. */
static int
is_one_problem_without_a_mode(struct checked *checked)
{
    return checked->check.problems == 1 && checked->check.notes == 0 &&
           strstr(checked_errors(checked),
                  ": may not be read by you: run aws-role check as root\n") &&
           strstr(checked_errors(checked), "chmod") == NULL;
}

static void
content_that_may_not_be_read_is_a_problem(void **state)
{
    struct checked *checked = *state;

    temporary_write(checked->installed.module, 0, CHECKED_BASE);
    checked->check.content = checked->installed.module;
    assert_for_nobody(checked, is_one_problem_without_a_mode);
}

static void
lines_without_form_come_first(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "word\n[user *]\nroles = nowhere\n");
    check_config(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    checked_expect_error(checked, "note: the rest is looked at once these are mended\n");
    checked_configure(checked, "[user *]\nroles = nowhere\n");
    check_config(&checked->check);
    assert_int_equal(checked->check.problems, 2);
    assert_int_equal(checked->check.notes, 1);
}

/* A step that comes of the credentials file, or cannot be known. */
static void
a_profiles_device_is_shown(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "[source keys]\nprofile = base\n[role k]\nsource = keys\n"
                         "role_arn = arn:aws:iam::123456789012:role/K\n[user *]\nroles = k\n");
    check_config(&checked->check);
    check_people(&checked->check);
    checked_expect_output(checked,
                          "\n       perhaps a code of an MFA device, which is not known: ");
    checked_expect_output(checked, "\n    2. assume arn:aws:iam::123456789012:role/K");
    temporary_write(checked->installed.credentials, 0640,
                    "[base]\n" CHECKED_KEYS "mfa_serial = GAHT12345678\n");
    check_people(&checked->check);
    checked_expect_output(checked, "\n    2. a code of MFA device GAHT12345678, once in 43200 s");
    assert_int_equal(checked->check.problems, 0);
    temporary_write(checked->installed.credentials, 0640,
                    "[base]\n" CHECKED_KEYS "mfa_serial = x\n");
    check_people(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    checked_expect_error(checked, "role k cannot be had: ");
    checked_expect_error(checked, "credentials: [base] mfa_serial: no MFA device: ");
    assert_null(strstr(checked_output(checked), CHECKED_SECRET));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, checked_set_up, checked_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(problems_and_notes_are_counted_and_escaped),
        TEST(a_good_file_shows_the_plans),
        TEST(a_group_lists_its_members),
        TEST(errors_have_file_and_line),
        TEST(a_misspelt_key_is_told_once),
        TEST(control_characters_do_not_reach_the_terminal),
        TEST(a_missing_file_is_a_problem),
        TEST(nobody_with_a_role_is_a_note),
        TEST(a_drop_in_is_checked_among_the_others),
        TEST(an_installed_file_has_to_be_trusted),
        TEST(no_configuration_is_a_problem),
        TEST(what_may_not_be_read_is_a_note),
        TEST(content_that_may_not_be_read_is_a_problem),
        TEST(lines_without_form_come_first),
        TEST(a_profiles_device_is_shown),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
