/* SPDX-License-Identifier: BSD-3-Clause */
/* What the values of keys may be, each by itself: AWS's limits, addresses, paths. */
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
#define ARN "role_arn = arn:aws:iam::123456789012:role/R\n"

/* One error each: the line, and words of what and mend. */
static const struct config_fixture_wrong wrong[] = {
    /* AWS's limits */
    {"[defaults]\nrole_arn = arn:aws:iam::12345678901:role/R\n", 2, "account is not 12 digits",
     "sts_endpoint"},
    {"[defaults]\nrole_arn = arn:aws:iam:::role/RoleName\n", 2, "account is not 12 digits",
     "sts_endpoint"},
    {"[defaults]\nrole_arn = arn:minio:iam::123456789012:role/R\n", 2, "partition", "aws-cn"},
    {"[defaults]\nrole_arn = arn:aws:iam::123456789012:user/R\n", 2, "does not name \"role/\"",
     "role/Name"},
    {"[defaults]\nrole_arn = arn:aws:iam::123456789012:role/a b\n", 2, "letters, digits",
     "role/Name"},
    {"[defaults]\nrole_arn = arn:aws:sts::123456789012:role/R\n", 2, "is not such an ARN",
     "arn:aws:iam"},
    {"[defaults]\nrole_arn = arn:aws:iam::%{group}:role/R\n", 2, "account", "number"},
    {"[defaults]\nrole_arn = arn:awsome:iam::123456789012:role/R\n", 2, "partition", "aws-cn"},
    {"[defaults]\nrole_arn = arn:aws:iam:123456789012\n", 2, "is not such an ARN", "arn:aws:iam"},
    {"[defaults]\nrole_arn = role/R\n", 2, "an ARN of 6 bytes", "2048"},
    {"[defaults]\nregion = Frankfurt\n", 2, "\"Frankfurt\" is no region", "eu-central-1"},
    {"[defaults]\nregion = frankfurt\n", 2, "\"frankfurt\" is no region", "eu-central-1"},
    {"[defaults]\nregion = aws-global\n", 2, "is no region", "leave the region out"},
    {"[defaults]\nregion = eu--central-1\n", 2, "is no region", "eu-central-1"},
    {"[defaults]\nregion = eu-central-x\n", 2, "is no region", "eu-central-1"},
    {"[defaults]\nregion = eu-central\n", 2, "is no region", "eu-central-1"},
    {"[defaults]\nregion = us-gov-west-1\n[role a]\n" ARN "source = s\n" SOURCE, 4,
     "partition aws, its region us-gov-west-1 of aws-us-gov", "partition"},
    {"[role a]\nrole_arn = arn:aws-cn:iam::123456789012:role/R\nregion = eu-west-1\nsource = s\n"
     SOURCE,
     2, "partition aws-cn", "partition"},
    {"[defaults]\nduration_seconds = 899\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = 43201\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = 1h\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = -900\n", 2, "from 900 to 43200", "digits"},
    {"[defaults]\nduration_seconds = 18446744073709555216\n", 2, "from 900 to 43200", "digits"},
    {"[role a]\n" ARN "source = s\nduration_seconds = 3601\n" SOURCE, 4, "3600 seconds at most",
     "duration_seconds = 3600 into [role a]"},
    {"[role a]\n" ARN "source_role = b\nduration_seconds = 7200\n[role b]\n" ARN "source = k\n"
     KEYS, 4,
     "3600 seconds at most", "profile"},
    {"[defaults]\nduration_seconds = 7200\n[role a]\n" ARN "source = s\n" SOURCE, 2,
     "[role a] is taken with a role's", "[role a]"},
    {"[defaults]\nexternal_id = x\n", 2, "an external id of 1 characters", "1224"},
    {"[defaults]\nexternal_id = a b\n", 2, "external id with other characters", "trust policy"},
    {"[defaults]\nrole_session_name = a b\n", 2, "a name with other characters", "AWS"},
    {"[defaults]\nrole_session_name = %{user}=x\n", 2, "a = of its own", "another"},
    {"[defaults]\nsource_identity = "
     "01234567890123456789012345678901234567890123456789012345678901234\n", 2,
     "a name of 65 characters", "64"},
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
    {"[defaults]\ntransitive_tag_keys = a(b)\n", 2, "the tag key \"a(b)\"", "AWS"},
    {"[role a]\n" ARN "source = s\ntags = u=1\ntransitive_tag_keys = U, t\n" SOURCE, 5,
     "no tag \"t\"", "add it"},
    {"[defaults]\ntags = %{user}=1\n", 2, "in the key of a tag", "value only"},
    {"[role a]\n" ARN "source = s\ntransitive_tag_keys = t\n" SOURCE, 4, "no tag \"t\"", "add it"},
    {"[defaults]\npolicy = x}\n", 2, "no JSON object", "{"},
    {"[defaults]\npolicy = {x\n", 2, "no JSON object", "{"},
    {"[defaults]\npolicy = x\n", 2, "no JSON object", "{"},
    {"[defaults]\npolicy = {\"\xe4\xb8\x8a\": 1}\n", 2, "past U+00FF", "\\u"},
    {"[defaults]\npolicy_arns = arn:aws:iam::123456789012:role/R\n", 2, "\"policy/\"",
     "policy/Name"},
    {"[defaults]\npolicy_arns = arn:aws:iam:::policy/Policy\n", 2, "account", "number"},
    /* endpoints, files */
    {"[defaults]\nsts_endpoint = http://sts.example\n", 2, "an STS without TLS", "https://"},
    {"[defaults]\nsts_endpoint = http://127.0.0.1.example\n", 2, "an STS without TLS", "https://"},
    {"[defaults]\nsts_endpoint = http://localhost.example\n", 2, "an STS without TLS", "https://"},
    {"[defaults]\nsts_endpoint = sts.example\n", 2, "does not begin with https://", "https://"},
    {"[defaults]\nsts_endpoint = ftp://sts.example\n", 2, "does not begin with https://",
     "https://"},
    {"[defaults]\nsts_endpoint = https://u:p@sts.example\n", 2, "a user or a password",
     "host and port only"},
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
    {"[defaults]\nca_bundle = /\n", 2, "no absolute path of a file", "from /"},
    {"[defaults]\nca_bundle = /etc/\n", 2, "no absolute path of a file", "from /"},
    {"[defaults]\nca_bundle = /etc/./x\n", 2, "no plain path", "without"},
    {"[defaults]\nca_bundle = /etc//x\n", 2, "no plain path", "without"},
    {"[defaults]\nca_bundle = ca.pem\n", 2, "no absolute path", "from /"},
    {"[defaults]\nhttps_proxy = http://user:geheim@proxy.example:3128\n", 2, "a user or a password",
     "host and port only"},
    {"[defaults]\nhttps_proxy = proxy.example:3128\n", 2, "does not begin with https://",
     "https://"},
    {"[defaults]\nhttps_proxy = http://proxy.example/x\n", 2, "with a path", "host and port"},
    {"[defaults]\nlinger_seconds = 43201\n", 2, "from 0 to 43200", "digits"},
};

