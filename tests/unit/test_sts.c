/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/sts.h"
#include "tests/unit/peer_process.h"

#define ACCOUNT "arn:aws:iam::123456789012:"
#define DEPLOY ACCOUNT "role/Deploy"
#define DEVELOPER ACCOUNT "role/Developer"
#define USER ACCOUNT "user/deploy"

static struct exchange exchange;
static struct credentials base, credentials;
static struct record step;
static struct failure why;

/* A STEP for `role` with an external id that may be NULL. */
static void
start_step(const char *role, const char *external_id)
{
    record_wipe(&step);
    record_start(&step, RECORD_STEP);
    record_put_number(&step, FIELD_STEP, STEP_ASSUME_ROLE);
    record_put_text(&step, FIELD_ROLE_ARN, role);
    record_put_text(&step, FIELD_ROLE_SESSION_NAME, "ueno");
    record_put_text(&step, FIELD_EXTERNAL_ID, external_id);
    record_put_text(&step, FIELD_STS_ENDPOINT, peer_process_port("sts_plain_url"));
}

static void
start_deploy(void)
{
    start_step(DEPLOY, "example-external-id");
}

static int
run(void)
{
    struct sts_call call = {.step = &step, .credentials = &base, .origin = "[deploy] of /etc/c"};

    assert_int_equal(record_check(&step), 0);
    credentials_wipe(&credentials);
    why = (struct failure){.class = 0};
    return sts_assume_role(&exchange, &call, &credentials, &why);
}

static void
expect(int r, int class, const char *words)
{
    if (r != class || strstr(why.text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, why.text, class, words);
    if (class == 0)
        return;
    assert_int_equal(why.class, class);
    assert_null(credentials.secret_access_key.data);
    assert_null(strstr(why.text, base.secret_access_key.data));
}

static void
fault(const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'sts', %s}", rest);
}

static void
assumes_a_role_in_every_format(void **state)
{
    static const char *const formats[] = {"auto", "json",     "xml",
                                          "json-integer", "json-iso", "xml-padded"};

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        peer_process_do("{'verb': 'reply_format', 'format': '%s'}", formats[i]);
        expect(run(), 0, "");
        assert_memory_equal(credentials.access_key_id, "ASIA", 4);
        assert_string_equal(credentials.arn,
                            "arn:aws:sts::123456789012:assumed-role/Deploy/ueno");
        assert_true(deadline_left(credentials.valid_until) > 3590 * 1000);
        assert_true(deadline_left(credentials.valid_until) < 3605 * 1000);
    }
    peer_process_do("{'verb': 'reply_format'}");
}

static void
sends_every_parameter(void **state)
{
    static const char tags[] = "team\0a b+c\0empty\0\0", keys[] = "team\0empty";
    static const char arns[] = "arn:aws:iam::aws:policy/ReadOnlyAccess\0"
                               "arn:aws:iam::aws:policy/job-function/Billing";
    static const struct {
        const char *name, *value;
    } expected[] = {
        {"RoleArn", DEPLOY},
        {"RoleSessionName", "ueno"},
        {"DurationSeconds", "1800"},
        {"ExternalId", "example-external-id"},
        {"SourceIdentity", "ueno"},
        {"Policy", "{\"Version\": \"2012-10-17\", \"Statement\": []}"},
        {"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        {"PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/job-function/Billing"},
        {"Tags.member.1.Key", "team"},
        {"Tags.member.1.Value", "a b+c"},
        {"Tags.member.2.Key", "empty"},
        {"Tags.member.2.Value", ""},
        {"TransitiveTagKeys.member.1", "team"},
        {"TransitiveTagKeys.member.2", "empty"},
    };
    const json_t *params;
    json_t *requests;

    (void)state;
    peer_process_do("{'verb': 'update_role', 'arn': '" DEPLOY "', 'allow_tags': true, "
                    "'allow_source_identity': true}");
    record_put_number(&step, FIELD_DURATION_SECONDS, 1800);
    record_put_text(&step, FIELD_SOURCE_IDENTITY, "ueno");
    record_put_text(&step, FIELD_POLICY, "{\"Version\": \"2012-10-17\", \"Statement\": []}");
    record_put_bytes(&step, FIELD_TAGS, tags, sizeof tags - 1);
    record_put_bytes(&step, FIELD_TRANSITIVE_TAG_KEYS, keys, sizeof keys);
    record_put_bytes(&step, FIELD_POLICY_ARNS, arns, sizeof arns);
    expect(run(), 0, "");
    assert_true(deadline_left(credentials.valid_until) < 1805 * 1000);
    requests = peer_process_tell("{'verb': 'requests', 'service': 'sts', 'last': 1}");
    params = json_object_get(json_array_get(requests, 0), "params");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const char *value = json_string_value(json_object_get(params, expected[i].name));

        assert_non_null(value);
        assert_string_equal(value, expected[i].value);
    }
    assert_int_equal(json_object_size(params), sizeof expected / sizeof expected[0] + 2);
    json_decref(requests);
    peer_process_do("{'verb': 'update_role', 'arn': '" DEPLOY "', 'allow_tags': false, "
                    "'allow_source_identity': false}");
}

