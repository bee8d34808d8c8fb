/* SPDX-License-Identifier: BSD-3-Clause */
/* Loading a configuration: which files, what is refused where and in which words. */
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

#include "common/error.h"
#include "tests/unit/config_fixture.h"

#define SOURCE "[source s]\ncredential_source = Ec2InstanceMetadata\n"
#define KEYS "[source k]\nprofile = base\n"
#define ARN "role_arn = arn:aws:iam::123456789012:role/R\n"

static int
set_up(void **state)
{
    (void)state;
    config_fixture_make();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    config_fixture_remove();
    return 0;
}

/* The sample of the design, with its comment. */
static const char sample[] = "# /etc/aws-role/aws-role.conf\n"
                             "[defaults]\n"
                             "region = ap-northeast-1\n"
                             "duration_seconds = 3600\n"
                             "source = instance\n"
                             "\n"
                             "[source instance]\n"
                             "credential_source = Ec2InstanceMetadata\n"
                             "\n"
                             "[role developer]\n"
                             "role_arn = arn:aws:iam::123456789012:role/Developer\n"
                             "\n"
                             "[role audit]\n"
                             "role_arn = arn:aws:iam::210987654321:role/people/%{user}\n"
                             "source_identity = %{user}\n"
                             "\n"
                             "[group developers]\n"
                             "roles = developer audit        "
                             "# the first is taken at login, the others by name\n"
                             "\n"
                             "[user ueno]\n"
                             "roles = audit\n";

static void
test_sample(void **state)
{
    struct config *config = config_fixture_loaded(sample);
    const struct config_section *audit = config_find(config, SECTION_ROLE, "audit");
    const struct config_section *group = config_find(config, SECTION_GROUP, "developers");
    const struct config_entry *base;

    (void)state;
    assert_int_equal(config->section_count, 6);
    assert_int_equal(config->file_count, 1);
    assert_true(config->files[0].identity.inode != 0);
    assert_int_equal(config->files[0].identity.size, strlen(sample));
    assert_non_null(audit);
    assert_int_equal(audit->line, 13);
    assert_string_equal(audit->file, config_fixture_paths.main_file);
    assert_string_equal(config_value(config, group, KEY_ROLES), "developer audit");
    assert_string_equal(config_value(config, audit, KEY_REGION), "ap-northeast-1");
    assert_null(config_own(config, audit, KEY_REGION));
    base = config_base(config, audit);
    assert_int_equal(base->key, KEY_SOURCE);
    assert_string_equal(base->value, "instance");
    assert_int_equal(base->line, 5);
    assert_null(config_find(config, SECTION_ROLE, "Audit"));
    assert_null(config_find(config, SECTION_USER, "developers"));
    config_free(config);
}

