/* SPDX-License-Identifier: BSD-3-Clause */
/* The MFA device that a profile has in its credentials file, as a plan takes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "policy/plan.h"
#include "tests/unit/config_fixture.h"
#include "tests/unit/temporary.h"

#define SERIAL "arn:aws:iam::123456789012:mfa/mika"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define KEYS "aws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = " SECRET "\n"
#define ROLE                                                                                       \
    "[role r]\nrole_arn = arn:aws:iam::123456789012:role/R\nsource = k\n[user *]\nroles = r\n"

static struct config *config;
static struct plan plan;
static char why[PLAN_WHY_MAX];
static char credentials[4096];

static int
set_up(void **state)
{
    int r = config_fixture_make(state);

    snprintf(credentials, sizeof credentials, "%s", config_fixture_path("credentials"));
    config_fixture_paths.credentials_file = credentials;
    return r;
}

static int
tear_down(void **state)
{
    plan_wipe(&plan);
    config_free(config);
    config = NULL;
    return config_fixture_remove(state);
}

static void
write_credentials(const char *text)
{
    temporary_write(credentials, 0640, text);
}

/* The plan of somebody of that name, after `source`, the rest of [source k]. */
static int
make(const char *source, const char *user, int for_display)
{
    const struct session_context context = {
        .user = user, .uid = 1007, .for_display = for_display};
    char text[1024];

    snprintf(text, sizeof text, "[source k]\n%s\n" ROLE, source);
    config_free(config);
    config = config_fixture_loaded(text);
    plan_wipe(&plan);
    return plan_make(config, NULL, &context, "r", 1, &plan, why);
}

static void
expect_device(const char *serial, uint64_t seconds)
{
    const struct record *step = &plan.steps[1];

    assert_int_equal(plan.device.error, 0);
    assert_int_equal(plan.count, 3);
    assert_int_equal(record_number(step, FIELD_STEP), STEP_SESSION_TOKEN);
    assert_string_equal(record_text(step, FIELD_MFA_SERIAL), serial);
    assert_int_equal(record_number(step, FIELD_DURATION_SECONDS), seconds);
    assert_string_equal(plan.source, "profile mika with MFA");
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), 0);
}

static void
test_the_profiles_device(void **state)
{
    (void)state;
    write_credentials("[other]\n" KEYS "mfa_serial = GAHT00000000\n[mika]\n" KEYS
                      "mfa_serial = " SERIAL "\n");
    assert_int_equal(make("profile = mika", "ueno", 0), 0);
    expect_device(SERIAL, 43200);
    assert_int_equal(make("profile = mika\nmfa_session_seconds = 900", "ueno", 0), 0);
    expect_device(SERIAL, 900);
    assert_int_equal(make("profile = %{user}", "mika", 0), 0);
    expect_device(SERIAL, 43200);
    for (size_t i = 0; i < plan.count; i++) /* all else of the file stays there */
        assert_null(memmem(plan.steps[i].bytes.data, plan.steps[i].bytes.size, SECRET,
                           strlen(SECRET)));
}

static void
test_a_profile_without_one(void **state)
{
    (void)state;
    write_credentials("[mika]\n" KEYS "[other]\nmfa_serial = " SERIAL "\n");
    assert_int_equal(make("profile = mika\nmfa_session_seconds = 900", "ueno", 0), 0);
    assert_int_equal(plan.device.error, 0);
    assert_int_equal(plan.count, 2);
    assert_string_equal(plan.source, "profile mika");
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), 0);
}

static void
test_the_sources_own_goes_first(void **state)
{
    (void)state;
    write_credentials("[mika]\n" KEYS "mfa_serial = " SERIAL "\n");
    assert_int_equal(make("profile = mika\nmfa_serial = GAHT%{uid}0000", "ueno", 0), 0);
    expect_device("GAHT10070000", 43200);
    assert_int_equal(unlink(credentials), 0); /* nor is the file needed */
    assert_int_equal(make("profile = mika\nmfa_serial = GAHT12345678", "ueno", 0), 0);
    assert_int_equal(plan.device.error, 0);
    assert_int_equal(plan.count, 3);
}

