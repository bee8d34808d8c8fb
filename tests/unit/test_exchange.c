/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "helper/exchange.h"
#include "tests/unit/peer_process.h"

#define ACTION "GetCallerIdentity"

static struct exchange exchange;
static struct exchange_call call;
static struct credentials credentials;
static struct buffer body;
static struct http_response response;
static struct reply_error error;
static struct failure why;

static int
run(void)
{
    http_response_wipe(&response);
    why = (struct failure){.class = 0};
    return exchange_run(&exchange, &call, &response, &error, &why);
}

static void
expect(int r, int class, const char *words)
{
    if (r != class || strstr(why.text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, why.text, class, words);
    if (class != 0)
        assert_int_equal(why.class, class);
}

static void
fault(const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'sts', %s}", rest);
}

static int
asked(void)
{
    return peer_process_count("sts", ACTION);
}

static void
is_answered_at_once(void **state)
{
    (void)state;
    expect(run(), 0, "");
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(buffer_string(&response.body), "user/deploy"));
    assert_int_equal(asked(), 1);
    call.url = peer_process_port("sts_url");
    expect(run(), 0, "");
}

static void
signs_with_a_session_token(void **state)
{
    (void)state;
    peer_process_become(&credentials, "arn:aws:iam::123456789012:role/Bastion");
    expect(run(), 0, "");
    assert_non_null(strstr(buffer_string(&response.body), "assumed-role/Bastion"));
}

static void
asks_again_after_passing_faults(void **state)
{
    static const char *const passing[] = {
        "'kind': 'throttle', 'count': 2",
        "'kind': 'throttle', 'status': 429, 'count': 2",
        "'kind': 'status', 'status': 503, 'count': 2",
        "'kind': 'status', 'status': 500, 'count': 1",
        "'kind': 'wrong_type', 'status': 502, 'count': 1",
        "'kind': 'closed', 'at': 'request', 'count': 2",
        "'kind': 'reset', 'count': 1",
        "'kind': 'truncated', 'count': 2",
        "'kind': 'code', 'code': 'IDPCommunicationError', 'count': 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        print_message("    %s\n", passing[i]);
        fault(passing[i]);
        expect(run(), 0, "");
        peer_process_do("{'verb': 'clear'}");
    }
}

static void
gives_up_after_its_attempts(void **state)
{
    (void)state;
    fault("'kind': 'throttle'");
    expect(run(), AWS_ROLE_ERR_RETRY, "Throttling");
    assert_string_equal(why.code, "Throttling");
    assert_int_equal(asked(), 3);
    peer_process_forget();
    fault("'kind': 'status', 'status': 503");
    expect(run(), AWS_ROLE_ERR_RETRY, "503 (text/html)");
    assert_int_equal(asked(), 3);
}

static void
takes_a_no_for_a_no(void **state)
{
    static const struct {
        const char *fault;
        int class;
    } definite[] = {
        {"'kind': 'code', 'code': 'AccessDenied', 'message': 'm'", AWS_ROLE_ERR_DENIED},
        {"'kind': 'code', 'code': 'ValidationError', 'message': 'm'", AWS_ROLE_ERR_REFUSED},
        {"'kind': 'code', 'code': 'ExpiredToken', 'message': 'm'", AWS_ROLE_ERR_DENIED},
        {"'kind': 'status', 'status': 404", AWS_ROLE_ERR_NOT_AWS},
        {"'kind': 'redirect', 'location': 'https://sts.amazonaws.com/'", AWS_ROLE_ERR_NOT_AWS},
        {"'kind': 'huge'", AWS_ROLE_ERR_NOT_AWS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof definite / sizeof definite[0]; i++) {
        peer_process_do("{'verb': 'reset'}");
        fault(definite[i].fault);
        expect(run(), definite[i].class, "");
        assert_int_equal(asked(), 1);
        peer_process_do("{'verb': 'clear'}");
    }
    expect(run(), 0, "");
}

static void
corrects_its_clock(void **state)
{
    static const int skews[] = {3600, -3600, 86400 * 400};

    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof skews[0]; i++) {
        char skew[64];

        peer_process_do("{'verb': 'reset'}");
        snprintf(skew, sizeof skew, "'kind': 'skew', 'seconds': %d", skews[i]);
        fault(skew);
        expect(run(), 0, "");
        assert_int_equal(asked(), 2);
        assert_true(labs((long)exchange.clock_offset - skews[i]) <= 5);
        expect(run(), 0, ""); /* knows it now */
        assert_int_equal(asked(), 3);
        assert_true(llabs((long long)exchange_issuer_now(&exchange, &response) -
                          (long long)time(NULL) - skews[i]) <= 5);
        peer_process_do("{'verb': 'clear'}");
    }
    expect(run(), 0, ""); /* and back */
}

static void
keeps_an_offset_for_each_host(void **state)
{
    (void)state;
    fault("'kind': 'skew', 'seconds': 3600");
    expect(run(), 0, "");
    peer_process_forget();
    assert_int_equal(exchange.host_count, 1);
    call.url = peer_process_port("sts_url"); /* localhost: another name, the right time */
    expect(run(), 0, "");
    assert_int_equal(asked(), 2);
    assert_int_equal(exchange.host_count, 2);
    assert_true(exchange.hosts[0].offset > 3500 && labs((long)exchange.hosts[1].offset) <= 5);
}

