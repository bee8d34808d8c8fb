/* SPDX-License-Identifier: BSD-3-Clause */
/* A sign-in in a browser: what its port gives, what it takes, and when it ends. */
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

#include "common/error.h"
#include "tests/unit/http_client.h"

#define STATE "0a1b2c3d"
#define PAGE "https://eu-west-1.signin.aws.amazon.com/v1/authorize?state=" STATE "&scope=openid"
#define CALLBACK "/oauth/callback?code=c%2B1&state=" STATE
#define KEY "ASIA0000000000000001"

/* A LOGIN with a wish. */
static void
wish(int client, enum browser_wish browser)
{
    struct record record;

    record_start(&record, RECORD_LOGIN);
    record_put_number(&record, FIELD_BROWSER, browser);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
}

/* The port that the broker was asked with. */
static unsigned int
expect_login(struct served *served)
{
    struct record record;
    unsigned int port;

    served_expect(served, served->broker_fd, RECORD_LOGIN, &record);
    port = (unsigned int)record_number(&record, FIELD_PORT);
    assert_false(record_has(&record, FIELD_BROWSER));
    record_wipe(&record);
    return port;
}

/* The broker asks, with the page if there is one. */
static void
ask(struct served *served, const char *page)
{
    struct record record;

    record_start(&record, RECORD_ASK);
    record_put_text(&record, FIELD_ROLE, "developer");
    record_put_text(&record, FIELD_PROMPT, "Code: ");
    record_put_text(&record, FIELD_URL, page);
    assert_int_equal(record_send(served->broker_fd, &record, 0), 0);
    record_wipe(&record);
}

/* The path of the URL that a client is told, which is of the port that http_client asks then. */
static void
expect_ask(struct served *served, int client, char path[64])
{
    struct record record;
    unsigned int port;

    served_expect(served, client, RECORD_ASK, &record);
    assert_non_null(record_text(&record, FIELD_URL));
    assert_int_equal(sscanf(record_text(&record, FIELD_URL), "http://127.0.0.1:%u%63s", &port,
                            path), 2);
    assert_int_equal(strlen(path), 1 + 32);
    served->endpoint_address.sin_port = htons((uint16_t)port);
    record_wipe(&record);
}

/* A browser is waited for; the client that wished for it. */
static int
begin(struct served *served, char path[64])
{
    int client = served_connect(served);
    unsigned int port;

    wish(client, BROWSER_OPEN);
    port = expect_login(served);
    assert_int_equal(served->waits, 1);
    ask(served, PAGE);
    expect_ask(served, client, path);
    assert_int_equal(ntohs(served->endpoint_address.sin_port), port);
    return client;
}

static void
expect_status(struct served *served, const char *target, const char *more, int status)
{
    int client = http_client_connect(served);
    struct http_reply reply;

    http_client_request(served, client, "GET", target, more);
    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, status);
    assert_null(strstr(reply.head, STATE));
    http_client_free(&reply);
    http_client_expect_gone(served, client);
    close(client);
}

static void
expect_answer(struct served *served, const char *text)
{
    struct secret answer = SECRET_EMPTY;
    struct record record;

    served_expect(served, served->broker_fd, RECORD_ANSWER, &record);
    assert_int_equal(record_get_secret(&record, FIELD_ANSWER, &answer), 0);
    assert_string_equal(answer.data, text);
    secret_wipe(&answer);
    record_wipe(&record);
}

static int
connects(const struct served *served)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

    assert_true(client >= 0);
    r = connect(client, (const struct sockaddr *)&served->endpoint_address,
                sizeof served->endpoint_address);
    close(client);
    return r == 0;
}

static void
expect_closed(struct served *served)
{
    served_await(served, &served->waits, 0);
    assert_false(connects(served));
}

static void
a_browser_is_led_to_the_page(void **state)
{
    struct served *served = *state;
    struct http_reply reply;
    char path[64];
    int client = begin(served, path);

    http_client_get(served, path, &reply);
    assert_int_equal(reply.status, 302);
    assert_non_null(strstr(reply.head, "\r\nLocation: " PAGE "\r\n"));
    assert_non_null(strstr(reply.head, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(reply.head, "\r\nReferrer-Policy: no-referrer\r\n"));
    http_client_free(&reply);
    assert_string_equal(session_role(&served->session, NULL)->url, "");
    close(client);
}

static void
what_it_brings_is_the_answer(void **state)
{
    struct served *served = *state;
    char path[64];
    int client = begin(served, path);

    wish(client, BROWSER_WAIT);
    expect_status(served, CALLBACK, "Referer: https://eu-west-1.signin.aws.amazon.com/\r\n", 200);
    expect_answer(served, strchr(CALLBACK, '?') + 1);
    served_grant(served, "developer", KEY, 3600, 0);
    served_expect_grant(served, client, "developer", KEY);
    expect_closed(served);
    close(client);
}

/* The second finds nothing, whether the port is still there or not. */
static void
it_is_taken_once(void **state)
{
    struct served *served = *state;
    int client, first, second;
    struct http_reply reply;
    char path[64];

    client = begin(served, path);
    first = http_client_connect(served);
    second = http_client_connect(served);
    http_client_request(served, first, "GET", CALLBACK, "");
    http_client_request(served, second, "GET", CALLBACK, "");
    http_client_receive(served, first, &reply);
    assert_int_equal(reply.status, 200);
    http_client_free(&reply);
    http_client_receive(served, second, &reply);
    assert_true(reply.status == 0 || reply.status == 404);
    http_client_free(&reply);
    expect_answer(served, strchr(CALLBACK, '?') + 1);
    expect_closed(served);
    served_expect_no_question(served);
    close(first);
    close(second);
    close(client);
}

static void
everything_else_is_refused(void **state)
{
    static const char *const missing[] = {"/", "/favicon.ico", "/oauth/callback", "/oauth", "//x/",
                                          "/oauth/callback/?code=c&state=" STATE};
    static const char *const foreign[] = {"?code=c&state=x", "?code=c", "?", "?state",
                                          "?state=&state=" STATE, "?state=" STATE "0"};
    static const char *const headers[] = {"Origin: null\r\n", "X-Forwarded-For: 127.0.0.1\r\n"};
    struct served *served = *state;
    char path[64], target[128];
    int client = begin(served, path);

    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        expect_status(served, missing[i], "", 404);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        snprintf(target, sizeof target, "/oauth/callback%s", foreign[i]);
        expect_status(served, target, "", 400);
    }
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        expect_status(served, path, headers[i], 403);
    served_expect_no_question(served);
    assert_int_equal(served->waits, 1);
    close(client);
}