/* It stands for itself: an expansion there is no device. */
static void
test_what_is_no_device(void **state)
{
    static const char *const serials[] = {"GAHT1234", "arn:aws:iam::123456789012:mfa/%{user}",
                                          "GAHT 12345678", "GAHT12345678 # mine",
                                          "G\xc3\x84HT12345678", "\033[31m123456789"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        snprintf(text, sizeof text, "[mika]\n" KEYS "mfa_serial = %s\n", serials[i]);
        write_credentials(text);
        assert_int_equal(make("profile = mika", "ueno", 0), AWS_ROLE_ERR_CONFIG);
        assert_non_null(strstr(why, "/credentials: [mika] mfa_serial: no MFA device: write its"));
        assert_null(strchr(why, '\n'));
        assert_null(strstr(why, serials[i]));
        assert_int_equal(plan.count, 0);
    }
}

/* Files that do not tell, and what that is for whoever wants to take the plan. */
static const struct {
    const char *content;
    mode_t mode;
    int error;
    const char *words;
} unknown[] = {
    {NULL, 0, AWS_ROLE_ERR_NOT_FOUND, "/credentials"},
    {"[mika]\n" KEYS "mfa_serial = " SERIAL "\n", 0644, AWS_ROLE_ERR_UNTRUSTED,
     "others may read the secrets in it"},
    {"[mika]\n" KEYS "mfa_serial = " SERIAL "\n", 0660, AWS_ROLE_ERR_UNTRUSTED, "chmod go-w"},
    {"[mika]\n" KEYS "mfa_serial =\n", 0640, AWS_ROLE_ERR_CONFIG, ":4: mfa_serial is empty"},
    {"[mika]\nmfa_serial = " SERIAL "\n", 0640, AWS_ROLE_ERR_CONFIG,
     "[mika] has no aws_access_key_id"},
    {"[other]\n" KEYS, 0640, AWS_ROLE_ERR_CONFIG, "there is no profile [mika]"},
    {"[mika]\n" KEYS "mfa_serial = " SERIAL "\nnonsense\n", 0640, AWS_ROLE_ERR_CONFIG, ":5: "},
};

static void
test_files_that_do_not_tell(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        if (unknown[i].content != NULL)
            temporary_write(credentials, unknown[i].mode, unknown[i].content);
        assert_int_equal(make("profile = mika", "ueno", 0), 0);
        assert_int_equal(plan.device.error, unknown[i].error);
        assert_string_equal(plan.device.serial, "");
        assert_int_equal(plan.count, 2);
        assert_non_null(strstr(plan.device.why, unknown[i].words));
        assert_null(strstr(plan.device.why, SECRET));
        assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), unknown[i].error);
        assert_string_equal(why, plan.device.why);
    }
}

/* A file that can be looked at by the time of plan_identify tells nothing about the plan before. */
static void
test_a_plan_that_may_lack_a_step_is_not_taken(void **state)
{
    (void)state;
    assert_int_equal(make("profile = mika", "ueno", 0), 0);
    write_credentials("[mika]\n" KEYS "mfa_serial = " SERIAL "\n");
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), AWS_ROLE_ERR_NOT_FOUND);
    assert_non_null(strstr(why, "/credentials"));
}

static void
test_display(void **state)
{
    (void)state;
    write_credentials("[mika]\n" KEYS "mfa_serial = " SERIAL "\n");
    assert_int_equal(make("profile = mika", NULL, 1), 0);
    expect_device(SERIAL, 43200);
    assert_int_equal(make("profile = %{user}", NULL, 1), 0);
    assert_int_equal(plan.count, 2);
    assert_int_equal(plan.device.error, AWS_ROLE_ERR_MISSING_VALUE);
    assert_non_null(strstr(plan.device.why, "depends on the session"));
    assert_int_equal(make("profile = %{user}", "mika", 1), 0);
    expect_device(SERIAL, 43200);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_profiles_device),
        TEST(test_a_profile_without_one),
        TEST(test_the_sources_own_goes_first),
        TEST(test_what_is_no_device),
        TEST(test_files_that_do_not_tell),
        TEST(test_a_plan_that_may_lack_a_step_is_not_taken),
        TEST(test_display),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
