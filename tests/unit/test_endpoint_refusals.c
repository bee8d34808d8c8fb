/* SPDX-License-Identifier: BSD-3-Clause */
/* The container-credentials endpoint: to whom it gives nothing, and what it does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/gate.h"
#include "common/deadline.h"
#include "tests/unit/http_client.h"

#define KEY "ASIA0000000000000001"

static unsigned int
port_of(const struct served *served)
{
    return ntohs(served->endpoint_address.sin_port);
}

/* Each on a connection of its own, which ends; none of them reaches the broker. */
static void
expect_refused(struct served *served, const char *request, int status, const char *code)
{
    int client = http_client_connect(served);
    struct http_reply reply;

    http_client_send(client, request);
    http_client_expect(served, client, status, code);
    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 0);
    close(client);
}

static void
who_has_no_token_is_refused(void **state)
{
    static const char *const tokens[] = {
        "",
        "Authorization: \r\n",
        "Authorization: 0\r\n",
        "Authorization: 0123456789abcdef0123456789abcde\r\n",
        "Authorization: 0123456789abcdef0123456789abcdef0\r\n",
        "Authorization: 0123456789ABCDEF0123456789ABCDEF\r\n",
        "Authorization: Bearer " SERVED_TOKEN "\r\n",
        "Authorization: x\r\nAuthorization: " SERVED_TOKEN "\r\n",
        "X-Authorization: " SERVED_TOKEN "\r\n",
        "Cookie: Authorization=" SERVED_TOKEN "\r\n",
    };
    struct served *served = *state;
    char request[512];

    served_give_default(served, KEY, 3600, 0);
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n",
                 port_of(served), tokens[i]);
        expect_refused(served, request, 403, "AccessDenied");
    }
}

/* A request for a Host that is `before`, the port, and `after`. */
static void
make_request(const struct served *served, const char *before, const char *after, char *request,
             size_t size)
{
    snprintf(request, size, "GET / HTTP/1.1\r\nHost: %s%u%s\r\n" HTTP_CLIENT_TOKEN "\r\n", before,
             port_of(served), after);
}

static void
another_host_is_refused(void **state)
{
    static const char *const good[] = {"127.0.0.1:", "localhost:"};
    static const char *const bad[] = {"evil.example:", "",        "127.0.0.2:",      "127.0.0.1:1",
                                      "127.0.0.1:0",   "[::1]:",  "user@127.0.0.1:", "127.0.0.1.:",
                                      "127.0.0.1 ",    "Localhost:"};
    struct served *served = *state;
    char request[512];

    served_give_default(served, KEY, 3600, 0);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int client = http_client_connect(served);

        make_request(served, good[i], "", request, sizeof request);
        http_client_send(client, request);
        http_client_expect_key(served, client, KEY);
        close(client);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make_request(served, bad[i], "", request, sizeof request);
        expect_refused(served, request, 403, "AccessDenied");
    }
    make_request(served, "127.0.0.1:", ".", request, sizeof request);
    expect_refused(served, request, 403, "AccessDenied");
    expect_refused(served, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" HTTP_CLIENT_TOKEN "\r\n", 403,
                   "AccessDenied");
    expect_refused(served, "GET / HTTP/1.1\r\n" HTTP_CLIENT_TOKEN "\r\n", 403, "AccessDenied");
}

static void
browsers_and_proxies_are_refused(void **state)
{
    static const char *const headers[] = {"Origin: http://127.0.0.1", "Origin: null", "Origin:",
                                          "Referer: http://evil.example/",
                                          "X-Forwarded-For: 127.0.0.1"};
    struct served *served = *state;
    char request[512];

    served_give_default(served, KEY, 3600, 0);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        snprintf(request, sizeof request,
                 "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "%s\r\n\r\n",
                 port_of(served), headers[i]);
        expect_refused(served, request, 403, "AccessDenied");
    }
}

static void
other_targets_are_not_found(void **state)
{
    static const char *const targets[] = {
        "/x",       "/role",      "/role/",      "/role/a/b",       "/role/../x", "/role/%61",
        "//",       "//evil/",    "/?",          "/?role=audit",    "/#",         "/role/a?b",
        "*",        "/role/a%00", "/role/'",     "http://evil/",    "x:/",        "/role/audit/",
        "/ROLE/audit"};
    struct served *served = *state;
    char request[512];

    served_give_default(served, KEY, 3600, 0);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "\r\n", targets[i],
                 port_of(served));
        expect_refused(served, request, 404, "NotFound");
    }
    snprintf(request, sizeof request,
             "GET http://127.0.0.1:%u/ HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "\r\n",
             port_of(served), port_of(served));
    expect_refused(served, request, 404, "NotFound");
    served_expect_no_question(served);
}

