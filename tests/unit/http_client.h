/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_HTTP_CLIENT_H
#define AWS_ROLE_TESTS_UNIT_HTTP_CLIENT_H

#include <jansson.h>

#include "tests/unit/served.h"

/* A client of the endpoint that says exactly what a test has it say. Failures fail the test. */

#define HTTP_CLIENT_TOKEN "Authorization: " SERVED_TOKEN "\r\n"

struct http_reply {
    int status;       /* 0: the connection ended without a reply */
    char head[4096];  /* status line and headers */
    json_t *body;     /* NULL: none, or not JSON */
    int ended;        /* the connection has ended behind it */
};

/* A connection to the endpoint. */
int http_client_connect(const struct served *served);

/* Sends `text` as it is. */
void http_client_send(int client, const char *text);

/* Sends a request of `method` for `target`, with this endpoint's Host and the headers `more`. */
void http_client_request(const struct served *served, int client, const char *method,
                         const char *target, const char *more);

/* Lets the agent work until a reply is there, or the end. The caller frees it. */
void http_client_receive(struct served *served, int client, struct http_reply *reply);
void http_client_free(struct http_reply *reply);

/* A member of the reply's object; "" when it is not there. */
const char *http_client_member(const struct http_reply *reply, const char *name);

/* A GET with the token on a connection of its own. */
void http_client_get(struct served *served, const char *target, struct http_reply *reply);

/* A reply with a status and, beside 200, a code. */
void http_client_expect(struct served *served, int client, int status, const char *code);

/* The reply is credentials with the key `id`. */
void http_client_expect_key(struct served *served, int client, const char *id);

/* The connection ends without a reply. */
void http_client_expect_gone(struct served *served, int client);

#endif