static void
explains_trust(void **state)
{
    (void)state;
    start_step(DEVELOPER, NULL);
    expect(run(), AWS_ROLE_ERR_DENIED,
           "the trust policy of " DEVELOPER " does not allow " USER " to assume it");
    assert_string_equal(why.code, "AccessDenied");
    assert_int_not_equal(why.request_id[0], '\0');
    assert_non_null(strstr(why.text, why.request_id));
    assert_non_null(strstr(why.text, "(AWS: User: " USER " is not authorized"));
    start_step(DEPLOY, NULL);
    expect(run(), AWS_ROLE_ERR_DENIED, "it may ask for an external_id");
    start_step(DEPLOY, "another");
    expect(run(), AWS_ROLE_ERR_DENIED, "it may ask for another external_id");
}

/* As Ceph answers a wrong key, a wrong secret and a role that trusts somebody else. */
static void
explains_a_denial_without_words(void **state)
{
    (void)state;
    fault("'kind': 'code', 'code': 'AccessDenied', 'message': '', 'count': 1");
    expect(run(), AWS_ROLE_ERR_DENIED,
           "access key AKIAEXAMPLEDEPLOY001 of [deploy] of /etc/c was refused for " DEPLOY
           " without a reason");
}

static void
explains_tags_and_source_identity(void **state)
{
    static const char tags[] = "a\0b";

    (void)state;
    record_put_bytes(&step, FIELD_TAGS, tags, sizeof tags);
    expect(run(), AWS_ROLE_ERR_DENIED, "sts:TagSession: add that action to it, or remove tags");
    start_deploy();
    record_put_text(&step, FIELD_SOURCE_IDENTITY, "ueno");
    expect(run(), AWS_ROLE_ERR_DENIED, "sts:SetSourceIdentity: add that action");
}

static void
explains_keys(void **state)
{
    (void)state;
    peer_process_use(&base, "AKIAEXAMPLENOBODY001", "wJalrXUtnFEMI", "");
    expect(run(), AWS_ROLE_ERR_DENIED,
           "access key AKIAEXAMPLENOBODY001 of [deploy] of /etc/c does not exist or is disabled");
    peer_process_use(&base, "AKIAEXAMPLEDEPLOY001", "wrong-secret-key", "");
    expect(run(), AWS_ROLE_ERR_DENIED,
           "the secret key of access key AKIAEXAMPLEDEPLOY001 of [deploy] of /etc/c is not the");
    peer_process_use(&base, "ASIAEXAMPLENOBODY001", "wJalrXUtnFEMI", "a-token");
    expect(run(), AWS_ROLE_ERR_DENIED,
           "AWS does not know, or no longer, the temporary credentials of [deploy] of /etc/c, "
           "access key ASIAEXAMPLENOBODY001; or");
    peer_process_become(&base, ACCOUNT "role/Bastion");
    peer_process_do("{'verb': 'expire', 'access_key_id': '%s'}", base.access_key_id);
    expect(run(), AWS_ROLE_ERR_DENIED, "the credentials of [deploy] of /etc/c have expired");
}

