/* SPDX-License-Identifier: BSD-3-Clause */
/* The container-credentials endpoint: what it gives, and when. */
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
#include <time.h>
#include <unistd.h>

#include "agent/gate.h"
#include "common/deadline.h"
#include "common/error.h"
#include "tests/unit/http_client.h"

#define OLD "ASIA0000000000000001"
#define NEW "ASIA0000000000000003"
#define LATE_MS 1000 /* what the JavaScript SDK waits for */

static unsigned int
port_of(const struct served *served)
{
    return ntohs(served->endpoint_address.sin_port);
}

static void
expect_text(const struct http_reply *reply, const char *name, const char *text)
{
    assert_string_equal(http_client_member(reply, name), text);
}

/* The time of an Expiration, which has one form. */
static time_t
read_expiration(const struct http_reply *reply)
{
    struct tm utc = {0};
    const char *text = http_client_member(reply, "Expiration");
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);

    assert_non_null(end);
    assert_string_equal(end, "");
    assert_int_equal(strlen(text), strlen("2006-01-02T15:04:05Z"));
    return timegm(&utc);
}

static void
the_default_role_is_given(void **state)
{
    struct served *served = *state;
    struct http_reply reply;
    time_t left;

    served_give_default(served, OLD, 3600, 0);
    http_client_get(served, "/", &reply);
    assert_int_equal(reply.status, 200);
    expect_text(&reply, "AccessKeyId", OLD);
    expect_text(&reply, "SecretAccessKey", "secret of it");
    expect_text(&reply, "Token", "token of it");
    expect_text(&reply, "AccountId", "123456789012");
    expect_text(&reply, "RoleArn", "arn:aws:iam::123456789012:role/developer");
    assert_int_equal(json_object_size(reply.body), 6);
    left = read_expiration(&reply) - time(NULL);
    assert_true(left > 3590 && left <= 3600);
    assert_non_null(strcasestr(reply.head, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strcasestr(reply.head, "\r\nCache-Control: no-store\r\n"));
    http_client_free(&reply);
    served_expect_no_question(served);
}

static void
another_role_is_given_by_name(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);

    served_give_default(served, OLD, 3600, 0);
    http_client_request(served, client, "GET", "/role/audit", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, "audit");
    served_grant(served, "audit", NEW, 3600, 0);
    http_client_expect_key(served, client, NEW);
    http_client_request(served, client, "GET", "/role/developer", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, OLD);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, OLD);
    served_expect_no_question(served);
    close(client);
}

/* The answer names the role that was asked for without a name. */
static void
the_first_request_asks(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);

    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_grant(served, "developer", OLD, 3600, 0);
    http_client_expect_key(served, client, OLD);
    close(client);
}

/* A session with keys gets its endpoint when somebody asks for it, and nothing listens before. */
static void
a_session_with_keys_has_it_on_demand(void **state)
{
    struct served *served = *state;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), asks = served_connect(served);
    struct record record;
    char uri[64];

    assert_int_equal(connect(client, (struct sockaddr *)&served->endpoint_address,
                             sizeof served->endpoint_address), -1);
    close(client);
    served_give_default(served, OLD, 3600, 0);
    for (int again = 0; again < 2; again++) {
        record_start(&record, RECORD_GET);
        record_put_number(&record, FIELD_EXPORT, EXPORT_ENDPOINT);
        assert_int_equal(record_send(asks, &record, 0), 0);
        record_wipe(&record);
        served_expect(served, asks, RECORD_GRANT, &record);
        snprintf(uri, sizeof uri, "http://127.0.0.1:%u/", port_of(served));
        assert_string_equal(record_text(&record, FIELD_ENDPOINT_URI), uri);
        assert_true(record_has(&record, FIELD_ENDPOINT_TOKEN));
        assert_false(record_has(&record, FIELD_ACCESS_KEY_ID));
        record_wipe(&record);
    }
    client = http_client_connect(served);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, OLD);
    close(client);
    close(asks);
}

static void
another_role_is_offered_by_its_path(void **state)
{
    struct served *served = *state;
    struct record record;
    char uri[64];

    served_give_default(served, OLD, 3600, 0);
    record_start(&record, RECORD_GRANT);
    assert_int_equal(endpoint_offer(served->endpoint, "audit", &record), 0);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/role/audit", port_of(served));
    assert_string_equal(record_text(&record, FIELD_ENDPOINT_URI), uri);
    record_wipe(&record);
}