/* One error each: the line, and words of what and mend. */
static const struct {
    const char *text;
    unsigned int line;
    const char *what;
    const char *mend;
} wrong[] = {
    /* sections and keys */
    {"[roles a]\nrole_arn = x\n", 1, "[roles] is no kind of section", "[role NAME]"},
    {"[Role a]\n", 1, "[Role] is no kind of section", "[role NAME]"},
    {"[defaults x]\n", 1, "[defaults] with a name", "[defaults]"},
    {"[role]\n", 1, "[role] without a name", "[role NAME]"},
    {"[role a b]\n", 1, "no name of a role", "letters"},
    {"[role 0123456789012345678901234567890123456789012345678901234567890123x]\n", 1,
     "no name of a role", "64"},
    {"[group *]\nroles =\n", 1, "[group *] means no group", "[user *]"},
    {"[defaults]\nregio = eu-west-1\n", 2, "unknown key regio", "write region"},
    {"[defaults]\nRegion = eu-west-1\n", 2, "unknown key Region", "write region"},
    {"[defaults]\nfrobnicate = 1\n", 2, "unknown key frobnicate", "remove the line"},
    {"[user a]\nroles =\nrole_arn = x\n", 3, "role_arn does not belong into a [user]", "[role NAME]"},
    {"[role a]\n" ARN "source = s\nsts_endpoint = https://x\n" SOURCE, 4,
     "sts_endpoint does not belong into a [role]", "[defaults]"},
    {"[defaults]\nregion = eu-west-1\nregion = eu-west-1\n", 3, "region is there twice: also in line 2",
     "remove"},
    {"[user a]\nroles =\n[user b]\nroles =\n[user a]\nroles =\n", 5,
     "[user a] is there twice: also at ", "one section"},
    {"[defaults]\n[defaults]\n", 2, "[defaults] is there twice", "one section"},
    {"[defaults]\nregion =\n", 2, "region: no value", "remove the line"},
    /* names that have to be there */
    {"[user a]\nroles = x\n", 2, "there is no [role x]", "separated by blanks"},
    {"[group a]\nroles = r, r2\n[role r]\n" ARN "source=s\n" SOURCE "[role r2]\n" ARN "source=s\n", 2,
     "there is no [role r,]", "separated by blanks"},
    {"[role a]\n" ARN "source = x\n", 3, "there is no [source x]", "write that section"},
    {"[role a]\n" ARN "source_role = x\n", 3, "there is no [role x]", "write that section"},
    {"[defaults]\nsource = x\n[role a]\n" ARN, 2, "there is no [source x], which [role a]", "write"},
    {"[role a]\n" ARN, 1, "does not say what it is taken with", "source = NAME"},
    {"[role a]\nsource = s\n" SOURCE, 1, "no role_arn", "role_arn ="},
    {"[user a]\n", 1, "[user a] has no roles", "roles = for none"},
    {"[user a]\nroles = r r\n[role r]\n" ARN "source = s\n" SOURCE, 2, "r is there twice", "remove"},
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
    {"[source x]\nlogin_session = arn:aws:iam::123456789012:user/*\n", 2, "not an ARN", "wildcard"},
    {SOURCE "mfa_serial = arn:aws:iam::123456789012:mfa/x\n", 3, "mfa_serial beside", "remove"},
    /* what comes with a later version */
    {"[role a]\n" ARN "source = x\n[source x]\nlogin_session = arn:aws:iam::123456789012:user/u\n",
     3, "login_session is not in this version", "profile"},
    {"[role a]\n" ARN "source = x\n[source x]\ncredential_source = EcsContainer\n", 3,
     "EcsContainer is not in this version", "Ec2InstanceMetadata"},
    {"[role a]\n" ARN "source = x\n[source x]\ncredential_process = /x --token hidden\n", 3,
     "credential_process is not in this version", "profile"},
    {"[role a]\n" ARN "source = x\n[source x]\nweb_identity_token_file = /x\n", 3,
     "web_identity_token_file is not in this version", "profile"},
    {"[role a]\n" ARN "source = x\n[source x]\nprofile = p\n"
     "mfa_serial = arn:aws:iam::123456789012:mfa/%{user}\n", 3, "mfa_serial is not in this version",
     "profile"},
    {"[defaults]\nexport = endpoint\n", 2, "export = endpoint is not in this version", "keys"},
    {"[defaults]\nexport = both\n", 2, "\"both\" is no such value", "keys or endpoint"},
    {"[defaults]\nrole_session_name = %{caller}\n", 2, "%{caller} is not in this version", "another"},
    {"[defaults]\ntags = k=%{ssh_key}\n", 2, "%{ssh_key} is not in this version", "another"},
    /* AWS's limits */
    {"[defaults]\nrole_arn = arn:aws:iam::12345678901:role/R\n", 2, "account is not 12 digits",
     "sts_endpoint"},
    {"[defaults]\nrole_arn = arn:aws:iam:::role/RoleName\n", 2, "account is not 12 digits",
     "sts_endpoint"},
    {"[defaults]\nrole_arn = arn:minio:iam::123456789012:role/R\n", 2, "partition", "aws-cn"},
    {"[defaults]\nrole_arn = arn:aws:iam::123456789012:user/R\n", 2, "does not name \"role/\"",
     "role/Name"},
    {"[defaults]\nrole_arn = arn:aws:iam::123456789012:role/a b\n", 2, "letters, digits", "role/Name"},
    {"[defaults]\nrole_arn = arn:aws:sts::123456789012:role/R\n", 2, "is not such an ARN", "arn:aws:iam"},
    {"[defaults]\nrole_arn = arn:aws:iam::%{group}:role/R\n", 2, "account", "number"},
    {"[defaults]\nrole_arn = role/R\n", 2, "an ARN of 6 bytes", "2048"},
    {"[defaults]\nregion = Frankfurt\n", 2, "\"Frankfurt\" is no region", "eu-central-1"},
    {"[defaults]\nregion = frankfurt\n", 2, "\"frankfurt\" is no region", "eu-central-1"},
    {"[defaults]\nregion = aws-global\n", 2, "is no region", "leave the region out"},
    {"[defaults]\nregion = eu-central\n", 2, "is no region", "eu-central-1"},
    {"[defaults]\nregion = us-gov-west-1\n[role a]\n" ARN "source = s\n" SOURCE, 4,
     "partition aws, its region us-gov-west-1 of aws-us-gov", "partition"},
    {"[role a]\nrole_arn = arn:aws-cn:iam::123456789012:role/R\nregion = eu-west-1\nsource = s\n" SOURCE,
     2, "partition aws-cn", "partition"},
    {"[defaults]\nduration_seconds = 899\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = 43201\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = 1h\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = -900\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = 18446744073709555216\n", 2, "from 900 to 43200", "digits"},
    {"[role a]\n" ARN "source = s\nduration_seconds = 3601\n" SOURCE, 4, "3600 seconds at most",
     "duration_seconds = 3600 into [role a]"},
    {"[role a]\n" ARN "source_role = b\nduration_seconds = 7200\n[role b]\n" ARN "source = k\n" KEYS, 4,
     "3600 seconds at most", "profile"},
    {"[defaults]\nduration_seconds = 7200\n[role a]\n" ARN "source = s\n" SOURCE, 2,
     "[role a] is taken with a role's", "[role a]"},
    {"[defaults]\nexternal_id = x\n", 2, "an external id of 1 characters", "1224"},
    {"[defaults]\nexternal_id = a b\n", 2, "external id with other characters", "trust policy"},
    {"[defaults]\nrole_session_name = a b\n", 2, "a name with other characters", "AWS"},
    {"[defaults]\nrole_session_name = %{user}=x\n", 2, "a = of its own", "another"},
    {"[defaults]\nsource_identity = 0123456789012345678901234567890123456789012345678901234567890123"
     "4\n", 2, "a name of 65 characters", "64"},
    {"[defaults]\nrole_session_name = %{nobody}\n", 2, "%{nobody} is no expansion", "%{user}"},
    {"[defaults]\nrole_session_name = 50%\n", 2, "begins no expansion", "%%"},
    {"[defaults]\nregion = %{host}\n", 2, "an expansion where there is none", "itself"},
    {"[defaults]\ntags = a\n", 2, "\"a\" has no value", "key=value"},
    {"[defaults]\ntags = a=1, a=2\n", 2, "\"a\" is there twice", "remove"},
    {"[defaults]\ntags = a=1, A=2\n", 2, "\"A\" is there twice", "remove"},
    {"[defaults]\ntags = a=1,,b=2\n", 2, "says nothing", "commas"},
    {"[defaults]\ntags = a=1,\n", 2, "says nothing", "commas"},
    {"[defaults]\ntags = aws:a=1\n", 2, "AWS's own", "another"},
    {"[defaults]\ntags = a=*\n", 2, "the tag value \"*\"", "AWS"},
    {"[defaults]\ntags = a(b)=1\n", 2, "the tag key \"a(b)\"", "AWS"},
    {"[defaults]\ntags = %{user}=1\n", 2, "in the key of a tag", "value only"},
    {"[role a]\n" ARN "source = s\ntransitive_tag_keys = t\n" SOURCE, 4, "no tag \"t\"", "add it"},
    {"[defaults]\npolicy = x\n", 2, "no JSON object", "{"},
    {"[defaults]\npolicy = {\"\xe4\xb8\x8a\": 1}\n", 2, "past U+00FF", "\\u"},
    {"[defaults]\npolicy_arns = arn:aws:iam::123456789012:role/R\n", 2, "\"policy/\"", "policy/Name"},
    {"[defaults]\npolicy_arns = arn:aws:iam:::policy/Policy\n", 2, "account", "number"},
    /* endpoints, files */
    {"[defaults]\nsts_endpoint = http://sts.example\n", 2, "an STS without TLS", "https://"},
    {"[defaults]\nsts_endpoint = http://127.0.0.1.example\n", 2, "an STS without TLS", "https://"},
    {"[defaults]\nsts_endpoint = http://localhost.example\n", 2, "an STS without TLS", "https://"},
    {"[defaults]\nsts_endpoint = sts.example\n", 2, "does not begin with https://", "https://"},
    {"[defaults]\nsts_endpoint = ftp://sts.example\n", 2, "does not begin with https://", "https://"},
    {"[defaults]\nsts_endpoint = https://u:p@sts.example\n", 2, "a user or a password", "[proxy]"},
    {"[defaults]\nsts_endpoint = https://sts.example/?a=b\n", 2, "a query", "plain path"},
    {"[defaults]\nsts_endpoint = https://sts.example:0\n", 2, "host or port", "https://"},
    {"[defaults]\nsts_endpoint = https://sts.example:65536\n", 2, "host or port", "https://"},
    {"[defaults]\nsts_endpoint = https://\n", 2, "host or port", "https://"},
    {"[defaults]\nsts_endpoint = https://[::g]\n", 2, "host or port", "https://"},
    {"[defaults]\nsts_endpoint = https://a b\n", 2, "host or port", "https://"},
    {"[defaults]\nsts_endpoint = https://x.example\nuse_fips_endpoint = true\n", 3,
     "use_fips_endpoint beside sts_endpoint", "remove"},
    {"[defaults]\nuse_dualstack_endpoint = true\nsts_endpoint = https://x.example\n", 2,
     "use_dualstack_endpoint beside", "remove"},
    {"[defaults]\nuse_fips_endpoint = yes\n", 2, "\"yes\" is no such value", "true or false"},
    {"[defaults]\nca_bundle = ca.pem\n", 2, "no absolute path", "from /"},
    {"[defaults]\nhttps_proxy = http://user:geheim@proxy.example:3128\n", 2, "a user or a password",
     "[proxy]"},
    {"[defaults]\nhttps_proxy = proxy.example:3128\n", 2, "does not begin with https://", "https://"},
    {"[defaults]\nhttps_proxy = http://proxy.example/x\n", 2, "with a path", "host and port"},
    {"[defaults]\nlinger_seconds = 43201\n", 2, "from 0 to 43200", "digits"},
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
    struct config *config;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct problem *problem = &config_fixture_problems.list[0];
        int r;

        config_fixture_write("main.conf", wrong[i].text);
        r = config_fixture_load(&config);
        if (r != AWS_ROLE_ERR_CONFIG || problems_count(&config_fixture_problems) != 1 ||
            problem->line != wrong[i].line || strstr(problem->what, wrong[i].what) == NULL ||
            strstr(problem->mend, wrong[i].mend) == NULL) {
            config_fixture_print_problems();
            fail_msg("of this text:\n%s\nwanted: %u: %s: %s", wrong[i].text, wrong[i].line,
                     wrong[i].what, wrong[i].mend);
        }
        assert_string_equal(problem->file, config_fixture_paths.main_file);
        assert_null(config);
        assert_null(strstr(problem->what, "geheim"));
        assert_null(strstr(problem->what, "hidden"));
    }
}

