/* SPDX-License-Identifier: BSD-3-Clause */
/* From a section to its step: every key in its field, every value in its shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "policy/plan.h"
#include "tests/unit/config_fixture.h"

#define INSTANCE "[source instance]\ncredential_source = Ec2InstanceMetadata\n"
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
test_everything_a_role_can_say(void **state)
{
    const char *tag = NULL;

    (void)state;
    load("[defaults]\nsource = instance\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n"
         "ca_bundle = /etc/own.pem\nhttps_proxy = http://proxy.example:3128\nlinger_seconds = 0\n"
         INSTANCE "[role r]\nrole_arn = " ROLE_ARN "R\nexternal_id = id:%{host}\n"
         "role_session_name = %{user}-%{service}\n"
         "tags = Who=%{user}, From=%{rhost}, None=, Eq=a=b\n"
         "transitive_tag_keys = Who, None\npolicy = {\"a\": \"100%% %{user} # x\"}\n"
         "policy_arns = arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B\n"
         "[user ueno]\nroles = r\n");
    make(NULL);
    assert_string_equal(plan.region, "");
    assert_int_equal(plan.linger_seconds, 0);
    expect_text(1, FIELD_EXTERNAL_ID, "id:bastion");
    expect_text(1, FIELD_ROLE_SESSION_NAME, "ueno-sshd");
    expect_text(1, FIELD_POLICY, "{\"a\": \"100% ueno # x\"}");
    expect_text(1, FIELD_REGION, NULL);
    expect_text(1, FIELD_CA_BUNDLE, "/etc/own.pem");
    expect_text(1, FIELD_HTTPS_PROXY, "http://proxy.example:3128");
    assert_int_equal(record_number(&plan.steps[1], FIELD_USE_FIPS), 1);
    assert_int_equal(record_number(&plan.steps[1], FIELD_USE_DUALSTACK), 1);
    for (const char *const *expected = (const char *const[]){"Who", "ueno", "From", "192.0.2.1",
                                                             "None", "", "Eq", "a=b", NULL};
         *expected != NULL; expected++) {
        tag = record_next_string(&plan.steps[1], FIELD_TAGS, tag);
        assert_non_null(tag);
        assert_string_equal(tag, *expected);
    }
    assert_null(record_next_string(&plan.steps[1], FIELD_TAGS, tag));
    tag = record_next_string(&plan.steps[1], FIELD_TRANSITIVE_TAG_KEYS, NULL);
    assert_string_equal(tag, "Who");
    tag = record_next_string(&plan.steps[1], FIELD_TRANSITIVE_TAG_KEYS, tag);
    assert_string_equal(tag, "None");
    tag = record_next_string(&plan.steps[1], FIELD_POLICY_ARNS, NULL);
    assert_string_equal(tag, "arn:aws:iam::aws:policy/A");
    assert_int_equal(plan.file_count, 1);
    assert_string_equal(plan.files[0].path, "/etc/own.pem");
    assert_int_equal(plan.files[0].kind, TRUSTED_FILE_PUBLIC);
}

static void
test_flags_that_say_false(void **state)
{
    (void)state;
    load("[defaults]\nsource = instance\nuse_fips_endpoint = false\n"
         "sts_endpoint = http://127.0.0.1:8000\n" INSTANCE "[role r]\nrole_arn = " ROLE_ARN "R\n"
         "[user ueno]\nroles = r\n");
    make(NULL);
    assert_false(record_has(&plan.steps[1], FIELD_USE_FIPS));
    expect_text(1, FIELD_STS_ENDPOINT, "http://127.0.0.1:8000");
}

static void
test_static_keys(void **state)
{
    (void)state;
    load("[source k]\nprofile = base-%{user}\n[source own]\nprofile = x\n"
         "credentials_file = /srv/keys\n[role r]\nrole_arn = " ROLE_ARN "R\nsource = k\n"
         "[role o]\nrole_arn = " ROLE_ARN "R\nsource = own\n[user ueno]\nroles = r o\n");
    make("r");
    assert_int_equal(record_number(&plan.steps[0], FIELD_STEP), STEP_STATIC_KEYS);
    expect_text(0, FIELD_PROFILE, "base-ueno");
    expect_text(0, FIELD_CREDENTIALS_FILE, "/etc/aws-role/credentials");
    assert_false(plan.machine_base[0]);
    assert_string_equal(plan.source, "profile base-ueno");
    assert_int_equal(plan.file_count, 1);
    assert_string_equal(plan.files[0].path, "/etc/aws-role/credentials");
    assert_int_equal(plan.files[0].kind, TRUSTED_FILE_SECRET);
    make("o");
    expect_text(0, FIELD_CREDENTIALS_FILE, "/srv/keys");
}

/* What only a session's values make too long or wrong. */
static void
test_values_that_aws_would_refuse(void **state)
{
    char host[300];
    struct session_context context = ueno;

    (void)state;
    memset(host, 'h', sizeof host);
    host[257] = '\0';
    context.host = host;
    context.rhost = "a,b";
    load("[defaults]\nsource = instance\n" INSTANCE "[role r]\nrole_arn = " ROLE_ARN "R\n"
         "tags = Host=%{host}\n[role c]\nrole_arn = " ROLE_ARN "R\ntags = A=%{rhost}, B=x\n"
         "[role s]\nrole_arn = " ROLE_ARN "R\nrole_session_name = %{host}\n"
         "[user ueno]\nroles = r c s\n");
    assert_int_equal(make_as(&context, "r"), AWS_ROLE_ERR_CONFIG);
    assert_non_null(strstr(why, "[role r] tags: a tag's value of 257 characters: "));
    assert_int_equal(make_as(&context, "c"), AWS_ROLE_ERR_CONFIG);
    assert_non_null(strstr(why, "\"a,b\""));
    assert_null(strchr(why, '\n'));
    /* a name is cut instead */
    assert_int_equal(make_as(&context, "s"), 0);
    assert_int_equal(strlen(record_text(&plan.steps[1], FIELD_ROLE_SESSION_NAME)), 64);
    host[256] = '\0';
    assert_int_equal(make_as(&context, "r"), 0);
}

