/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role check, on a configuration and programs in a folder of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/check.h"
#include "cli/check_config.h"
#include "cli/check_host.h"
#include "cli/check_people.h"
#include "cli/check_person.h"
#include "tests/unit/temporary.h"

#define BASE                                                                                       \
    "[defaults]\nregion = ap-northeast-1\nsource = instance\n"                                     \
    "[source instance]\ncredential_source = Ec2InstanceMetadata\n"                                 \
    "[role developer]\nrole_arn = arn:aws:iam::123456789012:role/Developer\n"                      \
    "[role audit]\nrole_arn = arn:aws:iam::210987654321:role/people/%{user}\n"
#define BASE_LINES 9
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define KEYS "aws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = " SECRET "\n"

struct fixture {
    const char *folder;
    char paths[10][128];
    struct installed installed;
    struct check check;
    char *out, *err;
    size_t out_size, err_size;
};

static int
set_up(void **state)
{
    static const char *const names[] = {"aws-role.conf", "conf.d", "vendor.conf", "credentials",
                                        "run",           "broker", "helper",      "agent",
                                        "module.so",     "metadata-users"};
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    setlocale(LC_CTYPE, "C");
    fixture->folder = temporary_folder(NULL);
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    for (size_t i = 0; i < 10; i++)
        snprintf(fixture->paths[i], sizeof fixture->paths[i], "%s/%s", fixture->folder, names[i]);
    fixture->installed = (struct installed){
        fixture->paths[0], fixture->paths[1], fixture->paths[2], fixture->paths[3],
        fixture->paths[4], fixture->paths[5], fixture->paths[6], fixture->paths[7],
        fixture->paths[8], fixture->paths[9], NULL, geteuid()};
    fixture->check.installed = &fixture->installed;
    fixture->check.trust.owner = geteuid();
    fixture->check.trust.secret_group = getegid();
    fixture->check.trust.below = fixture->folder;
    fixture->check.out.out = open_memstream(&fixture->out, &fixture->out_size);
    fixture->check.err.out = open_memstream(&fixture->err, &fixture->err_size);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    config_free(fixture->check.config);
    fclose(fixture->check.out.out);
    fclose(fixture->check.err.out);
    free(fixture->out);
    free(fixture->err);
    free(fixture);
    temporary_remove();
    return 0;
}

static const char *
output(struct fixture *fixture)
{
    fflush(fixture->check.out.out);
    return fixture->out;
}

static const char *
errors(struct fixture *fixture)
{
    fflush(fixture->check.err.out);
    return fixture->err;
}

static void
assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("nothing says \"%s\" in:\n%s", part, text);
}

/* `path:line: ` as a problem begins. */
static void
assert_says_at(const char *text, const char *path, unsigned int line)
{
    char place[160];

    snprintf(place, sizeof place, "%s:%u: ", path, line);
    assert_says(text, place);
}

static const char *
own_name(void)
{
    const struct passwd *user = getpwuid(geteuid());

    return user == NULL ? NULL : user->pw_name;
}

static void
problems_and_notes_are_counted_and_escaped(void **state)
{
    struct fixture *fixture = *state;

    check_problem(&fixture->check, "a\nb", 7, "wh\033at", "mend");
    check_problem(&fixture->check, "file", 0, "what", "mend");
    check_note(&fixture->check, "%s", "x\ry");
    assert_string_equal(errors(fixture), "a\\x0Ab:7: wh\\x1Bat: mend\nfile: what: mend\n"
                                         "note: x\\x0Dy\n");
    assert_int_equal(fixture->check.problems, 2);
    assert_int_equal(fixture->check.notes, 1);
}

static void
a_good_file_shows_the_plans(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644,
               BASE "[group no-such-group-here]\nroles = developer audit\n"
                    "[user *]\nroles = developer\n[user no-such-user-here]\nroles =\n");
    fixture->check.content = fixture->paths[0];
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    assert_says(output(fixture), "[group no-such-group-here]");
    assert_says(output(fixture), "aws-role.conf:10\n");
    assert_says(output(fixture), "arn:aws:iam::123456789012:role/Developer");
    assert_says(output(fixture), "arn:aws:iam::210987654321:role/people/%{user}");
    assert_says(output(fixture), "    1. instance metadata");
    assert_says(output(fixture), "    2. assume");
    assert_says(output(fixture), "[user *]");
    assert_says(output(fixture), "  no role\n");
    assert_says(errors(fixture), "note: ");
    assert_says(errors(fixture), "there is no group no-such-group-here on this host");
    assert_says(errors(fixture), "there is no user no-such-user-here on this host");
}