/* Neither with a port that nobody could be told from strangers at, nor without one. */
static void
without_port_or_token_there_is_none(void **state)
{
    struct served *served = *state;
    const struct endpoint_events nobody = {NULL, NULL};
    struct secret token = SECRET_EMPTY;
    struct record record;
    struct endpoint *none;

    none = endpoint_new(served->base, served->port, &token, &served->session, served->broker,
                        &nobody);
    record_start(&record, RECORD_GRANT);
    assert_int_equal(endpoint_offer(none, "", &record), AWS_ROLE_ERR_NOT_FOUND);
    endpoint_free(none);
    assert_int_equal(secret_set(&token, SERVED_TOKEN, strlen(SERVED_TOKEN)), 0);
    none = endpoint_new(served->base, -1, &token, &served->session, served->broker, &nobody);
    assert_int_equal(endpoint_offer(none, "", &record), AWS_ROLE_ERR_NOT_FOUND);
    endpoint_free(none);
    assert_false(record_has(&record, FIELD_ENDPOINT_URI));
    assert_false(record_has(&record, FIELD_ENDPOINT_TOKEN));
    record_wipe(&record);
}

static void
one_connection_serves_many_requests(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);

    served_give_default(served, OLD, 3600, 0);
    for (int i = 0; i < 3; i++) { /* one after the other */
        http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
        http_client_expect_key(served, client, OLD);
        assert_int_equal(event_base_loop(served->base, EVLOOP_NONBLOCK), 0);
    }
    for (int i = 0; i < 3; i++) /* all at once */
        http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    for (int i = 0; i < 3; i++)
        http_client_expect_key(served, client, OLD);
    close(client);
}

/* A reply that the socket takes piece by piece is not cut off by the end of its connection. */
static void
the_end_comes_behind_the_reply(void **state)
{
    struct served *served = *state;
    int client, small = 1;
    struct http_reply reply;
    char *text = malloc(CREDENTIALS_TOKEN_MAX);
    struct credentials *held;
    char request[512];

    served_give_default(served, OLD, 3600, 0);
    memset(text, 't', CREDENTIALS_TOKEN_MAX);
    held = &session_role(&served->session, NULL)->credentials;
    assert_int_equal(secret_set(&held->session_token, text, CREDENTIALS_TOKEN_MAX), 0);
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&served->endpoint_address,
                             sizeof served->endpoint_address), 0);
    snprintf(request, sizeof request,
             "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n" HTTP_CLIENT_TOKEN
             "\r\n",
             port_of(served));
    http_client_send(client, request);
    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(strlen(http_client_member(&reply, "Token")), CREDENTIALS_TOKEN_MAX);
    http_client_free(&reply);
    http_client_expect_gone(served, client);
    close(client);
    free(text);
}

static void
a_request_may_come_in_pieces(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    char request[256];

    served_give_default(served, OLD, 3600, 0);
    snprintf(request, sizeof request,
             "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "\r\n", port_of(served));
    for (const char *at = request; *at != '\0'; at++) {
        assert_int_equal(send(client, at, 1, MSG_NOSIGNAL), 1);
        assert_int_equal(event_base_loop(served->base, EVLOOP_NONBLOCK), 0);
    }
    http_client_expect_key(served, client, OLD);
    close(client);
}

/* Longer than a time limit of a reply's would be. */
static void
a_connection_lives_as_long_as_it_speaks(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    deadline_t start = deadline_now();

    served_give_default(served, OLD, 7200, 0);
    while (deadline_now() - start < GATE_SILENCE_SECONDS * 1000 + 1500) {
        http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
        http_client_expect_key(served, client, OLD);
        served_turn(served); /* the tick's second */
        served_turn(served);
    }
    close(client);
}

static void
due_ones_are_fetched_and_waited_for(void **state)
{
    struct served *served = *state;
    int one = http_client_connect(served), two = http_client_connect(served);

    served_give_default(served, OLD, 3600, 0);
    served_make_stale(served);
    http_client_request(served, one, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_request(served, two, "GET", "/role/developer", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, "developer");
    served_expect_no_question(served);
    /* What a cache has is old, too, and no answer yet. */
    served_grant(served, "developer", OLD, 3600, 3000);
    served_expect_no_question(served);
    served_grant(served, "developer", NEW, 3600, 0);
    http_client_expect_key(served, one, NEW);
    http_client_expect_key(served, two, NEW);
    close(one);
    close(two);
}

static void
nobody_waits_for_a_second(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    deadline_t start = deadline_now();

    served_give_default(served, OLD, 3600, 0);
    served_make_stale(served);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, OLD);
    assert_true(deadline_now() - start >= ENDPOINT_WAIT_MS - SERVED_EARLY_MS);
    assert_true(deadline_now() - start < LATE_MS);
    served_expect_question(served, RECORD_ROLE, "developer");
    /* The question that hangs holds up nobody who comes later. */
    start = deadline_now();
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, OLD);
    assert_true(deadline_now() - start < ENDPOINT_WAIT_MS / 2);
    served_grant(served, "developer", NEW, 3600, 0);
    served_expect_no_question(served);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, NEW);
    close(client);
}