static void
explains_durations(void **state)
{
    (void)state;
    peer_process_become(&base, ACCOUNT "role/Bastion");
    start_step(DEVELOPER, NULL);
    record_put_number(&step, FIELD_DURATION_SECONDS, 7200);
    expect(run(), 0, ""); /* a second call asks for what AWS gives such callers */
    assert_true(deadline_left(credentials.valid_until) > 3590 * 1000);
    assert_true(deadline_left(credentials.valid_until) < 3605 * 1000);
    assert_int_equal(peer_process_count("sts", "AssumeRole"), 2);
    start_step(DEVELOPER, NULL);
    record_put_number(&step, FIELD_DURATION_SECONDS, 3600);
    fault("'kind': 'code', 'code': 'ValidationError', 'status': 400, 'count': 1, 'message': "
          "'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
          "role chaining'");
    expect(run(), AWS_ROLE_ERR_REFUSED, "lasts 3600 s at most: lower duration_seconds");
    assert_int_equal(peer_process_count("sts", "AssumeRole"), 3);
    peer_process_use(&base, PEER_PROCESS_DEPLOY);
    peer_process_do("{'verb': 'update_role', 'arn': '" DEPLOY "', 'max_session_duration': 3600}");
    start_deploy();
    record_put_number(&step, FIELD_DURATION_SECONDS, 7200);
    expect(run(), AWS_ROLE_ERR_REFUSED,
           "duration_seconds = 7200 is longer than the MaxSessionDuration of " DEPLOY);
    peer_process_do("{'verb': 'update_role', 'arn': '" DEPLOY "', 'max_session_duration': 43200}");
}

/* As Ceph answers a duration_seconds that is longer than the role's maximum. */
static void
explains_a_refused_value_without_words(void **state)
{
    static const char *const codes[] = {"InvalidArgument", "ValidationError",
                                        "InvalidParameterValue"};
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        snprintf(text, sizeof text, "'kind': 'code', 'code': '%s', 'status': 400, 'message': '', "
                 "'count': 1", codes[i]);
        start_deploy();
        fault(text);
        expect(run(), AWS_ROLE_ERR_REFUSED, "AWS does not accept a value in the request for");
        assert_null(strstr(why.text, "duration_seconds"));
        record_put_number(&step, FIELD_DURATION_SECONDS, 7200);
        fault(text);
        expect(run(), AWS_ROLE_ERR_REFUSED, DEPLOY " was refused without a reason: perhaps "
               "duration_seconds = 7200, when it is longer than the role's maximum");
    }
    fault("'kind': 'code', 'code': 'InvalidArgument', 'status': 400, 'message': 'x', 'count': 1");
    expect(run(), AWS_ROLE_ERR_REFUSED, "AWS does not accept a value in the request for");
    assert_null(strstr(why.text, "duration_seconds"));
}

static void
explains_policies_and_regions(void **state)
{
    (void)state;
    record_put_text(&step, FIELD_POLICY, "{not json");
    expect(run(), AWS_ROLE_ERR_REFUSED, "the policy configured for " DEPLOY);
    start_deploy();
    fault("'kind': 'code', 'code': 'PackedPolicyTooLarge', 'count': 1");
    expect(run(), AWS_ROLE_ERR_REFUSED, "too large together: shorten them");
    record_put_text(&step, FIELD_REGION, "ap-east-1");
    fault("'kind': 'code', 'code': 'RegionDisabledException', 'count': 1");
    expect(run(), AWS_ROLE_ERR_REFUSED, "STS is not active in ap-east-1");
    fault("'kind': 'code', 'code': 'NoSuchEntity', 'status': 404, 'count': 1");
    expect(run(), AWS_ROLE_ERR_REFUSED, "there is no role " DEPLOY);
    fault("'kind': 'code', 'code': 'AccessDenied', 'message': 'x with an explicit deny', "
          "'count': 1");
    expect(run(), AWS_ROLE_ERR_DENIED, "explicitly denies");
}