static void
a_group_lists_its_members(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644, BASE "[group root]\nroles = developer\n");
    fixture->check.content = fixture->paths[0];
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    assert_says(output(fixture), "whose first group it is");
}

static void
errors_have_file_and_line(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644,
               BASE "[user a]\nroles = nowhere\nregoin = x\n[role developer]\nrole_arn = a\n");
    fixture->check.content = fixture->paths[0];
    assert_int_equal(check_all(&fixture->check), VERB_FAILED);
    assert_says_at(errors(fixture), fixture->paths[0], BASE_LINES + 3);
    assert_says_at(errors(fixture), fixture->paths[0], BASE_LINES + 4);
    assert_int_equal(strlen(output(fixture)), 0);
}

static void
control_characters_do_not_reach_the_terminal(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644, "[user a\033]2;x\007]\nr\033oles = \x9b" "31m\n");
    fixture->check.content = fixture->paths[0];
    assert_int_equal(check_all(&fixture->check), VERB_FAILED);
    for (const char *at = errors(fixture); *at != '\0'; at++)
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
}

static void
a_missing_file_is_a_problem(void **state)
{
    struct fixture *fixture = *state;

    fixture->check.content = "/nonexistent/aws-role.conf";
    assert_int_equal(check_all(&fixture->check), VERB_FAILED);
    assert_says(errors(fixture), "/nonexistent/aws-role.conf: does not exist: ");
    assert_null(strstr(errors(fixture), "0644"));
}

static void
nobody_with_a_role_is_a_note(void **state)
{
    struct fixture *fixture = *state;
    char path[160], part[1024];

    temporary_write(fixture->paths[0], 0644, BASE "[user *]\nroles =\n");
    assert_int_equal(mkdir(fixture->paths[1], 0755), 0);
    snprintf(path, sizeof path, "%s/team.conf.bak", fixture->paths[1]);
    temporary_write(path, 0644, "[user *]\nroles = developer\n");
    snprintf(path, sizeof path, "%s/.hidden", fixture->paths[1]);
    temporary_write(path, 0644, "");
    snprintf(path, sizeof path, "%s/team.conf", fixture->paths[1]);
    temporary_write(path, 0644, "");
    check_config(&fixture->check);
    assert_non_null(fixture->check.config);
    assert_int_equal(fixture->check.problems, 0);
    assert_int_equal(fixture->check.notes, 2);
    snprintf(part, sizeof part,
             "note: %s.bak is not read: its name does not end in .conf\n"
             "note: no [user] or [group] gives anybody a role (read: %s, %s)\n",
             path, fixture->paths[0], path);
    assert_string_equal(errors(fixture), part);
}

static void
a_drop_in_is_checked_among_the_others(void **state)
{
    struct fixture *fixture = *state;
    char path[160];

    temporary_write(fixture->paths[0], 0644, BASE);
    assert_int_equal(mkdir(fixture->paths[1], 0755), 0);
    snprintf(path, sizeof path, "%s/extra.conf", fixture->paths[1]);
    temporary_write(path, 0644, "[user no-such-user-here]\nroles = developer\n");
    temporary_write(fixture->paths[8], 0600, "[user *]\nroles = audit\n");
    fixture->check.content = fixture->paths[8];
    fixture->check.place = CONFIG_PLACE_DROP_IN;
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    assert_says(output(fixture), "[user *]");
    assert_says(output(fixture), "[user no-such-user-here]");
    temporary_write(fixture->paths[8], 0600, "[user *]\nroles = nowhere\n");
    assert_int_equal(check_all(&fixture->check), VERB_FAILED);
    assert_says_at(errors(fixture), fixture->paths[8], 2);
}

static void
an_installed_file_has_to_be_trusted(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0666, BASE);
    check_config(&fixture->check);
    assert_null(fixture->check.config);
    assert_int_equal(fixture->check.problems, 1);
    assert_says(errors(fixture), "chmod go-w");
    assert_int_equal(chmod(fixture->paths[0], 0644), 0);
    check_config(&fixture->check);
    assert_non_null(fixture->check.config);
    assert_int_equal(fixture->check.problems, 1);
}

static void
no_configuration_is_a_problem(void **state)
{
    struct fixture *fixture = *state;

    check_config(&fixture->check);
    assert_null(fixture->check.config);
    assert_true(fixture->check.problems > 0);
    check_people(&fixture->check); /* has nothing to show, and does not need it */
    check_host_credentials(&fixture->check);
    assert_int_equal(strlen(output(fixture)), 0);
}

