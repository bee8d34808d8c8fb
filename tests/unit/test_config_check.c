/* SPDX-License-Identifier: BSD-3-Clause */
/* What sections say together: what is refused where, in which words, and what is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "tests/unit/config_fixture.h"

#define SOURCE "[source s]\ncredential_source = Ec2InstanceMetadata\n"
#define KEYS "[source k]\nprofile = base\n"
#define CONSOLE "[source c]\nlogin_session = arn:aws:iam::123456789012:user/%{user}\n"
#define ARN "role_arn = arn:aws:iam::123456789012:role/R\n"

/* One error each: the line, and words of what and mend. */
static const struct config_fixture_wrong wrong[] = {
    /* sections and keys */
    {"[roles a]\nrole_arn = x\n", 1, "[roles] is no kind of section", "[role NAME]"},
    {"[Role a]\n", 1, "[Role] is no kind of section", "[role NAME]"},
    {"[defaults x]\n", 1, "[defaults] with a name", "[defaults]"},
    {"[role]\n", 1, "[role] without a name", "[role NAME]"},
    {"[role a b]\n", 1, "no name of a role", "letters"},
    {"[role --]\n", 1, "no name of a role", "no dash first"},
    {"[role 0123456789012345678901234567890123456789012345678901234567890123x]\n", 1,
     "no name of a role", "64"},
    {"[group *]\nroles =\n", 1, "[group *] means no group", "[user *]"},
    {"[defaults]\nregio = eu-west-1\n", 2, "unknown key regio", "write region"},
    {"[defaults]\nRegion = eu-west-1\n", 2, "unknown key Region", "write region"},
    {"[defaults]\nfrobnicate = 1\n", 2, "unknown key frobnicate", "remove the line"},
    {"[user a]\nroles =\nrole_arn = x\n", 3, "role_arn does not belong into a [user]",
     "[role NAME]"},
    {"[role a]\n" ARN "source = s\nsts_endpoint = https://x\n" SOURCE, 4,
     "sts_endpoint does not belong into a [role]", "[defaults]"},
    {"[defaults]\nregion = eu-west-1\nregion = eu-west-1\n", 3,
     "region is there twice: also in line 2",
     "remove"},
    {"[user a]\nroles =\n[user b]\nroles =\n[user a]\nroles =\n", 5,
     "[user a] is there twice: also at ", "one section"},
    {"[defaults]\n[defaults]\n", 2, "[defaults] is there twice", "one section"},
    {"[defaults]\nregion =\n", 2, "region: no value", "remove the line"},
    /* names that have to be there */
    {"[user a]\nroles = x\n", 2, "there is no [role x]", "separated by blanks"},
    {"[group a]\nroles = r, r2\n[role r]\n" ARN "source=s\n" SOURCE "[role r2]\n" ARN
     "source=s\n", 2,
     "there is no [role r,]", "separated by blanks"},
    {"[role a]\n" ARN "source = x\n", 3, "there is no [source x]", "write that section"},
    {"[role a]\n" ARN "source_role = x\n", 3, "there is no [role x]", "write that section"},
    {"[defaults]\nsource = x\n[role a]\n" ARN, 2, "there is no [source x], which [role a]",
     "write"},
    {"[role a]\n" ARN, 1, "does not say what it is taken with", "source = NAME"},
    {"[role a]\nsource = s\n" SOURCE, 1, "no role_arn", "role_arn ="},
    {"[user a]\n", 1, "[user a] has no roles", "roles = for none"},
    {"[user a]\nroles = r r\n[role r]\n" ARN "source = s\n" SOURCE, 2, "r is there twice",
     "remove"},
    /* chains */
    {"[role a]\n" ARN "source_role = a\n", 3, "taken with itself", "source"},
    {"[role a]\n" ARN "source_role = b\n[role b]\n" ARN "source_role = c\n[role c]\n" ARN
     "source_role = b\n", 9, "[role b] is taken with itself", "source"},
    {"[role a]\n" ARN "source = s\nsource_role = b\n[role b]\n" ARN "source = s\n" SOURCE, 4,
     "source_role beside source in line 3", "keep"},
    {"[defaults]\nsource_role = a\n[role a]\n" ARN, 2, "[role a] is taken with itself", "source"},
    /* sources */
    {"[source x]\n", 1, "does not say where", "credential_source"},
    {"[source x]\nprofile = a\ncredential_source = Ec2InstanceMetadata\n", 2,
     "profile beside credential_source", "keep one"},
    {"[source x]\ncredential_source = Environment\n", 2, "\"Environment\" is no such value",
     "Ec2InstanceMetadata"},
    {"[source x]\ncredential_source = Ec2InstanceMetadata\ncredentials_file = /etc/x\n", 3,
     "has credentials_file and no profile", "both"},
    {"[source x]\nprofile = a\ncredentials_file = x\n", 3, "no absolute path", "from /"},
    {"[source x]\nprofile = a\ncredentials_file = /etc/../x\n", 3, "no plain path", "without"},
    {"[source x]\ntrust_anchor_arn = arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/x\n"
     "profile_arn = arn:aws:rolesanywhere:eu-west-1:123456789012:profile/x\ncertificate = /c\n", 4,
     "has certificate and no private_key", "both"},
    {"[source x]\nlogin_session = arn:aws:iam::123456789012:user/*\n", 2, "an ARN of nobody", "wildcard"},
    {"[source x]\nlogin_session = arn:aws:iam::123456789012:role/r\n", 2, "an ARN of nobody", "user/"},
    {"[source x]\nlogin_session = arn:aws:sts::123456789012:assumed-role/r\n", 2, "an ARN of nobody",
     "SESSION"},
    {"[source x]\nlogin_session = arn:aws:iam::12345:user/u\n", 2, "account is not 12 digits",
     "number"},
    {"[source x]\nlogin_session = ueno\n", 2, "not the ARN of somebody", "user/NAME"},
    {SOURCE "mfa_serial = arn:aws:iam::123456789012:mfa/x\n", 3, "mfa_serial beside", "remove"},
    {"[source x]\nlogin_session = arn:aws:iam::123456789012:user/u\nmfa_serial = GAHT12345678\n", 3,
     "mfa_serial beside login_session", "remove"},
    {"[source x]\nprofile = p\nmfa_serial = arn:aws:iam::123456789012:user/u\n", 3,
     "an ARN of no MFA device", "mfa/NAME"},
    {"[source x]\nprofile = p\nmfa_serial = GAHT1234\n", 3, "no MFA device", "9 to 256"},
    {"[source x]\nprofile = p\nmfa_serial = GAHT 12345678\n", 3, "no MFA device", "9 to 256"},
    {SOURCE "mfa_session_seconds = 900\n", 3, "has mfa_session_seconds and no mfa_serial", "both"},
    {"[source x]\nprofile = p\nmfa_serial = GAHT12345678\nmfa_session_seconds = 899\n", 4,
     "is no number from 900 to 129600", "digits"},
    {"[source x]\nprofile = p\nmfa_serial = GAHT12345678\nmfa_session_seconds = 129601\n", 4,
     "is no number from 900 to 129600", "digits"},
    /* what comes with a later version */
    {"[role a]\n" ARN "source = x\n[source x]\ncredential_source = EcsContainer\n", 3,
     "EcsContainer is not in this version", "Ec2InstanceMetadata"},
    {"[role a]\n" ARN "source = x\n[source x]\ncredential_process = /x --token hidden\n", 3,
     "credential_process is not in this version", "profile"},
    {"[role a]\n" ARN "source = x\n[source x]\nweb_identity_token_file = /x\n", 3,
     "web_identity_token_file is not in this version", "profile"},
    {"[defaults]\nexport = both\n", 2, "\"both\" is no such value", "keys or endpoint"},
    {"[defaults]\ntags = k=%{ssh_key}\n", 2, "%{ssh_key} is not in this version", "another"},
    /* whose name it is */
    {"[source x]\nlogin_session = arn:aws:iam::123456789012:user/%{caller}\n", 2,
     "login_session: a source cannot name its own caller", "%{user}"},
    {"[source x]\nprofile = %{caller}\n", 2, "profile: a source cannot name its own caller",
     "%{user}"},
    {"[source x]\nprofile = p\nmfa_serial = arn:aws:iam::123456789012:mfa/%{caller}\n", 3,
     "mfa_serial: a source cannot name its own caller", "%{user}"},
    {"[role a]\nrole_arn = arn:aws:iam::123456789012:role/%{caller}\nsource = s\n" SOURCE, 2,
     "role_arn: [role a] needs %{caller}, and whose [source s] is, is not known", "login_session"},
    {"[role a]\n" ARN "source = k\npolicy = {\"%{caller}\": 1}\n" KEYS, 4,
     "policy: [role a] needs %{caller}, and whose [source k] is", "login_session"},
    {"[role a]\n" ARN "source_role = b\ntags = w=%{caller}\n[role b]\n" ARN "source = s\n" SOURCE,
     4, "tags: [role a] needs %{caller}, and whose [source s] is", "login_session"},
    {"[defaults]\nsource_identity = %{caller}\n[role a]\n" ARN "source = c\n[role b]\n" ARN
     "source = s\n[role own]\n" ARN "source = s\nsource_identity = %{user}\n" SOURCE CONSOLE, 2,
     "source_identity: [role b] needs %{caller}, and whose [source s] is", "login_session"},
    /* who has what */
    {"[role a]\nrole_arn = arn:aws:iam::123456789012:role/%{group}\nsource = s\n" SOURCE
     "[user u]\nroles = a\n", 7, "a needs %{group}", "[group]"},
    {"[role a]\n" ARN "source_role = b\n[role b]\n" ARN "tags = g=%{group}\nsource = s\n" SOURCE
     "[group g]\nroles = a\n[user *]\nroles = a\n", 13, "a needs %{group}", "[group]"},
    {"[role a]\n" ARN "source = x\n[source x]\nprofile = %{group}\n[user u]\nroles = a\n", 7,
     "a needs %{group}", "[group]"},
};

