/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "helper/confine.h"
#include "helper/http.h"
#include "tests/unit/peer_process.h"
#include "tests/unit/probe.h"

static struct http *http;
static struct http_response response;
static struct failure why;
static const char *ca_bundle, *proxy;

/* A GET that may take `milliseconds`; the outcome. */
static int
get(const char *url, int milliseconds)
{
    struct http_request request = {.method = "GET",
                                   .url = url,
                                   .ca_bundle = ca_bundle,
                                   .proxy = proxy,
                                   .connect_ms = milliseconds,
                                   .deadline = deadline_in((uint64_t)milliseconds)};

    http_response_wipe(&response);
    why = (struct failure){.class = 0};
    return http_send(http, &request, &response, &why);
}

static void
expect(int r, int class, const char *words)
{
    if (r != class || strstr(why.text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, why.text, class, words);
}

static void
fault(const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'sts', %s}", rest);
}

static void
takes_an_answer_of_any_status(void **state)
{
    (void)state;
    expect(get(peer_process_port("sts_plain_url"), 5000), 0, "");
    assert_int_equal(response.status, 403);
    assert_true(response.body.size > 0);
    assert_string_equal(response.content_type, "text/xml");
    assert_int_not_equal(response.request_id[0], '\0');
    assert_true(llabs((long long)response.date - (long long)time(NULL)) <= 5);
    assert_true(response.sent);
}

static void
verifies_certificates(void **state)
{
    static const struct {
        const char *certificate, *words;
    } bad[] = {
        {"wrong_name", "is for another name"},
        {"expired", "has expired, or this host's clock is ahead"},
        {"not_yet_valid", "is not valid yet: this host's clock is behind"},
        {"self_signed", "is not signed by an authority in"},
        {"other_ca", "is not signed by an authority in"},
    };

    (void)state;
    expect(get(peer_process_port("sts_url"), 5000), 0, "");
    assert_int_equal(response.status, 403);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        expect(get(peer_process_bad_url(bad[i].certificate), 5000), AWS_ROLE_ERR_UNREACHABLE,
               bad[i].words);
        assert_false(response.transient);
        assert_false(response.sent);
    }
    ca_bundle = NULL;
    expect(get(peer_process_port("sts_url"), 5000), AWS_ROLE_ERR_UNREACHABLE,
           "set ca_bundle to a file");
    ca_bundle = "/no/such/bundle";
    expect(get(peer_process_port("sts_url"), 5000), AWS_ROLE_ERR_REFUSED,
           "/no/such/bundle cannot be read");
    ca_bundle = "/dev/null";
    expect(get(peer_process_port("sts_url"), 5000), AWS_ROLE_ERR_REFUSED,
           "/dev/null cannot be read");
}

static void
never_follows_redirects(void **state)
{
    (void)state;
    fault("'kind': 'redirect', 'location': 'http://127.0.0.1:1/elsewhere'");
    expect(get(peer_process_port("sts_plain_url"), 5000), 0, "");
    assert_int_equal(response.status, 302);
}

static void
bounds_what_it_reads(void **state)
{
    (void)state;
    fault("'kind': 'huge', 'count': 1");
    expect(get(peer_process_port("sts_plain_url"), 5000), AWS_ROLE_ERR_NOT_AWS,
           "more than any answer");
    assert_true(response.body.size <= HTTP_BODY_MAX);
    fault("'kind': 'huge', 'endless': true, 'count': 1");
    expect(get(peer_process_port("sts_plain_url"), 5000), AWS_ROLE_ERR_NOT_AWS,
           "more than any answer");
    fault("'kind': 'header_flood', 'endless': true, 'count': 1");
    expect(get(peer_process_port("sts_plain_url"), 5000), AWS_ROLE_ERR_NOT_AWS,
           "more than any answer");
    assert_false(response.transient);
}