static void
other_methods_are_refused(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"};
    struct served *served = *state;
    struct http_reply reply;
    char request[512];
    int client;

    served_give_default(served, KEY, 3600, 0);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        snprintf(request, sizeof request,
                 "%s / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "\r\n", methods[i],
                 port_of(served));
        expect_refused(served, request, 405, "MethodNotAllowed");
    }
    client = http_client_connect(served);
    http_client_request(served, client, "HEAD", "/", HTTP_CLIENT_TOKEN);
    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 405);
    assert_true(reply.ended); /* with no body, whose length nobody has told */
    assert_null(reply.body);
    close(client);
    client = http_client_connect(served);
    http_client_request(served, client, "BREW", "/", HTTP_CLIENT_TOKEN);
    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 501);
    http_client_free(&reply);
    close(client);
}

/* Nobody sends one; GET is answered whether one comes or not. */
static void
a_body_changes_nothing(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    char request[512];

    served_give_default(served, KEY, 3600, 0);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN "Content-Length: 0\r\n");
    http_client_expect_key(served, client, KEY);
    close(client);
    snprintf(request, sizeof request,
             "POST / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN
             "Content-Length: 4\r\n\r\nbody",
             port_of(served));
    expect_refused(served, request, 405, "MethodNotAllowed");
}

/* Refused or dropped, before any of it has been kept for long. */
static void
expect_bad(struct served *served, const char *request)
{
    int client = http_client_connect(served);
    struct http_reply reply;

    http_client_send(client, request);
    http_client_receive(served, client, &reply);
    assert_true(reply.status == 0 || reply.status == 400 || reply.status == 403 ||
                reply.status == 413 || reply.status == 417);
    assert_string_equal(http_client_member(&reply, "AccessKeyId"), "");
    http_client_free(&reply);
    close(client);
}

static void
what_is_no_request_is_refused(void **state)
{
    static const char *const requests[] = {
        "x\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1 x\r\n\r\n",
        "GET / SMTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: no name\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: first\r\n\r\n",
        "GET /\x01\xff HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1025\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: nothing\r\n\r\nx",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n", /* TLS */
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    struct served *served = *state;

    served_give_default(served, KEY, 3600, 0);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        expect_bad(served, requests[i]);
    served_await(served, &served->callers, 0);
    served_expect_no_question(served);
}

static void
much_of_anything_is_refused(void **state)
{
    struct served *served = *state;
    static char request[32768], much[24001];

    served_give_default(served, KEY, 3600, 0);
    memset(much, 'a', 16000);
    snprintf(request, sizeof request, "GET /%s HTTP/1.1\r\n\r\n", much); /* a target */
    expect_bad(served, request);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s", much); /* a header */
    expect_bad(served, request);
    for (size_t i = 0; i < sizeof much - 1; i += 6)
        memcpy(much + i, "a: b\r\n", 6);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\n%s\r\n", much); /* headers */
    expect_bad(served, request);
}

static void
old_http_is_answered_once(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    struct http_reply reply;
    char request[256];

    served_give_default(served, KEY, 3600, 0);
    snprintf(request, sizeof request,
             "GET / HTTP/1.0\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "\r\n", port_of(served));
    http_client_send(client, request);
    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(http_client_member(&reply, "AccessKeyId"), KEY);
    assert_true(reply.ended);
    http_client_free(&reply);
    close(client);
    expect_refused(served, "GET / HTTP/1.0\r\n" HTTP_CLIENT_TOKEN "\r\n", 403, "AccessDenied");
}

static void
half_a_request_is_dropped(void **state)
{
    struct served *served = *state;
    int half = http_client_connect(served), silent = http_client_connect(served);
    deadline_t start = deadline_now();

    http_client_send(half, "GET / HTTP/1.1\r\nHost: ");
    http_client_expect_gone(served, half);
    http_client_expect_gone(served, silent);
    assert_true(deadline_now() - start >= GATE_SILENCE_SECONDS * 1000 - SERVED_EARLY_MS);
    assert_true(deadline_now() - start < GATE_SILENCE_SECONDS * 1000 + 2000);
    served_await(served, &served->callers, 0);
    close(half);
    close(silent);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, served_set_up_listening, served_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_has_no_token_is_refused),
        TEST(another_host_is_refused),
        TEST(browsers_and_proxies_are_refused),
        TEST(other_targets_are_not_found),
        TEST(other_methods_are_refused),
        TEST(a_body_changes_nothing),
        TEST(what_is_no_request_is_refused),
        TEST(much_of_anything_is_refused),
        TEST(old_http_is_answered_once),
        TEST(half_a_request_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