static const char *const right[] = {
    "",
    "# nobody\n",
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
    "[role a]\n" ARN "source = s\npolicy = {\"Statement\": [\"100%%\", \"%{user}\", \"# no comment\"]}\n"
    "policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess, arn:aws:iam::123456789012:policy/p/x\n"
    "external_id = %{host}:/x\nrole_session_name = %{user}-%{service}\n" SOURCE,
    "[defaults]\nsource_role = hub\n[role hub]\n" ARN "source = s\n[role a]\n" ARN SOURCE,
    /* sources that wait for a later version, and nobody's */
    "[source a]\nlogin_session = arn:aws:iam::123456789012:user/%{user}\n"
    "[source b]\ncredential_source = EcsContainer\n[source c]\ncredential_process = /bin/x # y\n"
    "[source d]\nweb_identity_token_file = /run/token\n"
    "[source e]\ntrust_anchor_arn = arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/x\n"
    "profile_arn = arn:aws:rolesanywhere:eu-west-1:123456789012:profile/x\ncertificate = /c.pem\n"
    "private_key = pkcs11:object=x\n[source f]\nprofile = p\nmfa_serial = GAHT12345678\n",
};

static void
test_what_is_right_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        config_free(config_fixture_loaded(right[i]));
}

static void
test_partitions(void **state)
{
    static const char *const pairs[][2] = {
        {"aws", "us-east-1"},         {"aws", "mx-central-1"},       {"aws", "ap-southeast-7"},
        {"aws-cn", "cn-north-1"},     {"aws-us-gov", "us-gov-east-1"}, {"aws-iso", "us-iso-west-1"},
        {"aws-iso-b", "us-isob-east-1"}, {"aws-iso-e", "eu-isoe-west-1"},
        {"aws-iso-f", "us-isof-south-1"}, {"aws-eusc", "eusc-de-east-1"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        snprintf(text, sizeof text,
                 "[role a]\nrole_arn = arn:%s:iam::123456789012:role/R\nregion = %s\nsource = s\n"
                 SOURCE, pairs[i][0], pairs[i][1]);
        config_free(config_fixture_loaded(text));
    }
}

static void
expect_failure(int error, const char *file, unsigned int line, const char *what)
{
    const struct problem *problem = &config_fixture_problems.list[0];
    struct config *config;

    assert_int_equal(config_fixture_load(&config), error);
    assert_null(config);
    assert_true(config_fixture_problems.count > 0);
    assert_string_equal(problem->file, config_fixture_path(file));
    assert_int_equal(problem->line, line);
    if (strstr(problem->what, what) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", problem->what, what);
    assert_true(strlen(problem->mend) > 0);
}

static void
test_bytes_of_a_file(void **state)
{
    char *long_line = malloc(71000);

    (void)state;
    assert_non_null(long_line);
    config_fixture_write_bytes("main.conf", "[defaults]\nregion = a\0b\n", 24);
    expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 2, "NUL");
    memset(long_line, 'x', 71000);
    memcpy(long_line, "[role a]\npolicy = ", 18);
    config_fixture_write_bytes("main.conf", long_line, 71000);
    expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 2, "a line of 70991 bytes");
    config_fixture_write("main.conf", "[user a]\nroles = x\n  y\n");
    expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 3, "indented");
    config_fixture_write("main.conf", "[defaults]\nregion\n");
    expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 2, "\"region\" is no section");
    free(long_line);
}

