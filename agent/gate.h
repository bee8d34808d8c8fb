/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_GATE_H
#define AWS_ROLE_AGENT_GATE_H

#include <event2/event.h>
#include <event2/http.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Stands between the endpoint's port, which every user of the host can connect to, and libevent's
 * HTTP: no byte of a connection is parsed before its peer has been looked at (agent/peer.h), and
 * that again for whatever arrives later. Who is not the session's user is dropped unheard. At most
 * GATE_CALLERS_MAX connections stay; the one that has said nothing for longest makes room, one whose
 * peer is not known yet first, so that strangers take places from strangers.
 */

#define GATE_CALLERS_MAX 32

struct gate;

struct gate_events {
    void (*callers)(void *context, size_t count); /* how many there are has changed */
    void *context;
};

/* Takes its place in front of `http`. `events` is copied. NULL: out of memory. */
struct gate *gate_new(struct evhttp *http, uid_t uid, const struct gate_events *events);

/* After evhttp_free, which drops all callers; NULL is allowed. */
void gate_free(struct gate *gate);

#endif