/* What a judge says of the check of somebody who may not read what has mode 0, as root may. */
static void
assert_for_nobody(struct fixture *fixture, int (*judge)(struct fixture *fixture))
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(9);
        check_config(&fixture->check);
        _exit(fixture->check.config == NULL && judge(fixture) ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int
is_one_note(struct fixture *fixture)
{
    return fixture->check.problems == 0 && fixture->check.notes == 1 &&
           strstr(errors(fixture), "may not be read by you") != NULL;
}

static void
what_may_not_be_read_is_a_note(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0, BASE "[user *]\nroles = developer\n");
    assert_for_nobody(fixture, is_one_note);
}

/* Not how to make it readable: who checks a file that is not in place may have named any. */
static int
is_one_problem_without_a_mode(struct fixture *fixture)
{
    return fixture->check.problems == 1 && fixture->check.notes == 0 &&
           strstr(errors(fixture), ": may not be read by you: run aws-role check as root\n") &&
           strstr(errors(fixture), "chmod") == NULL;
}

static void
content_that_may_not_be_read_is_a_problem(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[8], 0, BASE);
    fixture->check.content = fixture->paths[8];
    assert_for_nobody(fixture, is_one_problem_without_a_mode);
}

static void
lines_without_form_come_first(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644, BASE "word\n[user *]\nroles = nowhere\n");
    check_config(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    assert_says(errors(fixture), "note: the rest is looked at once these are mended\n");
    temporary_write(fixture->paths[0], 0644, BASE "[user *]\nroles = nowhere\n");
    check_config(&fixture->check);
    assert_int_equal(fixture->check.problems, 2);
    assert_int_equal(fixture->check.notes, 1);
}

static void
a_person_sees_who_won_and_who_lost(void **state)
{
    struct fixture *fixture = *state;
    const char *name = own_name();
    char text[1024], part[256];

    if (name == NULL)
        skip();
    snprintf(text, sizeof text, "%s[user *]\nroles = audit\n[user %s]\nroles = developer audit\n",
             BASE, name);
    temporary_write(fixture->paths[0], 0644, text);
    fixture->check.content = fixture->paths[0];
    fixture->check.user = name;
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    snprintf(part, sizeof part, "%s, uid %lu\n  decided by [user %s] at %s:%d\n", name,
             (unsigned long)geteuid(), name, fixture->paths[0], BASE_LINES + 3);
    assert_says(output(fixture), part);
    snprintf(part, sizeof part, "  not decided by [user *] at %s:%d: ", fixture->paths[0],
             BASE_LINES + 1);
    assert_says(output(fixture), part);
    snprintf(part, sizeof part, "arn:aws:iam::210987654321:role/people/%s", name);
    assert_says(output(fixture), part);
}

static void
a_person_without_a_role_is_no_problem(void **state)
{
    struct fixture *fixture = *state;

    if (own_name() == NULL)
        skip();
    temporary_write(fixture->paths[0], 0644, BASE "[user no-such-user-here]\nroles = audit\n");
    fixture->check.content = fixture->paths[0];
    fixture->check.user = own_name();
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    assert_says(output(fixture), ": no role\n");
}

/* Somebody other than root, who is in a group of their own or in none that is named here. */
static void
a_person_without_a_role_sees_why(void **state)
{
    struct fixture *fixture = *state;
    char part[256];

    if (getpwnam("nobody") == NULL || getgrnam("root") == NULL)
        skip();
    temporary_write(fixture->paths[0], 0644,
               BASE "[group root]\nroles = audit\n[group no-such-group]\nroles = audit\n");
    fixture->check.content = fixture->paths[0];
    fixture->check.user = "nobody";
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    assert_says(output(fixture), ": no role\n  there is no [user nobody]\n");
    snprintf(part, sizeof part, "  not decided by [group root] at %s:%d: not a member\n",
             fixture->paths[0], BASE_LINES + 1);
    assert_says(output(fixture), part);
    assert_says(output(fixture), ": there is no such group on this host\n");
    assert_says(output(fixture), "  there is no [user *]\n");
}

static void
root_without_a_role_sees_why(void **state)
{
    struct fixture *fixture = *state;

    if (getpwnam("root") == NULL)
        skip();
    temporary_write(fixture->paths[0], 0644, BASE "[user *]\nroles = audit\n");
    fixture->check.content = fixture->paths[0];
    fixture->check.user = "root";
    assert_int_equal(check_all(&fixture->check), VERB_OK);
    assert_says(output(fixture), "root, uid 0: no role\n"
                                 "  uid 0 is mapped by [user root] alone, and there is none\n");
    assert_says(output(fixture), "  not decided by [user *]");
}