static void
bounds_how_long_it_waits(void **state)
{
    static const char *const faults[] = {
        "'kind': 'silent', 'at': 'accept', 'count': 1",
        "'kind': 'silent', 'at': 'request', 'count': 1",
        "'kind': 'dribble', 'seconds': 0.1, 'count': 1",
        "'kind': 'dribble', 'seconds': 0.1, 'part': 'body', 'count': 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        deadline_t late = deadline_in(3000);

        http_close(http);
        assert_int_equal(http_open(&http, -1), 0);
        fault(faults[i]);
        expect(get(peer_process_port("sts_plain_url"), 500), AWS_ROLE_ERR_UNREACHABLE,
               "no answer from 127.0.0.1 within 1 s");
        assert_true(response.transient);
        assert_true(deadline_now() < late);
        peer_process_do("{'verb': 'clear'}");
    }
    fault("'kind': 'silent', 'at': 'accept', 'count': 1");
    expect(get(peer_process_port("sts_url"), 500), AWS_ROLE_ERR_UNREACHABLE, "within 1 s");
    assert_false(response.sent);
}

static void
tells_a_broken_connection(void **state)
{
    static const char *const faults[] = {
        "'kind': 'truncated', 'count': 1",
        "'kind': 'closed', 'at': 'request', 'count': 1",
        "'kind': 'reset', 'count': 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        http_close(http);
        assert_int_equal(http_open(&http, -1), 0);
        fault(faults[i]);
        expect(get(peer_process_port("sts_plain_url"), 5000), AWS_ROLE_ERR_UNREACHABLE,
               "closed the connection before its answer was complete");
        assert_true(response.transient);
        assert_true(response.sent);
    }
}

static void
tells_who_does_not_answer(void **state)
{
    (void)state;
    expect(get("https://127.0.0.1:1", 2000), AWS_ROLE_ERR_UNREACHABLE,
           "connection refused by 127.0.0.1");
    assert_true(response.transient);
    expect(get("https://no-such-host.invalid", 5000), AWS_ROLE_ERR_UNREACHABLE,
           "no address for no-such-host.invalid");
    proxy = "http://127.0.0.1:1";
    expect(get("https://sts.example", 2000), AWS_ROLE_ERR_UNREACHABLE,
           "connection refused by http://127.0.0.1:1");
    proxy = "http://no-such-proxy.invalid:3128";
    expect(get("https://sts.example", 5000), AWS_ROLE_ERR_UNREACHABLE, "no address for the proxy");
    proxy = peer_process_port("sts_plain_url"); /* no proxy: it does not know CONNECT */
    expect(get("https://sts.example", 5000), AWS_ROLE_ERR_UNREACHABLE,
           "when asked for sts.example");
}

static void
tells_where_no_tls_is(void **state)
{
    char url[128];

    (void)state;
    snprintf(url, sizeof url, "https://%s", peer_process_port("sts_plain_url") + strlen("http://"));
    expect(get(url, 5000), AWS_ROLE_ERR_UNREACHABLE, "no TLS with 127.0.0.1");
    assert_false(response.sent);
}

static void
ignores_a_date_that_is_none(void **state)
{
    (void)state;
    fault("'kind': 'bad_date', 'value': 'never'");
    expect(get(peer_process_port("sts_plain_url"), 5000), 0, "");
    assert_int_equal(response.date, -1);
}

static void
sends_plain_http_nowhere_else(void **state)
{
    (void)state;
    expect(get("http://192.0.2.1/", 2000), AWS_ROLE_ERR_REFUSED, "plain http is for loopback");
    assert_false(response.sent);
    assert_false(response.transient);
    expect(get("http://[2001:db8::1]/", 2000), AWS_ROLE_ERR_REFUSED, "plain http is for loopback");
    /* Plain http to this host does not go through a proxy. */
    proxy = "http://127.0.0.1:1";
    expect(get(peer_process_port("sts_plain_url"), 5000), 0, "");
}

static void
refuses_other_urls(void **state)
{
    (void)state;
    expect(get("file:///etc/passwd", 1000), AWS_ROLE_ERR_REFUSED, "no https:// URL");
    expect(get("https://user:password@host/", 1000), AWS_ROLE_ERR_REFUSED, "no https:// URL");
    proxy = "socks5://127.0.0.1:1";
    expect(get("https://host/", 1000), AWS_ROLE_ERR_REFUSED, "no https:// URL");
}