static void
test_limits_of_lists(void **state)
{
    char text[32768] = "[defaults]\ntags = k=v";
    struct config *config;

    (void)state;
    for (int i = 0; i < 50; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ", k%d=v", i);
    config_fixture_write("main.conf", text);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "more than 50 items");
    *strrchr(text, ',') = '\0';
    config_free(config_fixture_loaded(text));
    snprintf(text, sizeof text, "[defaults]\ntags = %0128d=%0256d\n", 0, 0);
    config_free(config_fixture_loaded(text));
    snprintf(text, sizeof text, "[defaults]\ntags = %0129d=x\n", 0);
    config_fixture_write("main.conf", text);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "a tag's key of 129 characters");
    snprintf(text, sizeof text, "[defaults]\ntags = x=%0257d\n", 0);
    config_fixture_write("main.conf", text);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "a tag's value of 257 characters");
    snprintf(text, sizeof text, "[defaults]\npolicy = {%010240d}\n", 0);
    config_fixture_write("main.conf", text);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "a policy of 10242 bytes");
    strcpy(text, "[defaults]\npolicy_arns = arn:aws:iam::aws:policy/A");
    for (int i = 0; i < 10; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",arn:aws:iam::aws:policy/%d", i);
    config_fixture_write("main.conf", text);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "more than 10 items");
    strcpy(text, SOURCE);
    for (int i = 0; i < 65; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "[role r%d]\nsource = s\n" ARN, i);
    strcat(text, "[user u]\nroles =");
    for (int i = 0; i < 64; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " r%d", i);
    config_fixture_write("main.conf", text);
    assert_int_equal(config_fixture_load(&config), 0);
    config_free(config);
    strcat(text, " r64");
    config_fixture_write("main.conf", text);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 199, "more than 64 roles");
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
    write_chain(15);
    assert_int_equal(config_fixture_load(&config), 0);
    config_free(config);
    write_chain(16);
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 48, "[role r16] needs more than 16 steps");
    assert_int_equal(config_fixture_problems.count, 1);
    write_chain(30); /* told once, not for each that is longer still */
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 48, "[role r16] needs more than 16 steps");
    assert_int_equal(config_fixture_problems.count, 1);
}