static void
an_unknown_person_is_a_problem(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644, BASE);
    fixture->check.content = fixture->paths[0];
    fixture->check.user = "no-such\nuser";
    assert_int_equal(check_all(&fixture->check), VERB_FAILED);
    assert_says(errors(fixture), "no-such\\x0Auser: there is no such user on this host");
}

static void
the_service_user_has_a_line_to_type(void **state)
{
    struct fixture *fixture = *state;

    if (getpwnam("_aws-role") != NULL)
        skip();
    check_host_service_user(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    assert_says(errors(fixture),
                "useradd --system --user-group --no-create-home --home-dir /nonexistent --shell "
                "/usr/sbin/nologin _aws-role\n");
}

static void
programs_are_there_and_harmless(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 5; i < 9; i++)
        temporary_write(fixture->paths[i], i == 8 ? 0644 : i == 5 ? 0755 : 0711, "");
    check_host_programs(&fixture->check);
    assert_int_equal(fixture->check.problems, 0);

    assert_int_equal(chmod(fixture->paths[5], 04755), 0);
    assert_int_equal(chmod(fixture->paths[6], 0775), 0);
    assert_int_equal(chmod(fixture->paths[7], 0644), 0);
    unlink(fixture->paths[8]);
    check_host_programs(&fixture->check);
    assert_int_equal(fixture->check.problems, 4);
    assert_says(errors(fixture), "broker: has a setuid or setgid bit");
    assert_says(errors(fixture), "helper: others than root may write it");
    assert_says(errors(fixture), "agent: cannot be run");
    assert_says(errors(fixture), "module.so: No such file or directory");
    fixture->check.trust.owner = geteuid() + 1;
    assert_int_equal(chmod(fixture->paths[7], 0755), 0);
    check_host_programs(&fixture->check);
    assert_says(errors(fixture), "agent: does not belong to root");
}

static void
helper_and_agent_are_not_to_be_read(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 5; i < 9; i++)
        temporary_write(fixture->paths[i], 0755, "");
    check_host_programs(&fixture->check);
    assert_int_equal(fixture->check.problems, 2);
    assert_says(errors(fixture), "helper: others than root may read it");
    assert_says(errors(fixture), "agent: others than root may read it");
    assert_int_equal(chmod(fixture->paths[6], 0751), 0);
    assert_int_equal(chmod(fixture->paths[7], 0711), 0);
    check_host_programs(&fixture->check);
    assert_int_equal(fixture->check.problems, 3);
}

static void
the_run_folder_is_roots_own(void **state)
{
    struct fixture *fixture = *state;

    check_host_run_folder(&fixture->check); /* not there yet: the first login makes it */
    assert_int_equal(fixture->check.problems, 0);
    assert_int_equal(mkdir(fixture->paths[4], 0755), 0);
    check_host_run_folder(&fixture->check);
    assert_int_equal(fixture->check.problems, 0);
    assert_int_equal(chmod(fixture->paths[4], 0777), 0);
    check_host_run_folder(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    rmdir(fixture->paths[4]);
    assert_int_equal(symlink("/", fixture->paths[4]), 0);
    check_host_run_folder(&fixture->check);
    assert_int_equal(fixture->check.problems, 2);
}

static void
credentials_are_looked_at_when_a_profile_is_used(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[3], 0666, "");
    temporary_write(fixture->paths[0], 0644, BASE);
    check_config(&fixture->check);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 0); /* nobody reads it */
    config_free(fixture->check.config);

    temporary_write(fixture->paths[0], 0644, BASE "[source keys]\nprofile = base\n");
    check_config(&fixture->check);
    assert_int_equal(fixture->check.problems, 0);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    assert_says_at(errors(fixture), fixture->paths[0], BASE_LINES + 2);
    assert_int_equal(chmod(fixture->paths[3], 0644), 0);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 2);
    assert_int_equal(chmod(fixture->paths[3], 0640), 0);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 3);
    assert_says(errors(fixture), "credentials: there is no profile [base]: add it, with its keys");
    temporary_write(fixture->paths[3], 0640, "[base]\n" KEYS);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 3);
    unlink(fixture->paths[3]);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 4);
}

