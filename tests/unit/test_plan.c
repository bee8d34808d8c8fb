/* SPDX-License-Identifier: BSD-3-Clause */
/* From a person's role to the steps that the helper takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "policy/plan.h"
#include "tests/unit/config_fixture.h"

#define INSTANCE "[source instance]\ncredential_source = Ec2InstanceMetadata\n"
#define MFA_SOURCE \
    "[source k]\nprofile = p\nmfa_serial = arn:aws:iam::123456789012:mfa/%{user}\n"
#define ROLES_MAX (RECORD_STEPS_MAX - 2) /* a source counts two steps */
#define ROLE_ARN "arn:aws:iam::123456789012:role/"

static const struct session_context ueno = {
    .user = "ueno",
    .uid = 1007,
    .login = "ueno",
    .host = "bastion",
    .service = "sshd",
    .rhost = "192.0.2.1",
};

static struct config *config;
static struct mapping mapping;
static struct plan plan;
static char why[PLAN_WHY_MAX];

static int
set_up(void **state)
{
    return config_fixture_make(state);
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
load(const char *text)
{
    config_free(config);
    config = config_fixture_loaded(text);
}

/* The plan of a role of [user ueno]. */
static int
make_as(const struct session_context *context, const char *role)
{
    const struct person person = {context->user, context->uid, 4294967293U};
    int r = mapping_find(config, &person, &mapping);

    assert_true(r == 0 || r == AWS_ROLE_ERR_UNMAPPED);
    plan_wipe(&plan);
    return plan_make(config, &mapping, context, role, 0, &plan, why);
}

static void
make(const char *role)
{
    int r = make_as(&ueno, role);

    if (r != 0)
        print_message("%s\n", why);
    assert_int_equal(r, 0);
}

static void
expect_text(size_t step, enum record_field field, const char *text)
{
    const char *found = record_text(&plan.steps[step], field);

    if (text == NULL)
        assert_null(found);
    else if (found == NULL)
        fail_msg("no field %d", (int)field);
    else
        assert_string_equal(found, text);
}

static void
test_sample(void **state)
{
    (void)state;
    load("[defaults]\nregion = ap-northeast-1\nduration_seconds = 3600\nsource = instance\n"
    INSTANCE
         "[role developer]\nrole_arn = " ROLE_ARN "Developer\n"
         "[role audit]\nrole_arn = arn:aws:iam::210987654321:role/people/%{user}\n"
         "source_identity = %{user}\n[user ueno]\nroles = audit\n");
    make(NULL);
    assert_string_equal(plan.role, "audit");
    assert_string_equal(plan.role_arn, "arn:aws:iam::210987654321:role/people/ueno");
    assert_string_equal(plan.region, "ap-northeast-1");
    assert_string_equal(plan.source, "instance metadata");
    assert_int_equal(plan.count, 2);
    assert_int_equal(plan.file_count, 0);
    assert_int_equal(plan.linger_seconds, -1);
    assert_int_equal(plan.export_as, EXPORT_KEYS);
    assert_int_equal(record_number(&plan.steps[0], FIELD_STEP), STEP_INSTANCE_METADATA);
    assert_int_equal(plan.steps[0].bytes.size, 2 + 3 + 8); /* nothing of anybody in it */
    assert_true(plan.machine_base[0]);
    assert_false(plan.machine_base[1]);
    assert_int_equal(record_number(&plan.steps[1], FIELD_STEP), STEP_ASSUME_ROLE);
    expect_text(1, FIELD_ROLE_ARN, plan.role_arn);
    expect_text(1, FIELD_ROLE_SESSION_NAME, "ueno");
    expect_text(1, FIELD_SOURCE_IDENTITY, "ueno");
    expect_text(1, FIELD_REGION, "ap-northeast-1");
    assert_int_equal(record_number(&plan.steps[1], FIELD_DURATION_SECONDS), 3600);
    assert_false(record_has(&plan.steps[1], FIELD_EXTERNAL_ID));
    assert_int_equal(make_as(&ueno, "developer"), AWS_ROLE_ERR_NOT_ALLOWED);
    assert_int_equal(make_as(&ueno, "no-such-role"), AWS_ROLE_ERR_NOT_ALLOWED);
    assert_int_equal(make_as(&ueno, "x y\n\x1b"), AWS_ROLE_ERR_NOT_ALLOWED);
    assert_null(strpbrk(why, "\n\x1b"));
    assert_int_equal(plan.count, 0);
    make("audit");
}

static void
test_a_chain(void **state)
{
    (void)state;
    load("[defaults]\nsource = instance\nregion = eu-west-1\nca_bundle = /ca\n" INSTANCE
         "[role hub]\nrole_arn = " ROLE_ARN "Hub\n"
         "[role mid]\nrole_arn = " ROLE_ARN "Mid\nsource_role = hub\nregion = us-east-1\n"
         "[role end]\nrole_arn = " ROLE_ARN "End\nsource_role = mid\nrole_session_name = e-%{uid}\n"
         "[user ueno]\nroles = end\n");
    make(NULL);
    assert_int_equal(plan.count, 4);
    expect_text(1, FIELD_ROLE_ARN, ROLE_ARN "Hub");
    expect_text(1, FIELD_REGION, "eu-west-1");
    expect_text(2, FIELD_ROLE_ARN, ROLE_ARN "Mid");
    expect_text(2, FIELD_REGION, "us-east-1");
    expect_text(2, FIELD_ROLE_SESSION_NAME, "ueno");
    expect_text(3, FIELD_ROLE_ARN, ROLE_ARN "End");
    expect_text(3, FIELD_ROLE_SESSION_NAME, "e-1007");
    assert_string_equal(plan.source, "instance metadata -> role hub -> role mid");
    assert_string_equal(plan.region, "eu-west-1");
    assert_int_equal(plan.file_count, 1); /* one file, three steps that read it */
    /* a link cannot be taken by name, and can be shown */
    assert_int_equal(make_as(&ueno, "hub"), AWS_ROLE_ERR_NOT_ALLOWED);
    assert_int_equal(plan_make(config, NULL, &ueno, "hub", 1, &plan, why), 0);
    assert_int_equal(plan.count, 2);
    plan_wipe(&plan);
    assert_int_equal(plan_make(config, NULL, &ueno, "none", 1, &plan, why), AWS_ROLE_ERR_NOT_FOUND);
    assert_int_equal(plan_make(config, NULL, &ueno, NULL, 1, &plan, why), AWS_ROLE_ERR_UNMAPPED);
}

static void
test_the_longest_chain(void **state)
{
    char text[4096] = "[role r1]\nsource = k\nrole_arn = " ROLE_ARN "R\n" MFA_SOURCE;

    (void)state;
    for (int i = 2; i <= ROLES_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "[role r%d]\nsource_role = r%d\nrole_arn = " ROLE_ARN "R%d\n", i, i - 1, i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "[user ueno]\nroles = r14\n");
    load(text);
    make(NULL);
    assert_int_equal(plan.count, RECORD_STEPS_MAX);
    expect_text(15, FIELD_ROLE_ARN, ROLE_ARN "R14");
}

/*
 * Each file is part of the cache's key: one left out would be one whose change nobody sees. The
 * configuration has ca_bundle in [defaults] alone, so external_id stands in for one of each role's.
 */
static void
test_the_most_files(void **state)
{
    char text[8192] = "[role r1]\nsource = k\nexternal_id = /etc/ca1.pem\n"
                      "role_arn = " ROLE_ARN "R\n"
                      "[source k]\nprofile = p\ncredentials_file = /etc/keys\n"
                      "mfa_serial = GAHT12345678\n";
    char path[32];

    (void)state;
    for (int i = 2; i <= ROLES_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "[role r%d]\nsource_role = r%d\nexternal_id = /etc/ca%d.pem\nrole_arn = " ROLE_ARN
                 "R%d\n", i, i - 1, i, i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "[user ueno]\nroles = r14\n");
    load(text);
    for (size_t i = 0; i < config->entry_count; i++)
        if (config->entries[i].key == KEY_EXTERNAL_ID)
            config->entries[i].key = KEY_CA_BUNDLE;
    make(NULL);
    assert_int_equal(plan.count, RECORD_STEPS_MAX);
    assert_int_equal(plan.file_count, ROLES_MAX + 1);
    assert_string_equal(plan.files[0].path, "/etc/keys");
    assert_int_equal(plan.files[0].kind, TRUSTED_FILE_SECRET);
    for (int i = 1; i <= ROLES_MAX; i++) {
        snprintf(path, sizeof path, "/etc/ca%d.pem", i);
        assert_string_equal(plan.files[i].path, path);
        assert_int_equal(plan.files[i].kind, TRUSTED_FILE_PUBLIC);
    }
}

static void
test_mfa(void **state)
{
    const struct record *step = &plan.steps[1];
    char line[512];

    (void)state;
    load("[defaults]\nregion = eu-west-1\nduration_seconds = 3600\nca_bundle = /ca\n" MFA_SOURCE
         "[role r]\nrole_arn = " ROLE_ARN "R\nsource = k\nregion = us-east-1\n"
         "[user ueno]\nroles = r\n");
    make(NULL);
    assert_int_equal(plan.count, 3);
    assert_int_equal(record_number(&plan.steps[0], FIELD_STEP), STEP_STATIC_KEYS);
    assert_int_equal(record_number(step, FIELD_STEP), STEP_SESSION_TOKEN);
    assert_int_equal(record_number(&plan.steps[2], FIELD_STEP), STEP_ASSUME_ROLE);
    expect_text(1, FIELD_MFA_SERIAL, "arn:aws:iam::123456789012:mfa/ueno");
    assert_int_equal(record_number(step, FIELD_DURATION_SECONDS), 43200);
    expect_text(1, FIELD_REGION, "eu-west-1"); /* nothing of a role: it is every role's */
    expect_text(1, FIELD_CA_BUNDLE, "/ca");
    assert_false(record_has(step, FIELD_ROLE_ARN));
    assert_false(record_has(step, FIELD_ROLE_SESSION_NAME));
    assert_false(plan.machine_base[1]);
    expect_text(2, FIELD_REGION, "us-east-1");
    assert_string_equal(plan.source, "profile p with MFA");
    plan_describe_step(step, line, sizeof line);
    assert_string_equal(line, "a code of MFA device arn:aws:iam::123456789012:mfa/ueno, once in "
                              "43200 s in eu-west-1");
    load(MFA_SOURCE "mfa_session_seconds = 900\n[role r]\nrole_arn = " ROLE_ARN "R\nsource = k\n"
         "[user ueno]\nroles = r\n");
    make(NULL);
    assert_int_equal(record_number(step, FIELD_DURATION_SECONDS), 900);
    expect_text(1, FIELD_REGION, NULL);
}

static void
test_mfa_devices_that_are_none(void **state)
{
    (void)state;
    load("[source k]\nprofile = p\nmfa_serial = arn:aws:iam::123456789012:mfa/%{tty}\n"
         "[role r]\nrole_arn = " ROLE_ARN "R\nsource = k\n[user ueno]\nroles = r\n");
    assert_int_equal(make_as(&ueno, NULL), AWS_ROLE_ERR_MISSING_VALUE);
    assert_non_null(strstr(why, "[source k] mfa_serial"));
    assert_int_equal(plan.count, 0);
}

static void
test_nobody(void **state)
{
    struct session_context other = ueno;

    (void)state;
    load("[user ueno]\nroles =\n");
    assert_int_equal(make_as(&ueno, NULL), AWS_ROLE_ERR_UNMAPPED);
    assert_true(strlen(why) > 0);
    other.user = "other";
    assert_int_equal(make_as(&other, "x"), AWS_ROLE_ERR_UNMAPPED);
}

static void
test_missing_values(void **state)
{
    (void)state;
    load("[defaults]\nsource = instance\n" INSTANCE
         "[role t]\nrole_arn = " ROLE_ARN "R\ntags = Tty=%{tty}\n"
         "[role link]\nrole_arn = " ROLE_ARN "%{tty}\n"
         "[role l]\nrole_arn = " ROLE_ARN "R\nsource_role = link\n"
         "[role fine]\nrole_arn = " ROLE_ARN "R\n[user ueno]\nroles = t l fine\n");
    assert_int_equal(make_as(&ueno, "t"), AWS_ROLE_ERR_MISSING_VALUE);
    assert_non_null(strstr(why, "%{tty}"));
    assert_non_null(strstr(why, "[role t] tags"));
    assert_int_equal(plan.count, 0);
    assert_int_equal(make_as(&ueno, "l"), AWS_ROLE_ERR_MISSING_VALUE);
    assert_non_null(strstr(why, "[role link] role_arn"));
    make("fine");
}

static void
test_the_group_that_gave_it(void **state)
{
    struct mapping by_group = {.count = 1};

    (void)state;
    load("[defaults]\nsource = instance\n" INSTANCE "[role hub]\nrole_arn = " ROLE_ARN "%{group}\n"
         "[role r]\nrole_arn = " ROLE_ARN "R\nsource_role = hub\n[group ops team]\nroles = r\n");
    by_group.roles[0].name[0] = 'r';
    by_group.roles[0].group = config_find(config, SECTION_GROUP, "ops team");
    by_group.section = by_group.roles[0].group;
    assert_int_equal(plan_make(config, &by_group, &ueno, NULL, 0, &plan, why), 0);
    expect_text(1, FIELD_ROLE_ARN, ROLE_ARN "ops=20team");
}

static void
test_display(void **state)
{
    const struct session_context nobody = {.for_display = 1};
    struct mapping everybody = {.count = 1};
    char line[1024];

    (void)state;
    load("[defaults]\nsource = k\n[source k]\nprofile = %{user}\n[role r]\nrole_arn = " ROLE_ARN
         "p/%{user}\ntags = T=%{tty}, U=%{user}\nexternal_id = x/%{rhost}\nregion = eu-west-1\n"
         "policy = {\"%{host}\": 1}\nduration_seconds = 900\nsource_identity = %{login}\n"
         "[user *]\nroles = r\n");
    everybody.roles[0].name[0] = 'r';
    assert_int_equal(plan_make(config, &everybody, &nobody, "r", 0, &plan, why), 0);
    plan_describe_step(&plan.steps[0], line, sizeof line);
    assert_string_equal(line, "keys of profile %{user} in /etc/aws-role/credentials");
    plan_describe_step(&plan.steps[1], line, sizeof line);
    assert_string_equal(line, "assume " ROLE_ARN "p/%{user} as %{user} for 900 s in eu-west-1, "
                              "source identity %{login}, external id x/%{rhost}, tag T=%{tty}, "
                              "tag U=%{user}, with a session policy");
    plan_describe_step(&plan.steps[1], line, 10);
    assert_string_equal(line, "assume ar");
}

#define X_KEYS "[x]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = s\n"

static void
test_identity_of_files(void **state)
{
    struct file_identity before;

    (void)state;
    config_fixture_write("credentials", X_KEYS);
    config_fixture_paths.credentials_file = config_fixture_path("credentials");
    load("[source k]\nprofile = x\n[role r]\nrole_arn = " ROLE_ARN "R\nsource = k\n"
         "[user ueno]\nroles = r\n");
    make(NULL);
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, "credentials"));
    assert_int_equal(chmod(plan.files[0].path, 0640), 0);
    make(NULL); /* the one before does not know whether it is whole: test_plan_device.c */
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), 0);
    before = plan.files[0].identity;
    assert_int_equal(before.size, sizeof X_KEYS - 1);
    config_fixture_write("credentials", X_KEYS "#\n");
    assert_int_equal(chmod(plan.files[0].path, 0640), 0);
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), 0);
    assert_true(memcmp(&before, &plan.files[0].identity, sizeof before) != 0);
    assert_int_equal(remove(plan.files[0].path), 0);
    assert_int_equal(plan_identify(&plan, &config_fixture_trust, why), AWS_ROLE_ERR_NOT_FOUND);
}

