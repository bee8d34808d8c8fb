/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that go with a proof of possession: each attempt has one of its own, of the right time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/dpop.h"
#include "helper/exchange.h"
#include "tests/unit/peer_process.h"

#define ATTEMPTS 3
/* A refresh token that the peer does not know: what is proved well is INVALID_REQUEST. */
#define BODY                                                                                       \
    "{\"clientId\":\"arn:aws:signin:::devtools/cross-device\",\"grantType\":\"refresh_token\","    \
    "\"refreshToken\":\"none\"}"

static struct exchange exchange;
static struct exchange_call call;
static struct secret key;
static struct buffer body;
static struct http_response response;
static struct reply_error error;
static struct failure why;
static char url[128];

static int
run(void)
{
    http_response_wipe(&response);
    why = (struct failure){.class = 0};
    return exchange_run(&exchange, &call, &response, &error, &why);
}

/* Every proof was good, since the peer looks at it first. */
static void
expect_proved(int r)
{
    if (r != AWS_ROLE_ERR_REFUSED || strcmp(error.code, "INVALID_REQUEST") != 0 ||
        strstr(error.message, "authorization grant is invalid") == NULL)
        fail_msg("%d, %s, %s (%s)", r, error.code, error.message, why.text);
}

static void
fault(const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'signin', %s}", rest);
}

static int
asked(void)
{
    return peer_process_count("signin", "refresh");
}

/*
 * That `count` requests came, over connections of their own, with a proof each, and no two of these
 * the same.
 */
static void
expect_proofs(size_t count)
{
    json_t *requests = peer_process_tell("{'verb': 'requests', 'service': 'signin'}");
    json_t *counts = peer_process_tell("{'verb': 'counts', 'service': 'signin'}");
    const char *proofs[2 * ATTEMPTS];

    assert_int_equal(json_array_size(requests), count);
    assert_int_equal(json_integer_value(json_object_get(counts, "connections")), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *headers = json_object_get(json_array_get(requests, i), "headers");

        proofs[i] = json_string_value(json_object_get(headers, "dpop"));
        assert_non_null(proofs[i]);
        assert_null(json_object_get(headers, "x-amz-date"));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(proofs[i], proofs[j]);
    }
    json_decref(requests);
    json_decref(counts);
}

static void
each_attempt_has_a_proof_of_its_own(void **state)
{
    static const char *const passing[] = {
        "'kind': 'throttle', 'status': 429, 'count': 2",
        "'kind': 'code', 'code': 'server_error', 'count': 2",
        "'kind': 'lost', 'count': 2",
        "'kind': 'truncated', 'count': 2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        peer_process_forget();
        fault(passing[i]);
        expect_proved(run());
        expect_proofs(ATTEMPTS);
    }
}

/* Over a connection that is used again curl would send the same one again by itself. */
static void
each_request_has_a_proof_of_its_own(void **state)
{
    (void)state;
    expect_proved(run());
    expect_proved(run());
    fault("'kind': 'lost', 'count': 1");
    expect_proved(run());
    expect_proofs(4);
}

static void
the_proof_is_of_the_servers_time(void **state)
{
    static const int skews[] = {3600, -3600, -40, 86400 * 400};

    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof skews[0]; i++) {
        char text[64];

        peer_process_forget();
        exchange_end(&exchange);
        exchange_start(&exchange, deadline_in(30000), 0, -1);
        snprintf(text, sizeof text, "'kind': 'skew', 'seconds': %d", skews[i]);
        fault(text);
        expect_proved(run());
        assert_int_equal(asked(), 2);
        assert_true(labs((long)exchange.clock_offset - skews[i]) <= 5);
        expect_proved(run()); /* knows it now */
        expect_proofs(3);
    }
}

static void
the_proof_is_of_the_time_that_is_given(void **state)
{
    (void)state;
    exchange_end(&exchange);
    exchange_start(&exchange, deadline_in(30000), -7200, -1);
    fault("'kind': 'skew', 'seconds': -7200");
    expect_proved(run());
    assert_int_equal(asked(), 1);
}

/* With a proof, a clock that is 20 s off may be what is wrong; without one, it cannot. */
static void
a_small_difference_matters_to_proofs_alone(void **state)
{
    static const struct {
        int seconds, proved, asked;
    } differences[] = {
        {8, 1, 1},
        {-8, 1, 1},
        {20, 1, 2},
        {-20, 1, 2},
        {20, 0, 1},
        {-20, 0, 1},
        {300, 0, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        char text[64];

        peer_process_forget();
        exchange_end(&exchange);
        exchange_start(&exchange, deadline_in(30000), 0, -1);
        call.proof_key = differences[i].proved ? &key : NULL;
        snprintf(text, sizeof text, "'kind': 'skew', 'seconds': %d", differences[i].seconds);
        fault(text);
        fault("'kind': 'code', 'code': 'TOKEN_EXPIRED'");
        assert_int_equal(run(), AWS_ROLE_ERR_DENIED);
        assert_int_equal(asked(), differences[i].asked);
        assert_int_equal(exchange.clock_offset != 0, differences[i].asked - 1);
    }
}

static void
what_is_sent_once_is_not_proved_again(void **state)
{
    (void)state;
    call.once = 1;
    fault("'kind': 'skew', 'seconds': 3600");
    assert_int_equal(run(), AWS_ROLE_ERR_SKEW);
    assert_int_equal(asked(), 1);
    expect_proved(run()); /* allowed for from now on */
    expect_proofs(2);
}

static void
what_is_no_key_sends_nothing(void **state)
{
    (void)state;
    assert_int_equal(secret_set(&key, "none", 4), 0);
    assert_int_equal(run(), AWS_ROLE_ERR_ARGUMENT);
    assert_non_null(strstr(why.text, "the request cannot be signed"));
    assert_int_equal(why.class, AWS_ROLE_ERR_ARGUMENT);
    assert_int_equal(asked(), 0);
}

static int
set_up(void **state)
{
    (void)state;
    peer_process_forget();
    exchange_start(&exchange, deadline_in(30000), 0, -1);
    snprintf(url, sizeof url, "%s/v1/token", peer_process_port("signin_plain_url"));
    buffer_start(&body, sizeof BODY);
    buffer_text(&body, BODY);
    call = (struct exchange_call){
        .method = "POST",
        .url = url,
        .accept = "application/json",
        .content_type = "application/json",
        .body = &body,
        .proof_key = &key,
        .connect_ms = 2000,
        .try_ms = 5000,
        .attempts = ATTEMPTS,
        .backoff_ms = 10,
    };
    return dpop_key_new(&key);
}

static int
tear_down(void **state)
{
    (void)state;
    http_response_wipe(&response);
    exchange_end(&exchange);
    secret_wipe(&key);
    buffer_wipe(&body);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_attempt_has_a_proof_of_its_own),
        TEST(each_request_has_a_proof_of_its_own),
        TEST(the_proof_is_of_the_servers_time),
        TEST(the_proof_is_of_the_time_that_is_given),
        TEST(a_small_difference_matters_to_proofs_alone),
        TEST(what_is_sent_once_is_not_proved_again),
        TEST(what_is_no_key_sends_nothing),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("exchange_proof", tests, NULL, peer_process_stop);
}