static void
explains_the_clock(void **state)
{
    (void)state;
    fault("'kind': 'skew', 'seconds': 3600");
    fault("'kind': 'bad_date'");
    expect(run(), AWS_ROLE_ERR_SKEW, "clock is wrong");
}

static void
counts_on_the_clock_of_the_issuer(void **state)
{
    (void)state;
    fault("'kind': 'skew', 'seconds': 86400");
    expect(run(), 0, "");
    assert_true(deadline_left(credentials.valid_until) > 3590 * 1000);
    assert_true(deadline_left(credentials.valid_until) < 3605 * 1000);
}

static void
explains_what_is_no_answer(void **state)
{
    (void)state;
    fault("'kind': 'garbage', 'count': 1");
    expect(run(), AWS_ROLE_ERR_NOT_AWS, "127.0.0.1: the answer is neither");
    fault("'kind': 'redirect', 'location': 'https://x/', 'count': 1");
    expect(run(), AWS_ROLE_ERR_NOT_AWS, "redirect (302), which is never followed");
    peer_process_do("{'verb': 'lifetime', 'seconds': -5}");
    expect(run(), AWS_ROLE_ERR_NOT_AWS, "");
    peer_process_do("{'verb': 'lifetime', 'seconds': null}");
}

static int
identify(char arn[CREDENTIALS_ARN_MAX + 1])
{
    struct sts_call call = {.step = &step, .credentials = &base, .origin = "[deploy] of /etc/c"};

    why = (struct failure){.class = 0};
    return sts_get_caller_identity(&exchange, &call, arn, &why);
}

static void
tells_who_the_caller_is(void **state)
{
    char arn[CREDENTIALS_ARN_MAX + 1];

    (void)state;
    expect(identify(arn), 0, "");
    assert_string_equal(arn, USER);
    peer_process_become(&base, ACCOUNT "role/Bastion");
    fault("'kind': 'status', 'status': 503, 'count': 1"); /* it may be asked again */
    expect(identify(arn), 0, "");
    assert_string_equal(arn, "arn:aws:sts::123456789012:assumed-role/Bastion/peer");
    fault("'kind': 'status', 'status': 200, 'body': '{}', 'count': 1");
    expect(identify(arn), AWS_ROLE_ERR_NOT_AWS, "127.0.0.1: the answer does not say who");
    assert_string_equal(arn, "");
    peer_process_use(&base, "AKIAEXAMPLENOBODY001", "wJalrXUtnFEMI", "");
    expect(identify(arn), AWS_ROLE_ERR_DENIED, "access key AKIAEXAMPLENOBODY001");
}

static void
refuses_before_it_asks(void **state)
{
    (void)state;
    record_wipe(&step);
    record_start(&step, RECORD_STEP);
    record_put_number(&step, FIELD_STEP, STEP_ASSUME_ROLE);
    record_put_text(&step, FIELD_ROLE_ARN, "arn:aws-cn:iam::123456789012:role/D");
    record_put_text(&step, FIELD_REGION, "eu-west-1");
    expect(run(), AWS_ROLE_ERR_REFUSED, "set a region of the role's partition");
    assert_int_equal(peer_process_count("sts", "AssumeRole"), 0);
}

static int
set_up(void **state)
{
    (void)state;
    peer_process_forget();
    exchange_start(&exchange, deadline_in(30000), 0, -1);
    peer_process_use(&base, PEER_PROCESS_DEPLOY);
    start_deploy();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    exchange_end(&exchange);
    record_wipe(&step);
    credentials_wipe(&base);
    credentials_wipe(&credentials);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(assumes_a_role_in_every_format),
        TEST(sends_every_parameter),
        TEST(explains_trust),
        TEST(explains_a_denial_without_words),
        TEST(explains_tags_and_source_identity),
        TEST(explains_keys),
        TEST(explains_durations),
        TEST(explains_a_refused_value_without_words),
        TEST(explains_policies_and_regions),
        TEST(explains_the_clock),
        TEST(counts_on_the_clock_of_the_issuer),
        TEST(explains_what_is_no_answer),
        TEST(tells_who_the_caller_is),
        TEST(refuses_before_it_asks),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("sts", tests, NULL, peer_process_stop);
}