static void
test_calls_that_carry_less(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "[role a]\n" ARN "source = w\nexternal_id = ext\n"
                                      "[source w]\nweb_identity_token_file = /t\n");
    expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 3, "not in this version");
    assert_int_equal(config_fixture_problems.count, 2);
    assert_int_equal(config_fixture_problems.list[1].line, 4);
    assert_non_null(strstr(config_fixture_problems.list[1].what, "cannot carry external_id"));
}

static void
test_files_and_their_order(void **state)
{
    struct config *config;

    (void)state;
    /* nothing at all */
    expect_failure(AWS_ROLE_ERR_NOT_FOUND, "main.conf", 0, "does not exist");
    /* the vendor's, as long as there is neither of the others */
    config_fixture_write("vendor.conf", "[user vendor]\nroles =\n");
    assert_int_equal(config_fixture_load(&config), 0);
    assert_non_null(config_find(config, SECTION_USER, "vendor"));
    config_free(config);
    /* a drop-in is enough; others than *.conf are not read */
    config_fixture_write("conf.d/B.conf", "[user b]\nroles =\n");
    config_fixture_write("conf.d/a.conf", "[user a]\nroles =\n");
    config_fixture_write("conf.d/10.conf", "[user ten]\nroles =\n");
    config_fixture_write("conf.d/.hidden.conf", "[user b]\nroles =\n");
    config_fixture_write("conf.d/a.conf.dpkg-old", "[user b]\nroles =\n");
    config_fixture_write("conf.d/README", "not a configuration");
    assert_int_equal(config_fixture_load(&config), 0);
    assert_null(config_find(config, SECTION_USER, "vendor"));
    assert_int_equal(config->section_count, 3);
    config_free(config);
    /* the main file first, then bytes decide */
    config_fixture_write("main.conf", "[user main]\nroles =\n");
    assert_int_equal(config_fixture_load(&config), 0);
    assert_int_equal(config->section_count, 4);
    assert_string_equal(config->sections[0].name, "main");
    assert_string_equal(config->sections[1].name, "ten");
    assert_string_equal(config->sections[2].name, "b");
    assert_string_equal(config->sections[3].name, "a");
    assert_string_equal(config->files[1].path, config_fixture_path("conf.d/10.conf"));
    config_free(config);
    /* a path of one's own means that file */
    config_fixture_paths.drop_in_folder = NULL;
    assert_int_equal(config_fixture_load(&config), 0);
    assert_int_equal(config->section_count, 1);
    config_free(config);
    assert_int_equal(remove(config_fixture_path("main.conf")), 0);
    expect_failure(AWS_ROLE_ERR_NOT_FOUND, "main.conf", 0, "does not exist");
}

