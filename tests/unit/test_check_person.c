/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role check --user: what one person gets, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/checked.h"
#include "tests/unit/temporary.h"

static const char *
own_name(void)
{
    const struct passwd *user = getpwuid(geteuid());

    return user == NULL ? NULL : user->pw_name;
}

static void
a_person_sees_who_won_and_who_lost(void **state)
{
    struct checked *checked = *state;
    const char *name = own_name();
    char text[1024], part[256];

    if (name == NULL)
        skip();
    snprintf(text, sizeof text, "[user *]\nroles = audit\n[user %s]\nroles = developer audit\n",
             name);
    checked_configure(checked, text);
    checked->check.content = checked->installed.config;
    checked->check.user = name;
    assert_int_equal(check_all(&checked->check), VERB_OK);
    snprintf(part, sizeof part, "%s, uid %lu\n  decided by [user %s] at %s:%d\n", name,
             (unsigned long)geteuid(), name, checked->installed.config, CHECKED_BASE_LINES + 3);
    checked_expect_output(checked, part);
    snprintf(part, sizeof part, "  not decided by [user *] at %s:%d: ", checked->installed.config,
             CHECKED_BASE_LINES + 1);
    checked_expect_output(checked, part);
    snprintf(part, sizeof part, "arn:aws:iam::210987654321:role/people/%s", name);
    checked_expect_output(checked, part);
}

static void
a_person_without_a_role_is_no_problem(void **state)
{
    struct checked *checked = *state;

    if (own_name() == NULL)
        skip();
    checked_configure(checked, "[user no-such-user-here]\nroles = audit\n");
    checked->check.content = checked->installed.config;
    checked->check.user = own_name();
    assert_int_equal(check_all(&checked->check), VERB_OK);
    checked_expect_output(checked, ": no role\n");
}

/* Somebody other than root, who is in a group of their own or in none that is named here. */
static void
a_person_without_a_role_sees_why(void **state)
{
    struct checked *checked = *state;
    char part[256];

    if (getpwnam("nobody") == NULL || getgrnam("root") == NULL)
        skip();
    checked_configure(checked, "[group root]\nroles = audit\n"
                               "[group no-such-group]\nroles = audit\n");
    checked->check.content = checked->installed.config;
    checked->check.user = "nobody";
    assert_int_equal(check_all(&checked->check), VERB_OK);
    checked_expect_output(checked, ": no role\n  there is no [user nobody]\n");
    snprintf(part, sizeof part, "  not decided by [group root] at %s:%d: not a member\n",
             checked->installed.config, CHECKED_BASE_LINES + 1);
    checked_expect_output(checked, part);
    checked_expect_output(checked, ": there is no such group on this host\n");
    checked_expect_output(checked, "  there is no [user *]\n");
}

static void
root_without_a_role_sees_why(void **state)
{
    struct checked *checked = *state;

    if (getpwnam("root") == NULL)
        skip();
    checked_configure(checked, "[user *]\nroles = audit\n");
    checked->check.content = checked->installed.config;
    checked->check.user = "root";
    assert_int_equal(check_all(&checked->check), VERB_OK);
    checked_expect_output(checked, "root, uid 0: no role\n"
                                   "  uid 0 is mapped by [user root] alone, and there is none\n");
    checked_expect_output(checked, "  not decided by [user *]");
}

static void
an_unknown_person_is_a_problem(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "");
    checked->check.content = checked->installed.config;
    checked->check.user = "no-such\nuser";
    assert_int_equal(check_all(&checked->check), VERB_FAILED);
    checked_expect_error(checked, "no-such\\x0Auser: there is no such user on this host");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, checked_set_up, checked_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_person_sees_who_won_and_who_lost),
        TEST(a_person_without_a_role_is_no_problem),
        TEST(a_person_without_a_role_sees_why),
        TEST(root_without_a_role_sees_why),
        TEST(an_unknown_person_is_a_problem),
    };

    return cmocka_run_group_tests_name("check_person", tests, NULL, NULL);
}