/* What a login with these sources would fail by; a line of no form is told once, for the file. */
static void
what_is_in_a_credentials_file_is_looked_at(void **state)
{
    static const struct {
        const char *content, *says;
        size_t problems;
    } files[] = {
        {"[one]\n" KEYS "[two]\n" KEYS, "", 0},
        {"[one]\n" KEYS, "there is no profile [two]: add it", 1},
        {"[one]\n" KEYS "[two]\naws_secret_access_key = " SECRET "\n",
         "[two] has no aws_access_key_id: add it", 1},
        {"[one]\n" KEYS "[two]\naws_access_key_id = " SECRET "\n", "aws_access_key_id has 16", 1},
        {"[one]\n" SECRET "\n", "credentials:2: a line is `key = value`: this one has no =", 1},
        {"", "there is no profile [one]: add it", 2},
    };
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644,
                    BASE "[source a]\nprofile = one\n[source b]\nprofile = two\n"
                         "[source c]\nprofile = of-%{user}\n");
    check_config(&fixture->check);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t before = fixture->check.problems;

        temporary_write(fixture->paths[3], 0640, files[i].content);
        check_host_credentials(&fixture->check);
        assert_int_equal(fixture->check.problems - before, files[i].problems);
        assert_says(errors(fixture), files[i].says);
    }
    assert_null(strstr(errors(fixture), SECRET));
    assert_null(strstr(errors(fixture), "AKIA"));
}

/* A step that comes of the credentials file, or cannot be known. */
static void
a_profiles_device_is_shown(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644,
                    BASE "[source keys]\nprofile = base\n[role k]\nsource = keys\n"
                         "role_arn = arn:aws:iam::123456789012:role/K\n[user *]\nroles = k\n");
    check_config(&fixture->check);
    check_people(&fixture->check);
    assert_says(output(fixture), "\n       perhaps a code of an MFA device, which is not known: ");
    assert_says(output(fixture), "\n    2. assume arn:aws:iam::123456789012:role/K");
    temporary_write(fixture->paths[3], 0640, "[base]\n" KEYS "mfa_serial = GAHT12345678\n");
    check_people(&fixture->check);
    assert_says(output(fixture), "\n    2. a code of MFA device GAHT12345678, once in 43200 s");
    assert_int_equal(fixture->check.problems, 0);
    temporary_write(fixture->paths[3], 0640, "[base]\n" KEYS "mfa_serial = x\n");
    check_people(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    assert_says(errors(fixture), "role k cannot be had: ");
    assert_says(errors(fixture), "credentials: [base] mfa_serial: no MFA device: ");
    assert_null(strstr(output(fixture), SECRET));
}

static void
credentials_are_the_service_users_to_read(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->paths[0], 0644, BASE "[source keys]\nprofile = base\n");
    temporary_write(fixture->paths[3], 0600, "[base]\n" KEYS);
    check_config(&fixture->check);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    assert_says(errors(fixture), "_aws-role cannot read it: chown root:_aws-role and chmod 0640");
    assert_int_equal(chmod(fixture->paths[3], 0640), 0);
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 1);
    fixture->check.trust.secret_group = getegid() + 1;
    check_host_credentials(&fixture->check);
    assert_int_equal(fixture->check.problems, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(problems_and_notes_are_counted_and_escaped),
        TEST(a_good_file_shows_the_plans),
        TEST(a_group_lists_its_members),
        TEST(errors_have_file_and_line),
        TEST(control_characters_do_not_reach_the_terminal),
        TEST(a_missing_file_is_a_problem),
        TEST(nobody_with_a_role_is_a_note),
        TEST(a_drop_in_is_checked_among_the_others),
        TEST(an_installed_file_has_to_be_trusted),
        TEST(no_configuration_is_a_problem),
        TEST(what_may_not_be_read_is_a_note),
        TEST(content_that_may_not_be_read_is_a_problem),
        TEST(lines_without_form_come_first),
        TEST(a_person_sees_who_won_and_who_lost),
        TEST(a_person_without_a_role_is_no_problem),
        TEST(a_person_without_a_role_sees_why),
        TEST(root_without_a_role_sees_why),
        TEST(an_unknown_person_is_a_problem),
        TEST(the_service_user_has_a_line_to_type),
        TEST(programs_are_there_and_harmless),
        TEST(helper_and_agent_are_not_to_be_read),
        TEST(the_run_folder_is_roots_own),
        TEST(credentials_are_looked_at_when_a_profile_is_used),
        TEST(what_is_in_a_credentials_file_is_looked_at),
        TEST(a_profiles_device_is_shown),
        TEST(credentials_are_the_service_users_to_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