static void
test_a_step_that_is_too_large(void **state)
{
    char text[65536] = "[defaults]\nsource = instance\n" INSTANCE "[role r]\nrole_arn = " ROLE_ARN
                       "R\ntags = ";

    (void)state;
    for (int i = 0; i < 50; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sk%d=", i == 0 ? "" : ",", i);
        for (int j = 0; j < 250; j++) /* two bytes each */
            snprintf(text + strlen(text), sizeof text - strlen(text), "\xc3\xbc");
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), "\n[user ueno]\nroles = r\n");
    load(text);
    assert_int_equal(make_as(&ueno, NULL), AWS_ROLE_ERR_CONFIG);
    assert_non_null(strstr(why, "[role r] is too long"));
}

/* What an expansion puts in never ends an item, a path or a string. */
static void
test_hostile_values(void **state)
{
    struct session_context context = ueno;

    (void)state;
    context.user = "x\", \"y";
    context.rhost = "../Admin,b=c";
    load("[defaults]\nsource = instance\n" INSTANCE "[role r]\nrole_arn = " ROLE_ARN "p/%{rhost}\n"
         "policy = {\"a\": \"%{user}\"}\n[user *]\nroles = r\n");
    assert_int_equal(make_as(&context, NULL), 0);
    assert_string_equal(plan.role_arn, ROLE_ARN "p/..=2FAdmin,b=3Dc");
    expect_text(1, FIELD_POLICY, "{\"a\": \"x=22,=20=22y\"}");
    expect_text(1, FIELD_ROLE_SESSION_NAME, "x=22,=20=22y");
}

#define CONSOLE(arn) "[source c]\nlogin_session = " arn "\n"
#define OF_CALLER                                                                                  \
    "[role r]\nrole_arn = " ROLE_ARN "p/%{caller}\nsource = c\nexternal_id = x:%{caller}\n"        \
    "role_session_name = %{caller}\ntags = Who=%{caller}\npolicy = {\"a\": \"%{caller}\"}\n"      \
    "[role s]\nrole_arn = " ROLE_ARN "S\nsource_role = r\nsource_identity = %{caller}\n"          \
    "[user *]\nroles = r s\n"

