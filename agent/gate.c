/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/gate.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "agent/peer.h"

struct caller {
    TAILQ_ENTRY(caller) list;
    struct gate *gate;
    struct bufferevent *socket;
    int admitted; /* its peer has been looked at once */
};

struct gate {
    uid_t uid;
    struct gate_events events;
    TAILQ_HEAD(callers, caller) callers; /* who has been silent for longest comes first */
    size_t count;
};

/* Ends the connection: libevent sees its end, and frees what belongs to it. */
static void
hang_up(const struct caller *caller)
{
    evutil_socket_t fd = bufferevent_getfd(caller->socket);

    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR);
}

/* bufferevent_filter_cb: what has arrived goes on to HTTP, or nowhere. */
static enum bufferevent_filter_result
let_in(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
       enum bufferevent_flush_mode mode, void *context)
{
    struct caller *caller = context;
    struct gate *gate = caller->gate;

    (void)limit;
    (void)mode;
    if (evbuffer_get_length(from) == 0)
        return BEV_NEED_MORE;
    if (!peer_is(bufferevent_getfd(caller->socket), gate->uid)) {
        (void)evbuffer_drain(from, evbuffer_get_length(from));
        hang_up(caller);
        return BEV_NEED_MORE;
    }
    caller->admitted = 1;
    TAILQ_REMOVE(&gate->callers, caller, list);
    TAILQ_INSERT_TAIL(&gate->callers, caller, list);
    return evbuffer_add_buffer(to, from) == 0 ? BEV_OK : BEV_ERROR;
}

/* Who leaves when there is no room: of those who are not known yet, else of all, the first. */
static const struct caller *
least_missed(const struct gate *gate)
{
    const struct caller *caller;

    TAILQ_FOREACH(caller, &gate->callers, list)
        if (!caller->admitted)
            return caller;
    return TAILQ_FIRST(&gate->callers);
}

static void
leave(void *context)
{
    struct caller *caller = context;
    struct gate *gate = caller->gate;

    TAILQ_REMOVE(&gate->callers, caller, list);
    gate->count--;
    free(caller);
    gate->events.callers(gate->events.context, gate->count);
}

/* The connection's buffers: a socket's, and before them the filter that HTTP reads from. */
static struct bufferevent *
open_buffers(struct event_base *base, struct caller *caller)
{
    struct bufferevent *filter = NULL;

    caller->socket = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (caller->socket != NULL)
        filter = bufferevent_filter_new(caller->socket, let_in, NULL, BEV_OPT_CLOSE_ON_FREE,
                                        leave, caller);
    if (filter == NULL && caller->socket != NULL)
        bufferevent_free(caller->socket);
    return filter;
}

/*
 * evhttp_set_bevcb(): called for each connection, before its descriptor is known. NULL makes libevent
 * use buffers of its own, without a filter: where there is no memory for ours, the process ends.
 */
static struct bufferevent *
receive(struct event_base *base, void *context)
{
    struct gate *gate = context;
    struct caller *caller = calloc(1, sizeof *caller);
    struct bufferevent *filter = NULL;

    if (caller != NULL) {
        caller->gate = gate;
        filter = open_buffers(base, caller);
    }
    if (filter == NULL)
        abort();
    if (gate->count >= GATE_CALLERS_MAX)
        hang_up(least_missed(gate));
    TAILQ_INSERT_TAIL(&gate->callers, caller, list);
    gate->count++;
    gate->events.callers(gate->events.context, gate->count);
    return filter;
}

struct gate *
gate_new(struct evhttp *http, uid_t uid, const struct gate_events *events)
{
    struct gate *gate = calloc(1, sizeof *gate);

    if (gate == NULL)
        return NULL;
    gate->uid = uid;
    gate->events = *events;
    TAILQ_INIT(&gate->callers);
    evhttp_set_bevcb(http, receive, gate);
    return gate;
}

void
gate_free(struct gate *gate)
{
    free(gate);
}