static void
test_what_is_wrong_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        config_fixture_expect_wrong(&wrong[i]);
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
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "more than 50 items");
    *strrchr(text, ',') = '\0';
    config_free(config_fixture_loaded(text));
    snprintf(text, sizeof text, "[defaults]\ntags = %0128d=%0256d\n", 0, 0);
    config_free(config_fixture_loaded(text));
    snprintf(text, sizeof text, "[defaults]\ntags = %0129d=x\n", 0);
    config_fixture_write("main.conf", text);
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2,
    "a tag's key of 129 characters");
    snprintf(text, sizeof text, "[defaults]\ntags = x=%0257d\n", 0);
    config_fixture_write("main.conf", text);
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2,
    "a tag's value of 257 characters");
    snprintf(text, sizeof text, "[defaults]\npolicy = {%010240d}\n", 0);
    config_fixture_write("main.conf", text);
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "a policy of 10242 bytes");
    snprintf(text, sizeof text, "[defaults]\npolicy_arns = arn:aws:iam::aws:policy/A");
    for (int i = 0; i < 10; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",arn:aws:iam::aws:policy/%d", i);
    config_fixture_write("main.conf", text);
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 2, "more than 10 items");
    snprintf(text, sizeof text, SOURCE);
    for (int i = 0; i < 65; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "[role r%d]\nsource = s\n" ARN, i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "[user u]\nroles =");
    for (int i = 0; i < 64; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " r%d", i);
    config_fixture_write("main.conf", text);
    assert_int_equal(config_fixture_load(&config), 0);
    config_free(config);
    snprintf(text + strlen(text), sizeof text - strlen(text), " r64");
    config_fixture_write("main.conf", text);
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "main.conf", 199, "more than 64 roles");
}

/* The key of a section, then as many zeroes as make the value `length` bytes long. */
static void
expect_longest(const char *before, size_t before_length, size_t longest, const char *after)
{
    static char text[32768];
    struct config *config;

    for (size_t length = longest; length <= longest + 1; length++) {
        int zeroes = (int)(length - before_length);

        snprintf(text, sizeof text, "%s%0*d%s\n", before, zeroes, 0, after);
        config_fixture_write("main.conf", text);
        if ((config_fixture_load(&config) == 0) != (length == longest)) {
            config_fixture_print_problems();
            fail_msg("%s with %zu bytes", before, length);
        }
        config_free(config);
    }
}

static void
test_longest_values(void **state)
{
    (void)state;
    expect_longest("[defaults]\nrole_arn = arn:aws:iam::123456789012:role/", 31, 2048, "");
    expect_longest("[defaults]\nexternal_id = ", 0, 1224, "");
    expect_longest("[defaults]\nrole_session_name = ", 0, 64, "");
    expect_longest("[defaults]\npolicy = {", 2, 10240, "}");
    expect_longest("[defaults]\nca_bundle = /", 1, 4095, "");
    expect_longest("[defaults]\nsts_endpoint = https://x/", 10, 2048, "");
    expect_longest("[defaults]\nsts_endpoint = https://", 0, 253, "");
    expect_longest("[user ", 0, 256, "]\nroles =");
    expect_longest("[defaults]\nsts_endpoint = https://x\nregion = ", 0, 63, "");
    config_free(config_fixture_loaded("[defaults]\nexternal_id = ab\n"));
    config_free(config_fixture_loaded("[defaults]\nrole_arn = arn:aws:iam:::role/x\n"
                                      "sts_endpoint = https://x\n"));
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

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_make, config_fixture_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_wrong_is_told),
        TEST(test_limits_of_lists),
        TEST(test_longest_values),
        TEST(test_partitions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