/* As a broker keeps it for the time when the configuration does not load. */
static void
test_record(void **state)
{
    struct record record;
    struct plan taken;

    (void)state;
    load("[defaults]\nexport = endpoint\nlinger_seconds = 60\nca_bundle = /etc/own.pem\n" INSTANCE
         "[role r]\nrole_arn = " ROLE_ARN "R\nsource = instance\nregion = eu-west-1\n"
         "[role s]\nrole_arn = " ROLE_ARN "S\nsource_role = r\n[user ueno]\nroles = s\n");
    make(NULL);
    record_start(&record, RECORD_PLAN);
    plan_put(&plan, &record);
    assert_int_equal(record_check(&record), 0);
    assert_int_equal(plan_take(&record, plan.steps, &taken), 0);
    assert_string_equal(taken.role, "s");
    assert_string_equal(taken.role_arn, plan.role_arn);
    assert_string_equal(taken.region, plan.region);
    assert_string_equal(taken.source, plan.source);
    assert_int_equal(taken.export_as, EXPORT_ENDPOINT);
    assert_int_equal(taken.linger_seconds, 60);
    assert_int_equal(taken.count, 3);
    for (size_t i = 0; i < taken.count; i++) {
        assert_int_equal(taken.machine_base[i], i == 0);
        assert_int_equal(taken.steps[i].bytes.size, plan.steps[i].bytes.size);
        assert_memory_equal(taken.steps[i].bytes.data, plan.steps[i].bytes.data,
                            plan.steps[i].bytes.size);
    }
    assert_int_equal(taken.file_count, 1);
    assert_string_equal(taken.files[0].path, "/etc/own.pem");
    assert_int_equal(taken.files[0].kind, TRUSTED_FILE_PUBLIC);
    plan_wipe(&taken);
    record_wipe(&record);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sample),
        TEST(test_a_chain),
        TEST(test_the_longest_chain),
        TEST(test_the_most_files),
        TEST(test_mfa),
        TEST(test_mfa_devices_that_are_none),
        TEST(test_nobody),
        TEST(test_missing_values),
        TEST(test_the_group_that_gave_it),
        TEST(test_display),
        TEST(test_identity_of_files),
        TEST(test_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