static void
test_duplicates_across_files_name_both(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "\n[user a]\nroles =\n");
    config_fixture_write("conf.d/x.conf", "[user b]\nroles =\n[user a]\nroles =\n");
    expect_failure(AWS_ROLE_ERR_CONFIG, "conf.d/x.conf", 3, "[user a] is there twice: also at ");
    assert_non_null(strstr(config_fixture_problems.list[0].what, "main.conf:2"));
}

static void
test_errors_of_all_files_are_told(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "[user a\n");
    config_fixture_write("conf.d/1.conf", "[user b]\nrolls =\n");
    config_fixture_write("conf.d/2.conf", "word\n");
    expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 1, "does not end in ]");
    assert_int_equal(config_fixture_problems.count, 3);
    assert_string_equal(config_fixture_problems.list[2].file, config_fixture_path("conf.d/2.conf"));
}

static void
test_files_that_cannot_be_trusted(void **state)
{
    const char *main_file = config_fixture_paths.main_file;

    (void)state;
    config_fixture_write("main.conf", "[user a]\nroles =\n");
    assert_int_equal(chmod(main_file, 0664), 0);
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "mode 0664");
    assert_int_equal(chmod(main_file, 0644), 0);
    config_fixture_trust.owner++;
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "belongs to");
    config_fixture_trust.owner--;
    assert_int_equal(rename(main_file, config_fixture_path("elsewhere.conf")), 0);
    assert_int_equal(symlink("elsewhere.conf", main_file), 0);
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "symbolic link");
    assert_int_equal(remove(main_file), 0);
    assert_int_equal(mkfifo(main_file, 0644), 0);
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "not a regular file");
    assert_int_equal(remove(main_file), 0);
    config_fixture_write("conf.d/x.conf", "[user a]\nroles =\n");
    assert_int_equal(chmod(config_fixture_paths.drop_in_folder, 0777), 0);
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "conf.d", 0, "mode 0777");
    assert_int_equal(chmod(config_fixture_paths.drop_in_folder, 0755), 0);
    assert_int_equal(symlink("/dev/null", config_fixture_path("conf.d/y.conf")), 0);
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "conf.d/y.conf", 0, "symbolic link");
    assert_int_equal(remove(config_fixture_path("conf.d/y.conf")), 0);
    assert_int_equal(mkdir(config_fixture_path("conf.d/y.conf"), 0755), 0);
    expect_failure(AWS_ROLE_ERR_UNTRUSTED, "conf.d/y.conf", 0, "not a regular file");
}