static void
test_what_is_wrong_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        config_fixture_expect_wrong(&wrong[i]);
}

static const char *const right[] = {
    "",
    "# nobody\n",
    "[defaults]\nregion = eu-west-1 # six letters, as policy has\n",
    "[user *]\nroles =\n",
    "[user Alice]\nroles =\n[user alice]\nroles =\n[group alice]\nroles =\n",
    "[user DOM\\u]\nroles =\n[user a@b]\nroles =\n[user h$]\nroles =\n[user a=b]\nroles =\n"
    "[user a=20b]\nroles =\n[user a b]\nroles =\n[user \xc3\xbc]\nroles =\n[user x]\nroles =\n",
    "[defaults]\nsts_endpoint = https://rgw.example:8443\nregion = default\n"
    "[role a]\nrole_arn = arn:aws:iam:::role/RoleName\nsource = k\n" KEYS,
    "[defaults]\nsts_endpoint = http://127.0.0.1:8000/\n",
    "[defaults]\nsts_endpoint = http://127.8.9.1\n",
    "[defaults]\nsts_endpoint = http://[::1]:80\n",
    "[defaults]\nsts_endpoint = http://localhost:80\n",
    "[defaults]\nsts_endpoint = https://host.example/sts/path\nuse_fips_endpoint = false\n",
    "[defaults]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n",
    "[defaults]\nhttps_proxy = http://proxy.example:3128/\nca_bundle = /etc/ssl/own.pem\n"
    "linger_seconds = 0\nexport = keys\n",
    "[role a]\n" ARN "source = k\nduration_seconds = 43200\n" KEYS,
    "[role a]\n" ARN "source = s\ntags = Team=%{group}, Who = %{user} , Empty=, eq=a=b\n"
    "transitive_tag_keys = team, who\n" SOURCE "[group g]\nroles = a\n",
    "[role a]\n" ARN
    "source = s\npolicy = {\"Statement\": [\"100%%\", \"%{user}\", \"# no comment\"]}\n"
    "policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess, arn:aws:iam::123456789012:policy/p/x\n"
    "external_id = %{host}:/x\nrole_session_name = %{user}-%{service}\n" SOURCE,
    "[defaults]\nsource_role = hub\n[role hub]\n" ARN "source = s\n[role a]\n" ARN SOURCE,
    /* sources that wait for a later version, and nobody's */
    "[source a]\nlogin_session = arn:aws:iam::123456789012:user/%{user}\n"
    "[source b]\ncredential_source = EcsContainer\n[source c]\ncredential_process = /bin/x # y\n"
    "[source d]\nweb_identity_token_file = /run/token\n"
    "[source e]\ntrust_anchor_arn = arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/x\n"
    "profile_arn = arn:aws:rolesanywhere:eu-west-1:123456789012:profile/x\ncertificate = /c.pem\n"
    "private_key = pkcs11:object=x\n",
    /* who signed in, wherever the chain goes on from there */
    "[defaults]\nrole_session_name = %{caller}\n[role a]\nexternal_id = x-%{caller}\n"
    "role_arn = arn:aws:iam::123456789012:role/%{caller}\nsource = c\npolicy = {\"%{caller}\": 1}\n"
    "[role b]\n" ARN "source_role = a\ntags = Who=%{caller}\nsource_identity = %{caller}\n" CONSOLE,
    "[defaults]\nrole_session_name = %{caller}\n",
    "[role a]\n" ARN "source = x\n[source x]\nprofile = p\nmfa_serial = GAHT12345678\n"
    "mfa_session_seconds = 129600\n[user u]\nroles = a\n",
};