static void
reads_no_environment(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    expect(get(peer_process_port("sts_plain_url"), 5000), 0, "");
    expect(get(peer_process_port("sts_url"), 5000), 0, "");
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
}

static void
ends_when_nobody_waits(void **state)
{
    int pair[2];
    deadline_t late = deadline_in(5000);

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    http_close(http);
    assert_int_equal(http_open(&http, pair[0]), 0);
    fault("'kind': 'silent', 'at': 'request', 'count': 1");
    close(pair[1]);
    expect(get(peer_process_port("sts_plain_url"), 20000), AWS_ROLE_ERR_PEER_GONE, "");
    assert_true(deadline_now() < late);
    close(pair[0]);
}

static void
sends_what_it_is_given(void **state)
{
    const struct http_header headers[] = {{"Host", "sts.amazonaws.com"}, {"X-Thing", "a b"}};
    struct http_request request = {.method = "POST",
                                   .url = peer_process_port("sts_plain_url"),
                                   .headers = headers,
                                   .header_count = 2,
                                   .connect_ms = 5000,
                                   .deadline = deadline_in(5000)};
    struct buffer body;
    const json_t *seen;
    json_t *requests;

    (void)state;
    buffer_start(&body, 100000);
    for (int i = 0; i < 8000; i++)
        buffer_text(&body, "a=b&");
    request.body = &body;
    assert_int_equal(http_send(http, &request, &response, &why), 0);
    requests = peer_process_tell("{'verb': 'requests', 'service': 'sts', 'last': 1}");
    seen = json_object_get(json_array_get(requests, 0), "headers");
    assert_string_equal(json_string_value(json_object_get(seen, "host")), "sts.amazonaws.com");
    assert_string_equal(json_string_value(json_object_get(seen, "x-thing")), "a b");
    assert_string_equal(json_string_value(json_object_get(seen, "content-length")), "32000");
    assert_null(json_object_get(seen, "expect"));
    assert_null(json_object_get(seen, "content-type"));
    assert_null(json_object_get(seen, "accept-encoding"));
    assert_null(json_object_get(seen, "cookie"));
    json_decref(requests);
    buffer_wipe(&body);
}

static int
confine_with_bundle(void)
{
    return confine(&ca_bundle, 1);
}

static int
get_anew(void)
{
    http_close(http);
    if (http_open(&http, -1) != 0 || get(peer_process_port("sts_url"), 5000) != 0)
        return PROBE_FAILED;
    return response.status == 403 ? PROBE_WORKS : PROBE_FAILED;
}

/* What sockets and TLS take is left by helper/confine.h; libcurl resolves localhost itself. */
static void
works_confined(void **state)
{
    (void)state;
    assert_int_equal(probe_run(confine_with_bundle, get_anew), PROBE_WORKS);
}

static int
set_up(void **state)
{
    (void)state;
    ca_bundle = peer_process_port("ca_bundle");
    proxy = NULL;
    peer_process_do("{'verb': 'clear'}");
    return http_open(&http, -1);
}

static int
tear_down(void **state)
{
    (void)state;
    http_response_wipe(&response);
    http_close(http);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_an_answer_of_any_status),
        TEST(verifies_certificates),
        TEST(never_follows_redirects),
        TEST(bounds_what_it_reads),
        TEST(bounds_how_long_it_waits),
        TEST(tells_a_broken_connection),
        TEST(tells_who_does_not_answer),
        TEST(tells_where_no_tls_is),
        TEST(ignores_a_date_that_is_none),
        TEST(sends_plain_http_nowhere_else),
        TEST(refuses_other_urls),
        TEST(reads_no_environment),
        TEST(ends_when_nobody_waits),
        TEST(sends_what_it_is_given),
        TEST(works_confined),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("http", tests, NULL, peer_process_stop);
}
