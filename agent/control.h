/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_CONTROL_H
#define AWS_ROLE_AGENT_CONTROL_H

#include <event2/event.h>
#include <stddef.h>

#include "agent/broker.h"
#include "agent/browser.h"
#include "agent/endpoint.h"
#include "agent/session.h"

/*
 * The unix socket that the session's programs connect to. Its listener was bound by root; who
 * connects must be of our own uid (SO_PEERCRED, unix(7)). A client sends one record, gets one, and
 * may go on so; whoever is idle for five seconds, sends anything else, sends before it was answered
 * or does not read its answer is dropped. When all places are taken the client that has been idle
 * longest makes room, so that idle connections cannot keep a working one out.
 */

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_IDLE_MS 5000
/* A prompt waits for less than a second: botocore and the shell hook allow no more. */
#define CONTROL_WAIT_MS 900

struct control;

struct control_events {
    void (*clients)(void *context, size_t count); /* how many there are has changed */
    void (*ended)(void *context);                 /* the listener accepts no more */
    void *context;
};

/*
 * Serves `listener`, which stays the caller's and is made non-blocking. `events` is copied. NULL:
 * out of memory. control_free drops all clients.
 */
struct control *control_new(struct event_base *base, int listener, struct session *session,
                            struct broker *broker, struct endpoint *endpoint,
                            struct browser *browser, const struct control_events *events);
void control_free(struct control *control);

/* Answers the clients that wait for `role`, which has a new answer. */
void control_answered(struct control *control, const struct session_role *role);

#endif