static void
starts_with_the_offset_it_is_given(void **state)
{
    (void)state;
    exchange_end(&exchange);
    exchange_start(&exchange, deadline_in(30000), 7200, -1);
    fault("'kind': 'skew', 'seconds': 7200");
    expect(run(), 0, "");
    assert_int_equal(asked(), 1);
}

static void
tells_a_clock_that_cannot_be_corrected(void **state)
{
    (void)state;
    fault("'kind': 'skew', 'seconds': 3600");
    fault("'kind': 'bad_date', 'value': null");
    expect(run(), AWS_ROLE_ERR_SKEW, "this host's clock is wrong");
    assert_int_equal(asked(), 1);
}

static void
tells_a_wrong_key_from_a_wrong_clock(void **state)
{
    (void)state;
    assert_int_equal(secret_set(&credentials.secret_access_key, "wrong", 5), 0);
    expect(run(), AWS_ROLE_ERR_DENIED, "SignatureDoesNotMatch");
    assert_int_equal(asked(), 1);
    assert_int_equal(exchange.clock_offset, 0);
}

static void
never_sends_a_code_twice(void **state)
{
    static const struct {
        const char *fault;
        int class;
    } answers[] = {
        {"'kind': 'throttle'", AWS_ROLE_ERR_RETRY},
        {"'kind': 'status', 'status': 503", AWS_ROLE_ERR_RETRY},
        {"'kind': 'closed', 'at': 'request'", AWS_ROLE_ERR_UNREACHABLE},
        {"'kind': 'truncated'", AWS_ROLE_ERR_UNREACHABLE},
        {"'kind': 'skew', 'seconds': 3600", AWS_ROLE_ERR_SKEW},
    };

    (void)state;
    call.once = 1;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        peer_process_do("{'verb': 'reset'}");
        fault(answers[i].fault);
        expect(run(), answers[i].class, "");
        assert_int_equal(asked(), 1);
        peer_process_do("{'verb': 'clear'}");
    }
    call.url = "https://127.0.0.1:1"; /* nobody has seen it: it may be sent again */
    expect(run(), AWS_ROLE_ERR_UNREACHABLE, "connection refused");
}

static void
ends_by_its_deadline(void **state)
{
    deadline_t late = deadline_in(3000);

    (void)state;
    exchange_end(&exchange);
    exchange_start(&exchange, deadline_in(700), 0, -1);
    call.backoff_ms = 60000;
    fault("'kind': 'silent', 'at': 'request'");
    expect(run(), AWS_ROLE_ERR_UNREACHABLE, "no answer from 127.0.0.1 within 1 s");
    expect(run(), AWS_ROLE_ERR_UNREACHABLE, "");
    assert_true(deadline_now() < late);
    exchange.give_up = 0;
    expect(run(), AWS_ROLE_ERR_UNREACHABLE, "no time was left");
}

static void
ends_when_nobody_waits(void **state)
{
    deadline_t late = deadline_in(5000);
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    close(pair[1]);
    exchange_end(&exchange);
    exchange_start(&exchange, deadline_in(30000), 0, pair[0]);
    call.backoff_ms = 20000;
    fault("'kind': 'throttle'");
    assert_int_not_equal(run(), 0);
    assert_true(deadline_now() < late);
    assert_true(asked() <= 1);
    close(pair[0]);
}

static void
refuses_an_endpoint_that_is_none(void **state)
{
    (void)state;
    call.url = "sts.amazonaws.com";
    expect(run(), AWS_ROLE_ERR_REFUSED, "no https:// URL");
}

static int
set_up(void **state)
{
    (void)state;
    peer_process_forget();
    exchange_start(&exchange, deadline_in(30000), 0, -1);
    peer_process_use(&credentials, PEER_PROCESS_DEPLOY);
    buffer_start(&body, 1000);
    buffer_text(&body, "Action=" ACTION "&Version=2011-06-15");
    call = (struct exchange_call){
        .method = "POST",
        .url = peer_process_port("sts_plain_url"),
        .accept = "application/json",
        .content_type = "application/x-www-form-urlencoded; charset=utf-8",
        .body = &body,
        .credentials = &credentials,
        .region = "ap-northeast-1",
        .service = "sts",
        .ca_bundle = peer_process_port("ca_bundle"),
        .connect_ms = 2000,
        .try_ms = 5000,
        .attempts = 3,
        .backoff_ms = 10,
    };
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    http_response_wipe(&response);
    exchange_end(&exchange);
    credentials_wipe(&credentials);
    buffer_wipe(&body);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_answered_at_once),
        TEST(signs_with_a_session_token),
        TEST(asks_again_after_passing_faults),
        TEST(gives_up_after_its_attempts),
        TEST(takes_a_no_for_a_no),
        TEST(corrects_its_clock),
        TEST(keeps_an_offset_for_each_host),
        TEST(starts_with_the_offset_it_is_given),
        TEST(tells_a_clock_that_cannot_be_corrected),
        TEST(tells_a_wrong_key_from_a_wrong_clock),
        TEST(never_sends_a_code_twice),
        TEST(ends_by_its_deadline),
        TEST(ends_when_nobody_waits),
        TEST(refuses_an_endpoint_that_is_none),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("exchange", tests, NULL, peer_process_stop);
}