static void
test_a_file_that_is_too_large(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "");
    assert_int_equal(truncate(config_fixture_paths.main_file, CONFIG_FILE_SIZE_MAX + 1), 0);
    expect_failure(AWS_ROLE_ERR_TOO_BIG, "main.conf", 0, "larger than");
}

static int
check_content(const char *name, enum config_place place)
{
    struct config *config;
    int r;

    problems_free(&config_fixture_problems);
    r = config_check_content(&config_fixture_paths, &config_fixture_trust,
                             config_fixture_path(name), place, &config, &config_fixture_problems);
    assert_true((r == 0) == (config != NULL));
    config_free(config);
    return r;
}

#define ROLE_A SOURCE "[role a]\nsource = s\n" ARN

static void
test_content_of_a_main_file(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "[user old");
    config_fixture_write("conf.d/x.conf", "[user x]\nroles = a\n");
    config_fixture_write("new", ROLE_A);
    assert_int_equal(chmod(config_fixture_path("new"), 0666), 0);
    assert_int_equal(check_content("new", CONFIG_PLACE_MAIN), 0);
    config_fixture_write("new", "[role b]\n" ARN "source = s\n" SOURCE);
    assert_int_equal(check_content("new", CONFIG_PLACE_MAIN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("conf.d/x.conf"));
    assert_int_equal(check_content("nothing", CONFIG_PLACE_MAIN), AWS_ROLE_ERR_NOT_FOUND);
    assert_int_equal(config_fixture_problems.count, 1);
}