static void
a_failure_gives_the_old_ones(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);

    served_give_default(served, OLD, 3600, 0);
    served_make_stale(served);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, "developer");
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    http_client_expect_key(served, client, OLD);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, OLD);
    served_expect_no_question(served); /* it backs off */
    close(client);
}

/* A request whose answer says why there is nothing. */
static void
expect_why(struct served *served, const char *target, int status, const char *code,
           const char *message)
{
    struct http_reply reply;

    http_client_get(served, target, &reply);
    assert_int_equal(reply.status, status);
    expect_text(&reply, "Code", code);
    expect_text(&reply, "Message", message);
    http_client_free(&reply);
}

static void
nothing_valid_is_told(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    deadline_t start = deadline_now();

    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect(served, client, 503, "CredentialsNotAvailable");
    assert_true(deadline_now() - start < LATE_MS);
    close(client);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_refuse(served, RECORD_PENDING, "developer", "STS is away");
    served_expect_no_question(served);
    expect_why(served, "/", 503, "CredentialsNotAvailable", "STS is away");
    client = http_client_connect(served);
    http_client_request(served, client, "GET", "/role/other", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, "other");
    served_refuse(served, RECORD_NONE, "other", "not yours");
    http_client_expect(served, client, 404, "NoSuchRole");
    close(client);
    expect_why(served, "/role/other", 404, "NoSuchRole", "not yours");
}

/* The name of an account need not be UTF-8, which JSON has to be. */
static void
what_is_not_utf8_is_not_told(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);

    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_refuse(served, RECORD_PENDING, "developer", "\xfc" "ber");
    http_client_expect(served, client, 503, "CredentialsNotAvailable");
    close(client);
}

static void
what_is_forgotten_is_not_given(void **state)
{
    struct served *served = *state;
    int waits = http_client_connect(served), logout = served_connect(served);
    struct record record;

    served_give_default(served, OLD, 3600, 0);
    served_make_stale(served);
    http_client_request(served, waits, "GET", "/", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, "developer");
    served_request(logout, RECORD_LOGOUT, NULL);
    served_expect_why(served, logout, RECORD_NONE, NULL);
    served_expect(served, served->broker_fd, RECORD_FORGET, &record);
    record_wipe(&record);
    served_grant(served, "developer", NEW, 3600, 0); /* of before */
    http_client_expect(served, waits, 503, "CredentialsNotAvailable");
    close(waits);
    close(logout);
}

/* As many roles as a session remembers, and one more, all under way. */
static void
no_room_is_no_crash(void **state)
{
    struct served *served = *state;
    int clients[SESSION_ROLES_MAX + 1];
    char target[32];

    for (size_t i = 0; i <= SESSION_ROLES_MAX; i++) {
        clients[i] = http_client_connect(served);
        snprintf(target, sizeof target, "/role/r%zu", i);
        http_client_request(served, clients[i], "GET", target, HTTP_CLIENT_TOKEN);
        served_turn(served);
    }
    for (size_t i = 0; i <= SESSION_ROLES_MAX; i++) {
        http_client_expect(served, clients[i], 503, "CredentialsNotAvailable");
        close(clients[i]);
    }
    assert_int_equal(served->session.count, SESSION_ROLES_MAX);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, served_set_up_listening, served_tear_down)
#define TEST_WITH_KEYS(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, served_set_up, served_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_default_role_is_given),
        TEST(another_role_is_given_by_name),
        TEST(the_first_request_asks),
        TEST_WITH_KEYS(a_session_with_keys_has_it_on_demand),
        TEST_WITH_KEYS(another_role_is_offered_by_its_path),
        TEST_WITH_KEYS(without_port_or_token_there_is_none),
        TEST(one_connection_serves_many_requests),
        TEST(the_end_comes_behind_the_reply),
        TEST(a_request_may_come_in_pieces),
        TEST(a_connection_lives_as_long_as_it_speaks),
        TEST(due_ones_are_fetched_and_waited_for),
        TEST(nobody_waits_for_a_second),
        TEST(a_failure_gives_the_old_ones),
        TEST(nothing_valid_is_told),
        TEST(what_is_not_utf8_is_not_told),
        TEST(what_is_forgotten_is_not_given),
        TEST(no_room_is_no_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
