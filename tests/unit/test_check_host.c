/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role check of the host: programs, folders, credentials files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check_config.h"
#include "cli/check_host.h"
#include "tests/unit/checked.h"
#include "tests/unit/temporary.h"

static void
the_service_user_has_a_line_to_type(void **state)
{
    struct checked *checked = *state;

    if (getpwnam("_aws-role") != NULL)
        skip();
    check_host_service_user(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    checked_expect_error(checked, "useradd --system --user-group --no-create-home "
                                  "--home-dir /nonexistent --shell "
                                  "/usr/sbin/nologin _aws-role\n");
}

/* With that mode of those that are not to be read. */
static void
install(const struct checked *checked, mode_t unread)
{
    temporary_write(checked->installed.broker, 0755, "");
    temporary_write(checked->installed.helper, unread, "");
    temporary_write(checked->installed.agent, unread, "");
    temporary_write(checked->installed.module, 0644, "");
}

static void
programs_are_there_and_harmless(void **state)
{
    struct checked *checked = *state;

    install(checked, 0711);
    check_host_programs(&checked->check);
    assert_int_equal(checked->check.problems, 0);

    assert_int_equal(chmod(checked->installed.broker, 04755), 0);
    assert_int_equal(chmod(checked->installed.helper, 0775), 0);
    assert_int_equal(chmod(checked->installed.agent, 0644), 0);
    unlink(checked->installed.module);
    check_host_programs(&checked->check);
    assert_int_equal(checked->check.problems, 4);
    checked_expect_error(checked, "broker: has a setuid or setgid bit");
    checked_expect_error(checked, "helper: others than root may write it");
    checked_expect_error(checked, "agent: cannot be run");
    checked_expect_error(checked, "module.so: No such file or directory");
    checked->check.trust.owner = geteuid() + 1;
    assert_int_equal(chmod(checked->installed.agent, 0755), 0);
    check_host_programs(&checked->check);
    checked_expect_error(checked, "agent: does not belong to root");
}

static void
helper_and_agent_are_not_to_be_read(void **state)
{
    struct checked *checked = *state;

    install(checked, 0755);
    check_host_programs(&checked->check);
    assert_int_equal(checked->check.problems, 2);
    checked_expect_error(checked, "helper: others than root may read it");
    checked_expect_error(checked, "agent: others than root may read it");
    assert_int_equal(chmod(checked->installed.helper, 0751), 0);
    assert_int_equal(chmod(checked->installed.agent, 0711), 0);
    check_host_programs(&checked->check);
    assert_int_equal(checked->check.problems, 3);
}

static void
the_run_folder_is_roots_own(void **state)
{
    struct checked *checked = *state;

    check_host_run_folder(&checked->check); /* not there yet: the first login makes it */
    assert_int_equal(checked->check.problems, 0);
    assert_int_equal(mkdir(checked->installed.rundir, 0755), 0);
    check_host_run_folder(&checked->check);
    assert_int_equal(checked->check.problems, 0);
    assert_int_equal(chmod(checked->installed.rundir, 0777), 0);
    check_host_run_folder(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    rmdir(checked->installed.rundir);
    assert_int_equal(symlink("/", checked->installed.rundir), 0);
    check_host_run_folder(&checked->check);
    assert_int_equal(checked->check.problems, 2);
}

static void
credentials_are_looked_at_when_a_profile_is_used(void **state)
{
    struct checked *checked = *state;

    temporary_write(checked->installed.credentials, 0666, "");
    checked_configure(checked, "");
    check_config(&checked->check);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 0); /* nobody reads it */
    config_free(checked->check.config);

    checked_configure(checked, "[source keys]\nprofile = base\n");
    check_config(&checked->check);
    assert_int_equal(checked->check.problems, 0);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    checked_expect_error_at(checked, checked->installed.config, CHECKED_BASE_LINES + 2);
    assert_int_equal(chmod(checked->installed.credentials, 0644), 0);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 2);
    assert_int_equal(chmod(checked->installed.credentials, 0640), 0);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 3);
    checked_expect_error(checked, "credentials: there is no profile [base]: add it, with its keys");
    temporary_write(checked->installed.credentials, 0640, "[base]\n" CHECKED_KEYS);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 3);
    unlink(checked->installed.credentials);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 4);
}

/* What a login with these sources would fail by; a line of no form is told once, for the file. */
static void
what_is_in_a_credentials_file_is_looked_at(void **state)
{
    static const struct {
        const char *content, *says;
        size_t problems;
    } files[] = {
        {"[one]\n" CHECKED_KEYS "[two]\n" CHECKED_KEYS, "", 0},
        {"[one]\n" CHECKED_KEYS, "there is no profile [two]: add it", 1},
        {"[one]\n" CHECKED_KEYS "[two]\naws_secret_access_key = " CHECKED_SECRET "\n",
         "[two] has no aws_access_key_id: add it", 1},
        {"[one]\n" CHECKED_KEYS "[two]\naws_access_key_id = " CHECKED_SECRET "\n",
         "aws_access_key_id has 16", 1},
        {"[one]\n" CHECKED_SECRET "\n",
         "credentials:2: a line is `key = value`: this one has no =", 1},
        {"", "there is no profile [one]: add it", 2},
    };
    struct checked *checked = *state;

    checked_configure(checked, "[source a]\nprofile = one\n[source b]\nprofile = two\n"
                         "[source c]\nprofile = of-%{user}\n");
    check_config(&checked->check);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t before = checked->check.problems;

        temporary_write(checked->installed.credentials, 0640, files[i].content);
        check_host_credentials(&checked->check);
        assert_int_equal(checked->check.problems - before, files[i].problems);
        checked_expect_error(checked, files[i].says);
    }
    assert_null(strstr(checked_errors(checked), CHECKED_SECRET));
    assert_null(strstr(checked_errors(checked), "AKIA"));
}

static void
credentials_are_the_service_users_to_read(void **state)
{
    struct checked *checked = *state;

    checked_configure(checked, "[source keys]\nprofile = base\n");
    temporary_write(checked->installed.credentials, 0600, "[base]\n" CHECKED_KEYS);
    check_config(&checked->check);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    checked_expect_error(checked, "_aws-role cannot read it: chown root:_aws-role and chmod 0640");
    assert_int_equal(chmod(checked->installed.credentials, 0640), 0);
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 1);
    checked->check.trust.secret_group = getegid() + 1;
    check_host_credentials(&checked->check);
    assert_int_equal(checked->check.problems, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, checked_set_up, checked_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_service_user_has_a_line_to_type),
        TEST(programs_are_there_and_harmless),
        TEST(helper_and_agent_are_not_to_be_read),
        TEST(the_run_folder_is_roots_own),
        TEST(credentials_are_looked_at_when_a_profile_is_used),
        TEST(what_is_in_a_credentials_file_is_looked_at),
        TEST(credentials_are_the_service_users_to_read),
    };

    return cmocka_run_group_tests_name("check_host", tests, NULL, NULL);
}