static void
test_content_of_a_drop_in(void **state)
{
    (void)state;
    config_fixture_write("main.conf", ROLE_A);
    assert_int_equal(mkdir(config_fixture_path("tmp"), 0777), 0);
    /* it may name what the installed files have */
    config_fixture_write("tmp/new", "[user x]\nroles = a\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), 0);
    config_fixture_write("tmp/new", "[user x]\nroles = b\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("tmp/new"));
    /* an older version of it is not in its way, even one that does not parse */
    config_fixture_write("conf.d/x.conf", "[user x]\nroles = a\nword\n");
    config_fixture_write("tmp/new", "[user x]\nroles =\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), 0);
    config_fixture_write("conf.d/x.conf", "[user old]\nword\n");
    config_fixture_write("tmp/x.conf", "[user x]\nroles =\n");
    assert_int_equal(check_content("tmp/x.conf", CONFIG_PLACE_DROP_IN), 0);
    /* what the main file has, or another drop-in beside its older version, is there twice */
    config_fixture_write("tmp/x.conf", "[role a]\n" ARN);
    assert_int_equal(check_content("tmp/x.conf", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    config_fixture_write("conf.d/z.conf", "[user z]\nroles =\n");
    config_fixture_write("tmp/x.conf", "[user z]\nroles =\n");
    assert_int_equal(check_content("tmp/x.conf", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("conf.d/z.conf"));
    assert_int_equal(check_content("tmp/none", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_NOT_FOUND);
    assert_int_equal(config_fixture_problems.count, 1);
    /* a first drop-in, with no folder yet */
    config_fixture_paths.drop_in_folder = config_fixture_path("none.d");
    config_fixture_write("tmp/new", "[user x]\nroles = a\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), 0);
}

#define MANY 10000

static void
test_ten_thousand_sections(void **state)
{
    size_t room = MANY * 160, used = 0;
    char *text = malloc(room), name[32];
    struct config *config;

    (void)state;
    assert_non_null(text);
    used += (size_t)snprintf(text, room, "[defaults]\nsource = s\n" SOURCE);
    for (int i = 0; i < MANY / 2; i++)
        used += (size_t)snprintf(text + used, room - used,
                                 "[role r%d]\n" ARN "[user u%d]\nroles = r%d\n", i, i, i);
    config_fixture_write("main.conf", text);
    assert_int_equal(config_fixture_load(&config), 0);
    assert_int_equal(config->section_count, MANY + 2);
    for (int i = 0; i < MANY / 2; i++) {
        snprintf(name, sizeof name, "u%d", i);
        assert_non_null(config_find(config, SECTION_USER, name));
    }
    config_free(config);
    free(text);
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

static void
test_words(void **state)
{
    const char *list = "  one\ttwo  three ";
    char word[4];

    (void)state;
    list = config_next_word(list, word, sizeof word);
    assert_string_equal(word, "one");
    list = config_next_word(list, word, sizeof word);
    assert_string_equal(word, "two");
    list = config_next_word(list, word, sizeof word);
    assert_string_equal(word, "thr");
    assert_null(config_next_word(list, word, sizeof word));
    assert_null(config_next_word("", word, sizeof word));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sample),
        TEST(test_what_is_wrong_is_told),
        TEST(test_what_is_right_is_taken),
        TEST(test_partitions),
        TEST(test_bytes_of_a_file),
        TEST(test_limits_of_lists),
        TEST(test_length_of_a_chain),
        TEST(test_calls_that_carry_less),
        TEST(test_files_and_their_order),
        TEST(test_duplicates_across_files_name_both),
        TEST(test_errors_of_all_files_are_told),
        TEST(test_files_that_cannot_be_trusted),
        TEST(test_a_file_that_is_too_large),
        TEST(test_content_of_a_main_file),
        TEST(test_content_of_a_drop_in),
        TEST(test_ten_thousand_sections),
        TEST(test_shipped_configurations),
        TEST(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
