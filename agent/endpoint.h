/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_ENDPOINT_H
#define AWS_ROLE_AGENT_ENDPOINT_H

#include <event2/event.h>
#include <stddef.h>

#include "agent/broker.h"
#include "agent/session.h"
#include "common/protocol.h"
#include "common/secret.h"

/*
 * The container-credentials protocol on 127.0.0.1, by which every SDK refreshes inside processes
 * that run: GET / gives the session's role, GET /role/NAME another one of the person's. See
 * "Container credential provider" in the AWS SDKs and Tools Reference Guide.
 *
 * Asked for: the token in Authorization, the port's own name in Host, and nothing that a browser or
 * a proxy would add (Origin, Referer, X-Forwarded-For). Answers come from memory. Past their
 * freshness newer credentials are fetched, and waited for less than the second that the most
 * impatient SDK allows (JavaScript's), so that what is handed out is beyond every SDK's own window
 * whenever it can be; then the ones that are still valid are given. A refusal is a JSON object with
 * `code` and `message`, never a redirect.
 */

#define ENDPOINT_WAIT_MS 800

struct endpoint;

struct endpoint_events {
    void (*clients)(void *context, size_t count); /* how many there are has changed */
    void *context;
};

/*
 * Takes the port at `fd`, bound by root, which may listen already or begin to in endpoint_offer.
 * `fd` stays the caller's; with -1, or an empty `token`, there is none. `token` is moved. `events`
 * is copied. NULL: out of memory. endpoint_free drops all clients; agent/gate.h says what is left
 * of them.
 */
struct endpoint *endpoint_new(struct event_base *base, int fd, struct secret *token,
                              struct session *session, struct broker *broker,
                              const struct endpoint_events *events);
void endpoint_free(struct endpoint *endpoint);

/*
 * Adds ENDPOINT_URI and ENDPOINT_TOKEN to a record about `role` ("": the default), from now on to
 * be had there. AWS_ROLE_ERR_NOT_FOUND: there is no port; AWS_ROLE_ERR_SYSTEM.
 */
int endpoint_offer(struct endpoint *endpoint, const char *role, struct record *record);

/* Answers the clients that wait for `role`, which has a new answer. */
void endpoint_answered(struct endpoint *endpoint, const struct session_role *role);

#endif
