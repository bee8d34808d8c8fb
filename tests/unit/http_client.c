/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/http_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/deadline.h"

int
http_client_connect(const struct served *served)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&served->endpoint_address,
                             sizeof served->endpoint_address), 0);
    return client;
}

void
http_client_send(int client, const char *text)
{
    assert_int_equal(send(client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

void
http_client_request(const struct served *served, int client, const char *method,
                    const char *target, const char *more)
{
    char text[8192];

    snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n", method, target,
             ntohs(served->endpoint_address.sin_port), more);
    http_client_send(client, text);
}

/* How long the body is that follows the headers; -1: until the end. */
static long
body_length(const char *head, int status)
{
    const char *header = strcasestr(head, "\r\nContent-Length: ");

    if (header != NULL)
        return strtol(header + strlen("\r\nContent-Length: "), NULL, 10);
    return status == 100 ? 0 : -1;
}

/* Reads one more byte, or lets the agent work; 0: the end. */
static int
read_byte(struct served *served, int client, char *byte, deadline_t deadline)
{
    ssize_t got;

    while ((got = recv(client, byte, 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN) {
        assert_true(deadline_left(deadline) > 0);
        served_turn(served);
    }
    return got > 0; /* ECONNRESET is an end, too */
}

void
http_client_receive(struct served *served, int client, struct http_reply *reply)
{
    deadline_t deadline = deadline_in(SERVED_PATIENCE_MS);
    char body[65536];
    size_t head = 0, size = 0;
    long left;

    memset(reply, 0, sizeof *reply);
    while (strstr(reply->head, "\r\n\r\n") == NULL && head < sizeof reply->head - 1) {
        if (!read_byte(served, client, reply->head + head, deadline)) {
            assert_int_equal(head, 0); /* nothing, or all of it */
            reply->ended = 1;
            return;
        }
        head++;
    }
    assert_int_equal(sscanf(reply->head, "HTTP/1.%*d %d ", &reply->status), 1);
    left = body_length(reply->head, reply->status);
    while (left != 0 && size < sizeof body) {
        if (!read_byte(served, client, body + size, deadline)) {
            assert_true(left < 0);
            reply->ended = 1;
            break;
        }
        size++;
        left -= left > 0;
    }
    reply->body = json_loadb(body, size, 0, NULL);
}

void
http_client_free(struct http_reply *reply)
{
    json_decref(reply->body);
}

const char *
http_client_member(const struct http_reply *reply, const char *name)
{
    const char *text = json_string_value(json_object_get(reply->body, name));

    return text == NULL ? "" : text;
}

void
http_client_get(struct served *served, const char *target, struct http_reply *reply)
{
    int client = http_client_connect(served);

    http_client_request(served, client, "GET", target, HTTP_CLIENT_TOKEN);
    http_client_receive(served, client, reply);
    close(client);
}

void
http_client_expect(struct served *served, int client, int status, const char *code)
{
    struct http_reply reply;

    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, status);
    assert_string_equal(http_client_member(&reply, "code"), code);
    assert_string_equal(http_client_member(&reply, "Code"), code);
    assert_string_equal(http_client_member(&reply, "message"),
                        http_client_member(&reply, "Message"));
    assert_non_null(strcasestr(reply.head, "\r\nContent-Type: application/json\r\n"));
    http_client_free(&reply);
}

void
http_client_expect_key(struct served *served, int client, const char *id)
{
    struct http_reply reply;

    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(http_client_member(&reply, "AccessKeyId"), id);
    http_client_free(&reply);
}

void
http_client_expect_gone(struct served *served, int client)
{
    struct http_reply reply;

    http_client_receive(served, client, &reply);
    assert_int_equal(reply.status, 0);
    http_client_free(&reply);
}