/* What each console identity is called: in every key, and in a role behind a role. */
static void
test_who_signs_in(void **state)
{
    static const struct {
        const char *console, *caller, *name;
    } callers[] = {
        {CONSOLE("arn:aws:iam::123456789012:user/mika"), "mika", "mika"},
        {CONSOLE("arn:aws:iam::123456789012:user/a/b/mika@x"), "mika@x", "mika@x"},
        {CONSOLE("arn:aws:iam::123456789012:user/a/%{user}"), "ueno", "ueno"},
        {CONSOLE("arn:aws:iam::123456789012:user/a=b"), "a=3Db", "a=3Db"},
        {CONSOLE("arn:aws:iam::123456789012:user/m"), "m", "m==1007"},
        {CONSOLE("arn:aws:iam::123456789012:root"), "root", "root"},
        {CONSOLE("arn:aws:sts::123456789012:assumed-role/Admin/mika"), "mika", "mika"},
        {CONSOLE("arn:aws-cn:sts::123456789012:assumed-role/p/Admin/%{user}-x"), "ueno-x",
         "ueno-x"},
    };
    char text[2048], value[128];

    (void)state;
    for (size_t i = 0; i < sizeof callers / sizeof callers[0]; i++) {
        const char *tag;

        snprintf(text, sizeof text, "%s%s", callers[i].console, OF_CALLER);
        load(text);
        make("s");
        snprintf(value, sizeof value, ROLE_ARN "p/%s", callers[i].caller);
        expect_text(1, FIELD_ROLE_ARN, value);
        snprintf(value, sizeof value, "x:%s", callers[i].caller);
        expect_text(1, FIELD_EXTERNAL_ID, value);
        snprintf(value, sizeof value, "{\"a\": \"%s\"}", callers[i].caller);
        expect_text(1, FIELD_POLICY, value);
        expect_text(1, FIELD_ROLE_SESSION_NAME, callers[i].name);
        tag = record_next_string(&plan.steps[1], FIELD_TAGS, NULL);
        assert_string_equal(record_next_string(&plan.steps[1], FIELD_TAGS, tag),
                            callers[i].caller);
        expect_text(2, FIELD_SOURCE_IDENTITY, callers[i].name);
        expect_text(2, FIELD_ROLE_SESSION_NAME, "ueno"); /* as ever, where nothing is said */
    }
}

/* A name that no identity has is nobody's: what the caller of plan_make says does not count. */
static void
test_who_signs_in_is_the_sources_to_say(void **state)
{
    const struct session_context nobody = {.for_display = 1};
    struct session_context liar = ueno;

    (void)state;
    liar.caller = "admin";
    load(CONSOLE("arn:aws:iam::123456789012:user/mika") OF_CALLER);
    assert_int_equal(make_as(&liar, "r"), 0);
    expect_text(1, FIELD_ROLE_SESSION_NAME, "mika");
    plan_wipe(&plan);
    assert_int_equal(plan_make(config, NULL, &nobody, "r", 1, &plan, why), 0);
    expect_text(1, FIELD_ROLE_ARN, ROLE_ARN "p/mika");
    load(CONSOLE("arn:aws:iam::123456789012:user/%{tty}/%{user}") OF_CALLER);
    plan_wipe(&plan);
    assert_int_equal(plan_make(config, NULL, &nobody, "r", 1, &plan, why), 0);
    expect_text(1, FIELD_ROLE_ARN, ROLE_ARN "p/%{caller}");
    expect_text(1, FIELD_ROLE_SESSION_NAME, "%{caller}");
}

/* The bytes of a step are its key: the same for the same input, others for any other. */
static void
test_steps_are_canonical(void **state)
{
    struct secret first = SECRET_EMPTY;
    struct session_context other = ueno;

    (void)state;
    load("[defaults]\nsource = instance\nregion = eu-west-1\n" INSTANCE
         "[role r]\nexternal_id = abc\nrole_arn = " ROLE_ARN "R\n[user ueno]\nroles = r\n");
    make(NULL);
    assert_int_equal(secret_copy(&first, &plan.steps[1].bytes), 0);
    load("[user ueno]\nroles = r\n[role r]\nrole_arn = " ROLE_ARN "R\nsource = i\n[source i]\n"
         "credential_source = Ec2InstanceMetadata\n[defaults]\nexternal_id = abc\n"
         "region = eu-west-1\n");
    make(NULL);
    assert_true(secret_equal(&first, &plan.steps[1].bytes));
    other.rhost = "192.0.2.99"; /* not used by the role */
    assert_int_equal(make_as(&other, NULL), 0);
    assert_true(secret_equal(&first, &plan.steps[1].bytes));
    load("[defaults]\nsource = instance\nregion = eu-west-1\n" INSTANCE
         "[role r]\nexternal_id = abd\nrole_arn = " ROLE_ARN "R\n[user ueno]\nroles = r\n");
    make(NULL);
    assert_false(secret_equal(&first, &plan.steps[1].bytes));
    secret_wipe(&first);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_everything_a_role_can_say),
        TEST(test_flags_that_say_false),
        TEST(test_static_keys),
        TEST(test_values_that_aws_would_refuse),
        TEST(test_a_step_that_is_too_large),
        TEST(test_hostile_values),
        TEST(test_who_signs_in),
        TEST(test_who_signs_in_is_the_sources_to_say),
        TEST(test_steps_are_canonical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
