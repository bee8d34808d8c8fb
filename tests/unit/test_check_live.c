/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role check --live, with a program in the broker's place that knows what each address says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check_config.h"
#include "cli/check_live.h"
#include "tests/unit/temporary.h"

#define NOBODY 65534
#define CONFIG                                                                                     \
    "[defaults]\nregion = ap-northeast-1\n[source base]\n%s\n"                                     \
    "[role developer]\nsource = base\nrole_arn = arn:aws:iam::123456789012:role/Developer\n"       \
    "[user *]\nroles = developer\n"

struct fixture {
    char broker[128], users[128], config[128];
    struct installed installed;
    struct check check;
    char *err, *out;
    size_t err_size, out_size;
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const char *folder = temporary_folder(NULL);

    assert_non_null(fixture);
    assert_int_equal(chmod(folder, 0755), 0);
    snprintf(fixture->broker, sizeof fixture->broker, "%s/broker", folder);
    snprintf(fixture->users, sizeof fixture->users, "%s/metadata-users", folder);
    snprintf(fixture->config, sizeof fixture->config, "%s/aws-role.conf", folder);
    fixture->installed = (struct installed){
        .config = fixture->config, .config_dir = "/nonexistent/conf.d",
        .vendor_config = "/nonexistent/vendor.conf", .credentials = "/nonexistent/credentials",
        .broker = fixture->broker, .metadata_users = fixture->users};
    fixture->check.installed = &fixture->installed;
    fixture->check.trust.owner = geteuid();
    fixture->check.trust.below = folder;
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
    fclose(fixture->check.err.out);
    fclose(fixture->check.out.out);
    free(fixture->err);
    free(fixture->out);
    free(fixture);
    temporary_remove();
    return 0;
}

static const char *
errors(struct fixture *fixture)
{
    fflush(fixture->check.err.out);
    return fixture->err;
}

/* What is told of an address that does not answer an ordinary user, by what it says to root. */
static void
nobody_answers(void **state)
{
    static const struct {
        const char *broker, *text;
    } cases[] = {
        {"#!/bin/sh\n[ $1 = --probe ] || exit 3\n", ": closed to ordinary users\n"},
        {"#!/bin/sh\n[ $# = 2 ]\n", ": nothing answers there, not even root\n"},
        {"#!/bin/sh\n[ $1 = --probe ]\n",
         ": does not answer ordinary users; as root it could not be tried\n"},
    };
    struct fixture *fixture = *state;
    char first[128];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rewind(fixture->check.out.out);
        temporary_write(fixture->broker, 0755, cases[i].broker);
        check_live(&fixture->check);
        fflush(fixture->check.out.out);
        snprintf(first, sizeof first, "169.254.169.254%s", geteuid() == 0 ? cases[i].text :
                 ": does not answer you; whether anything is there, root can tell\n");
        assert_memory_equal(fixture->out, first, strlen(first));
        assert_non_null(strstr(fixture->out, "\nfd00:ec2::23: "));
    }
    assert_string_equal(errors(fixture), "");
    assert_int_equal(fixture->check.problems + fixture->check.notes, 0);
}

static void
what_answers_is_a_problem(void **state)
{
    struct fixture *fixture = *state;

    temporary_write(fixture->broker, 0755,
               "#!/bin/sh\ncase $2 in 169.254.170.2 | fd00:ec2::254) exit 3 ;; esac\n");
    check_live(&fixture->check);
    assert_string_equal(
        errors(fixture),
        "fd00:ec2::254: an ordinary user gets through to the instance metadata service: as root, "
        "type aws-role-fence apply\n"
        "169.254.170.2: an ordinary user gets through to the credentials of ECS: as root, type "
        "aws-role-fence apply\n");
    assert_int_equal(fixture->check.problems, 2);
    assert_int_equal(fixture->check.notes, 0);
}

static void
what_cannot_be_tried_is_a_note(void **state)
{
    static const char *const programs[] = {
        "#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 2\n", "#!/bin/sh\nkill -9 $$\n", NULL};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (programs[i] != NULL)
            temporary_write(fixture->broker, 0755, programs[i]);
        else
            unlink(fixture->broker);
        check_live(&fixture->check);
        assert_int_equal(fixture->check.notes, 5 * (i + 1));
    }
    assert_int_equal(fixture->check.problems, 0);
    assert_non_null(strstr(errors(fixture), "note: 169.254.169.254 could not be tried: "));
}

/* The one who tries is nobody when root calls, as in most builds; else whoever runs this. */
static void
who_is_named_may_pass(void **state)
{
    static const struct {
        const char *format;
        int passes;
    } files[] = {
        {"%lu\n", 1},     {"# services\n\n  %lu # x\r\n", 1}, {"a\n%lu#\nb\n", 1}, {"%lu", 1},
        {"# %lu\n", 0},   {"%lu more\n", 0},                  {"x%lu\n", 0},       {"0%lu\n", 0},
        {"%lu0\n", 0},    {"", 0},
    };
    unsigned long tries = geteuid() == 0 ? NOBODY : geteuid();
    struct fixture *fixture = *state;
    size_t passes = 0;
    char text[64];

    temporary_write(fixture->broker, 0755, "#!/bin/sh\n[ $2 != 169.254.169.254 ] || exit 3\n");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(text, sizeof text, "%s", files[i].format);
        if (strstr(files[i].format, "%lu") != NULL) {
            const char *at = strstr(files[i].format, "%lu");

            snprintf(text, sizeof text, "%.*s%lu%s", (int)(at - files[i].format), files[i].format,
                     tries, at + 3);
        }
        temporary_write(fixture->users, 0644, text);
        check_live(&fixture->check);
        passes += (size_t)files[i].passes;
        assert_int_equal(fixture->check.notes, passes);
        assert_int_equal(fixture->check.problems, i + 1 - passes);
    }
    assert_non_null(strstr(errors(fixture), "note: 169.254.169.254 answers "));
}

static void
check_hint_for(struct fixture *fixture, const char *source, size_t notes)
{
    char text[512], *at;

    snprintf(text, sizeof text, "%s", CONFIG);
    at = strstr(text, "%s");
    assert_non_null(at);
    snprintf(at, sizeof text - (size_t)(at - text), "%s%s", source, strstr(CONFIG, "%s") + 2);
    temporary_write(fixture->config, 0644, text);
    check_config(&fixture->check);
    assert_non_null(fixture->check.config);
    check_live_hint(&fixture->check);
    assert_int_equal(fixture->check.notes, notes);
    config_free(fixture->check.config);
    fixture->check.config = NULL;
}

static void
root_is_told_of_live(void **state)
{
    struct fixture *fixture = *state;

    check_live_hint(&fixture->check); /* nothing is loaded */
    assert_int_equal(fixture->check.notes, 0);
    check_hint_for(fixture, "profile = base", 0);
    check_hint_for(fixture, "credential_source = Ec2InstanceMetadata", geteuid() == 0 ? 1 : 0);
    assert_int_equal(fixture->check.problems, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_answers),
        TEST(what_answers_is_a_problem),
        TEST(what_cannot_be_tried_is_a_note),
        TEST(who_is_named_may_pass),
        TEST(root_is_told_of_live),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
