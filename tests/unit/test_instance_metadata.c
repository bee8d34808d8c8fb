/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/region.h"
#include "helper/steps/instance_metadata.h"
#include "helper/steps/steps.h"
#include "tests/unit/peer_process.h"

static struct step_context context;
static struct step_output out;
static struct failure why;

static int
run(void)
{
    const struct credentials none = {.arn = ""};
    struct step_input in = {.context = &context, .from = &none, .origin = ""};

    steps_wipe_output(&out);
    why = (struct failure){.class = 0};
    return instance_metadata_run(&in, &out, &why);
}

static void
expect(int r, int class, const char *words)
{
    if (r != class || strstr(why.text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, why.text, class, words);
    if (class != 0)
        assert_int_equal(out.credentials.access_key_id[0], '\0');
}

static void
fault(const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'imds', %s}", rest);
}

static int
count(const char *action)
{
    return peer_process_count("imds", action);
}

static void
gives_the_credentials_of_the_role(void **state)
{
    (void)state;
    expect(run(), 0, "");
    assert_memory_equal(out.credentials.access_key_id, "ASIA", 4);
    assert_true(out.credentials.session_token.size > 0);
    assert_true(credentials_are_valid(&out.credentials));
    assert_string_equal(out.origin, "this instance's role Bastion");
    assert_int_equal(count("token"), 1);
    assert_int_equal(count("role"), 1);
    assert_int_equal(count("credentials"), 1);
}

static void
tells_the_region(void **state)
{
    char region[REGION_NAME_MAX + 1];

    (void)state;
    assert_int_equal(instance_metadata_region(&context, region, &why), 0);
    assert_string_equal(region, "ap-northeast-1");
}

static void
never_uses_version_1(void **state)
{
    static const char *const refusals[] = {
        "'kind': 'status', 'status': 404, 'action': 'token'",
        "'kind': 'status', 'status': 405, 'action': 'token'",
        "'kind': 'status', 'status': 403, 'action': 'token'",
    };
    json_t *counts;

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        fault(refusals[i]);
        expect(run(), AWS_ROLE_ERR_REFUSED,
               i < 2 ? "version 1 is never used" : "set HttpEndpoint to enabled");
        peer_process_do("{'verb': 'clear'}");
    }
    assert_int_equal(count("role"), 0);
    assert_int_equal(count("credentials"), 0);
    counts = peer_process_tell("{'verb': 'counts', 'service': 'imds'}");
    assert_int_equal(json_integer_value(json_object_get(counts, "v1")), 0);
    json_decref(counts);
}

static void
hints_at_the_hop_limit(void **state)
{
    deadline_t late = deadline_in(10000);

    (void)state;
    fault("'kind': 'silent', 'at': 'request', 'action': 'token'");
    expect(run(), AWS_ROLE_ERR_UNREACHABLE, "set HttpPutResponseHopLimit to 2");
    assert_true(deadline_now() < late);
}

static void
tries_the_next_endpoint(void **state)
{
    (void)state;
    context.metadata[1] = context.metadata[0];
    context.metadata[0] = "http://127.0.0.1:1";
    expect(run(), 0, "");
    context.metadata[1] = "http://127.0.0.1:2";
    expect(run(), AWS_ROLE_ERR_UNREACHABLE, "connection refused by 127.0.0.1");
}

static void
tells_a_missing_role(void **state)
{
    (void)state;
    peer_process_do("{'verb': 'instance_role', 'role': null}");
    expect(run(), AWS_ROLE_ERR_REFUSED, "give it an instance profile");
    peer_process_do("{'verb': 'instance_role', 'role': "
                    "'arn:aws:iam::123456789012:role/Bastion'}");
}

static void
tells_credentials_that_are_not_ready(void **state)
{
    (void)state;
    fault("'kind': 'code', 'code': 'AssumeRoleUnauthorizedAccess', 'action': 'credentials'");
    expect(run(), AWS_ROLE_ERR_RETRY, "AssumeRoleUnauthorizedAccess");
    peer_process_do("{'verb': 'clear'}");
    peer_process_do("{'verb': 'lifetime', 'service': 'imds', 'seconds': -5}");
    expect(run(), AWS_ROLE_ERR_RETRY, "have expired");
    peer_process_do("{'verb': 'lifetime', 'service': 'imds', 'seconds': null}");
}

static void
does_not_take_anything_else(void **state)
{
    static const char *const faults[] = {
        "'kind': 'garbage', 'action': 'credentials'",
        "'kind': 'huge', 'action': 'credentials'",
        "'kind': 'redirect', 'location': 'http://127.0.0.1:1/', 'action': 'credentials'",
        "'kind': 'status', 'status': 200, 'body': '', 'action': 'token'",
        "'kind': 'status', 'status': 200, 'body': 'a b', 'action': 'token'",
        "'kind': 'status', 'status': 200, 'body': '../../x', 'action': 'role'",
        "'kind': 'status', 'status': 200, 'body': '\\n', 'action': 'role'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        fault(faults[i]);
        expect(run(), AWS_ROLE_ERR_NOT_AWS, "");
        peer_process_do("{'verb': 'clear'}");
    }
}

static int
set_up(void **state)
{
    (void)state;
    peer_process_forget();
    exchange_start(&context.exchange, deadline_in(30000), 0, -1);
    context.metadata[0] = peer_process_port("imds_url");
    context.metadata[1] = NULL;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    exchange_end(&context.exchange);
    steps_wipe_output(&out);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_the_credentials_of_the_role),
        TEST(tells_the_region),
        TEST(never_uses_version_1),
        TEST(hints_at_the_hop_limit),
        TEST(tries_the_next_endpoint),
        TEST(tells_a_missing_role),
        TEST(tells_credentials_that_are_not_ready),
        TEST(does_not_take_anything_else),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("instance_metadata", tests, NULL, peer_process_stop);
}
