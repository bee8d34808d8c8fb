/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_GATE_H
#define AWS_ROLE_AGENT_GATE_H

#include <event2/event.h>
#include <event2/http.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Stands between the endpoint's port, which every user of the host can connect to, and libevent's
 * HTTP. One connection is accepted at a time, and its peer looked at (agent/peer.h) before anything
 * else happens: who is not the session's user is dropped unheard and never counts, however many
 * come. The peer is looked at again for whatever arrives later: no byte is parsed of a connection
 * that is not the user's by then.
 *
 * At most GATE_CALLERS_MAX connections stay: the next one makes the one leave that has been silent
 * for longest, one that has said nothing yet first, and none that is being answered. A connection
 * is dropped when it has been silent for GATE_SILENCE_SECONDS, and when it has sent
 * GATE_UNHEARD_MAX bytes of which no request could be made.
 */

#define GATE_CALLERS_MAX 128
#define GATE_UNHEARD_MAX 65536
#define GATE_SILENCE_SECONDS 5

struct gate;

struct gate_events {
    void (*callers)(void *context, size_t count); /* how many there are has changed */
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

/*
 * To be called after evhttp_free, which drops the listener and all callers: nothing is told any
 * more. What libevent still has to end of a caller it ends in its next loop, or in event_base_free.
 * NULL is allowed.
 */
void gate_free(struct gate *gate);

#endif
