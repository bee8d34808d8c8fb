/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_GATE_H
#define AWS_ROLE_AGENT_GATE_H

#include <event2/event.h>
#include <event2/http.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Stands between a port of 127.0.0.1, which every user of the host can connect to, and libevent's
 * HTTP. One connection is accepted at a time, and its peer looked at (agent/peer.h) before HTTP is
 * handed a byte of it: who is not the session's user is dropped unheard and takes no place, however
 * many come. For each request the peer is looked at again.
 *
 * At most GATE_CALLERS_MAX connections stay. For the next the one has to go that has not been heard
 * for longest, one that has asked nothing yet first, and none that is being answered. One that is
 * silent for GATE_SILENCE_SECONDS is dropped.
 */

#define GATE_CALLERS_MAX 128
#define GATE_SILENCE_SECONDS 5
#define GATE_UNHEARD_MAX 65536 /* bytes that are taken in before they are asked for */

struct gate;

struct gate_events {
    void (*callers)(void *context, size_t count); /* how many there are; a second late at most */
    void *context;
};

/* Takes its place in front of `http`. `events` is copied. NULL: out of memory. */
struct gate *gate_new(struct event_base *base, struct evhttp *http, uid_t uid,
                      const struct gate_events *events);

/*
 * Lets in what comes to `port`, which begins to listen if it did not, and stays the caller's. Once
 * only. AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY.
 */
int gate_open(struct gate *gate, int port);

/* A request has come: 1 when its peer is still the user. To be asked before it is looked at. */
int gate_admits(struct gate *gate, struct evhttp_request *request);

/* To be called after evhttp_free, which drops the listener and all callers. NULL is allowed. */
void gate_free(struct gate *gate);

#endif