static void
time_ends_the_wait(void **state)
{
    struct served *served = *state;
    deadline_t start = deadline_now();
    char path[64];
    int client = begin(served, path);

    expect_closed(served);
    assert_true(deadline_now() - start >= SERVED_BROWSER_MS - SERVED_EARLY_MS);
    wish(client, BROWSER_WAIT);
    served_expect_why(served, client, RECORD_PENDING, NULL);
    served_expect_no_question(served);
    close(client);
}

static void
a_logout_ends_the_wait(void **state)
{
    struct served *served = *state;
    char path[64];
    int client = begin(served, path);

    served_request(client, RECORD_LOGOUT, NULL);
    served_expect_why(served, client, RECORD_NONE, NULL);
    assert_int_equal(served->waits, 0);
    assert_false(connects(served));
    close(client);
}

/* The same page for whoever wishes again; another for one who types, which ends it. */
static void
a_later_login_goes_on_or_ends_it(void **state)
{
    struct served *served = *state;
    char path[64], again[64];
    int client = begin(served, path), other = begin(served, again);
    struct record record;

    assert_string_equal(path, again);
    served_request(other, RECORD_LOGIN, NULL);
    assert_int_equal(expect_login(served), 0);
    ask(served, PAGE "&device=cross");
    served_expect(served, other, RECORD_ASK, &record);
    assert_string_equal(record_text(&record, FIELD_URL), PAGE "&device=cross");
    record_wipe(&record);
    assert_false(connects(served));
    close(client);
    close(other);
}

/* What another program asks meanwhile has its own answer, and holds the browser's up. */
static void
others_questions_do_not_disturb(void **state)
{
    struct served *served = *state;
    char path[64];
    int client = begin(served, path), other = served_connect(served);

    served_request(other, RECORD_GET, NULL);
    wish(client, BROWSER_WAIT);
    session_role(&served->session, NULL)->refresh.not_before = 0;
    close(other);
    other = served_connect(served);
    served_request(other, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, "developer");
    expect_status(served, CALLBACK, "", 200);
    served_expect_no_question(served);
    ask(served, NULL);
    expect_answer(served, strchr(CALLBACK, '?') + 1);
    served_refuse(served, RECORD_PENDING, "developer", "that is the sign-in of somebody else");
    served_expect_why(served, client, RECORD_PENDING, "that is the sign-in of somebody else");
    close(client);
    close(other);
}

/* A role that asks for something else is answered on the terminal. */
static void
without_a_page_there_is_no_port(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    struct record record;

    wish(client, BROWSER_OPEN);
    (void)expect_login(served);
    ask(served, NULL);
    served_expect(served, client, RECORD_ASK, &record);
    assert_false(record_has(&record, FIELD_URL));
    record_wipe(&record);
    assert_int_equal(served->waits, 0);
    close(client);
}

/* Both ports have a gate of their own. */
static void
the_endpoint_is_served_beside_it(void **state)
{
    struct served *served = *state;
    struct sockaddr_in endpoint = served->endpoint_address;
    char path[64];
    int client = begin(served, path), caller;

    assert_true(connects(served));
    served->endpoint_address = endpoint;
    caller = http_client_connect(served);
    http_client_request(served, caller, "GET", "/", "");
    http_client_expect(served, caller, 403, "AccessDenied");
    served_await(served, &served->waits, 0);
    close(caller);
    caller = http_client_connect(served);
    http_client_request(served, caller, "GET", "/x", HTTP_CLIENT_TOKEN);
    http_client_expect(served, caller, 404, "NotFound");
    close(caller);
    close(client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, served_set_up, served_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_browser_is_led_to_the_page),
        TEST(what_it_brings_is_the_answer),
        TEST(it_is_taken_once),
        TEST(everything_else_is_refused),
        cmocka_unit_test_setup_teardown(time_ends_the_wait, served_set_up_brief,
                                        served_tear_down),
        TEST(a_logout_ends_the_wait),
        TEST(a_later_login_goes_on_or_ends_it),
        TEST(others_questions_do_not_disturb),
        TEST(without_a_page_there_is_no_port),
        cmocka_unit_test_setup_teardown(the_endpoint_is_served_beside_it, served_set_up_listening,
                                        served_tear_down),
    };

    return cmocka_run_group_tests_name("browser", tests, NULL, NULL);
}