static void
test_what_is_right_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        config_free(config_fixture_loaded(right[i]));
}

static void
write_chain(int length)
{
    char text[4096] = SOURCE "[role r1]\nsource = s\n" ARN;

    for (int i = 2; i <= length; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "[role r%d]\nsource_role = r%d\n" ARN, i, i - 1);
    config_fixture_write("main.conf", text);
}

static void
test_length_of_a_chain(void **state)
{
    struct config *config;

    (void)state;
    write_chain(14);
    assert_int_equal(config_fixture_load(&config), 0);
    config_free(config);
    write_chain(15);
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 45,
    "[role r15] needs more than 16 steps");
    assert_int_equal(config_fixture_problems.count, 1);
    write_chain(30); /* told once, not for each that is longer still */
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 45,
    "[role r15] needs more than 16 steps");
    assert_int_equal(config_fixture_problems.count, 1);
}

static void
test_calls_that_carry_less(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "[role a]\n" ARN "source = w\nexternal_id = ext\n"
                                      "[source w]\nweb_identity_token_file = /t\n");
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 3, "not in this version");
    assert_int_equal(config_fixture_problems.count, 2);
    assert_int_equal(config_fixture_problems.list[1].line, 4);
    assert_non_null(strstr(config_fixture_problems.list[1].what, "cannot carry external_id"));
}

static void
test_shipped_configurations(void **state)
{
    static const char *const names[] = {"etc/aws-role.conf", "etc/examples/bastion.conf",
                                        "etc/examples/workstation.conf"};
    char path[4096];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct config *config;
        int r;

        snprintf(path, sizeof path, "%s/%s", SOURCE_FOLDER, names[i]);
        problems_free(&config_fixture_problems);
        r = config_check_content(&config_fixture_paths, &config_fixture_trust, path,
                                 CONFIG_PLACE_MAIN, &config, &config_fixture_problems);
        if (r != 0)
            config_fixture_print_problems();
        assert_int_equal(r, 0);
        if (i == 0)
            assert_int_equal(config->section_count, 0);
        else
            assert_true(config->kind_count[SECTION_ROLE] > 0);
        config_free(config);
    }
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_make, config_fixture_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_wrong_is_told),
        TEST(test_what_is_right_is_taken),
        TEST(test_length_of_a_chain),
        TEST(test_calls_that_carry_less),
        TEST(test_shipped_configurations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
