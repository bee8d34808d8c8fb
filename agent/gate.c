/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/gate.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/peer.h"
#include "common/error.h"

/* How long nobody is accepted when there is no descriptor for a connection. */
#define PAUSE_MS 100

/* HTTP reads and writes at the filter, and that at the socket. */
struct caller {
    TAILQ_ENTRY(caller) list;
    struct gate *gate;
    struct bufferevent *socket, *filter;
    size_t leaving; /* bytes of HTTP's that the socket has not taken yet */
    int admitted;   /* it is in the list */
    int spoke;
};

struct gate {
    LIST_ENTRY(gate) list;
    struct evhttp *http;
    uid_t uid;
    struct gate_events events;
    struct evconnlistener *listener; /* `http` frees it */
    struct event *next;              /* looks at the newcomer, and lets the next one come */
    struct caller *newcomer;         /* accepted, not looked at yet */
    TAILQ_HEAD(callers, caller) callers; /* who has been silent for longest comes first */
    size_t count;
    size_t known; /* those that libevent has not ended yet */
    int closed;
};

/* What libevent tells of a listener's error does not lead to us but by the listener itself. */
static LIST_HEAD(gates, gate) gates = LIST_HEAD_INITIALIZER(gates);

/* Ends the connection: libevent sees its end, and frees what belongs to it. */
static void
hang_up(const struct caller *caller)
{
    evutil_socket_t fd = bufferevent_getfd(caller->socket);

    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR);
}

static int
is_ours(const struct caller *caller)
{
    return peer_is(bufferevent_getfd(caller->socket), caller->gate->uid);
}

/*
 * 1 when nobody would miss the connection now: nothing is there to be read, no request is being
 * answered (HTTP reads on afterwards), and no answer is on its way.
 */
static int
is_silent(const struct caller *caller)
{
    int bytes = 0;

    return (bufferevent_get_enabled(caller->filter) & EV_READ) != 0 &&
           evbuffer_get_length(bufferevent_get_output(caller->filter)) == 0 &&
           (ioctl(bufferevent_getfd(caller->socket), FIONREAD, &bytes) != 0 || bytes == 0);
}

/* When one has come for whom there is no place: nobody else is accepted until somebody has left. */
static void
make_room(const struct gate *gate)
{
    const struct caller *caller, *least_missed = NULL;

    if (gate->count <= GATE_CALLERS_MAX)
        return;
    TAILQ_FOREACH(caller, &gate->callers, list) {
        if (!is_silent(caller))
            continue;
        if (least_missed == NULL || !caller->spoke)
            least_missed = caller;
        if (!caller->spoke)
            break;
    }
    if (least_missed != NULL)
        hang_up(least_missed);
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
    if (!caller->admitted || !is_ours(caller) ||
        evbuffer_get_length(from) + evbuffer_get_length(to) > GATE_UNHEARD_MAX) {
        (void)evbuffer_drain(from, evbuffer_get_length(from));
        hang_up(caller);
        return BEV_NEED_MORE;
    }
    caller->spoke = 1;
    TAILQ_REMOVE(&gate->callers, caller, list);
    TAILQ_INSERT_TAIL(&gate->callers, caller, list);
    return evbuffer_add_buffer(to, from) == 0 ? BEV_OK : BEV_ERROR;
}

/*
 * bufferevent_filter_cb: what HTTP says goes to the socket, and is said (BEV_OK) once that has
 * taken it: only then may HTTP close the connection. libevent calls again whenever the socket's
 * buffer is empty.
 */
static enum bufferevent_filter_result
let_out(struct evbuffer *from, struct evbuffer *to, ev_ssize_t limit,
        enum bufferevent_flush_mode mode, void *context)
{
    struct caller *caller = context;
    size_t size = evbuffer_get_length(from);
    unsigned char *bytes;

    (void)limit;
    (void)mode;
    if (evbuffer_get_length(to) > 0)
        return BEV_NEED_MORE;
    if (caller->leaving > 0) {
        (void)evbuffer_drain(from, caller->leaving);
        caller->leaving = 0;
        make_room(caller->gate);
        return BEV_OK;
    }
    bytes = evbuffer_pullup(from, -1);
    if (size == 0 || bytes == NULL || evbuffer_add(to, bytes, size) != 0)
        return size == 0 ? BEV_NEED_MORE : BEV_ERROR;
    caller->leaving = size;
    return BEV_NEED_MORE;
}

/*
 * evbuffer_cb_func: HTTP writes first and lets writing begin then, of which a filter learns by
 * itself only when the socket happens to become writable.
 */
static void
on_said(struct evbuffer *buffer, const struct evbuffer_cb_info *change, void *context)
{
    const struct caller *caller = context;

    (void)buffer;
    if (change->n_added > 0)
        bufferevent_trigger(caller->socket, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

/*
 * The time limit is for reading alone: a filter's for writing, once begun, goes on through what is
 * read and answered later. Who does not read what it is told says nothing either, and who then says
 * too much is dropped in let_in.
 */
static void
admit(struct caller *caller)
{
    const struct timeval limit = {GATE_SILENCE_SECONDS, 0};
    struct gate *gate = caller->gate;

    caller->admitted = 1;
    bufferevent_set_timeouts(caller->filter, &limit, NULL);
    TAILQ_INSERT_TAIL(&gate->callers, caller, list);
    gate->count++;
    gate->events.callers(gate->events.context, gate->count);
    make_room(gate);
}

static void
accept_next(const struct gate *gate)
{
    if (gate->newcomer == NULL && gate->count <= GATE_CALLERS_MAX)
        (void)evconnlistener_enable(gate->listener);
}

/* The newcomer's descriptor is known by now. */
static void
on_next(evutil_socket_t fd, short what, void *context)
{
    struct gate *gate = context;
    struct caller *newcomer = gate->newcomer;

    (void)fd;
    (void)what;
    gate->newcomer = NULL;
    if (newcomer != NULL && is_ours(newcomer))
        admit(newcomer);
    else if (newcomer != NULL)
        hang_up(newcomer);
    accept_next(gate);
}

/* There is no descriptor left, or no memory: trying again at once would do nothing else. */
static void
on_error(struct evconnlistener *listener, void *context)
{
    const struct timeval limit = {0, PAUSE_MS * 1000};
    const struct gate *gate;

    (void)context; /* HTTP's */
    LIST_FOREACH(gate, &gates, list)
        if (gate->listener == listener) {
            (void)evconnlistener_disable(listener);
            (void)event_add(gate->next, &limit);
        }
}

static void
free_when_empty(struct gate *gate)
{
    if (gate->closed && gate->known == 0)
        free(gate);
}

/* libevent has ended a caller. */
static void
leave(void *context)
{
    struct caller *caller = context;
    struct gate *gate = caller->gate;

    if (gate->newcomer == caller)
        gate->newcomer = NULL;
    if (caller->admitted) {
        TAILQ_REMOVE(&gate->callers, caller, list);
        gate->count--;
    }
    gate->known--;
    if (!gate->closed && caller->admitted) {
        gate->events.callers(gate->events.context, gate->count);
        accept_next(gate);
    }
    free(caller);
    free_when_empty(gate);
}

/* The connection's buffers: a socket's, and before them the filter that HTTP reads from. */
static int
open_buffers(struct event_base *base, struct caller *caller)
{
    caller->socket = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (caller->socket == NULL)
        return AWS_ROLE_ERR_MEMORY;
    caller->filter = bufferevent_filter_new(caller->socket, let_in, let_out,
                                            BEV_OPT_CLOSE_ON_FREE, leave, caller);
    if (caller->filter == NULL ||
        evbuffer_add_cb(bufferevent_get_output(caller->filter), on_said, caller) == NULL)
        return AWS_ROLE_ERR_MEMORY;
    return 0;
}

/*
 * evhttp_set_bevcb(): called for each connection, before its descriptor is known. NULL makes
 * libevent use buffers of its own, without a filter: where there is no memory for ours, the process
 * ends.
 */
static struct bufferevent *
receive(struct event_base *base, void *context)
{
    struct gate *gate = context;
    struct caller *caller = calloc(1, sizeof *caller);

    if (caller == NULL || open_buffers(base, caller) != 0)
        abort();
    caller->gate = gate;
    gate->known++;
    gate->newcomer = caller;
    (void)evconnlistener_disable(gate->listener);
    event_active(gate->next, EV_TIMEOUT, 0);
    return caller->filter;
}

struct gate *
gate_new(struct event_base *base, struct evhttp *http, uid_t uid,
         const struct gate_events *events)
{
    struct gate *gate = calloc(1, sizeof *gate);

    if (gate == NULL)
        return NULL;
    gate->next = evtimer_new(base, on_next, gate);
    if (gate->next == NULL) {
        free(gate);
        return NULL;
    }
    gate->http = http;
    gate->uid = uid;
    gate->events = *events;
    TAILQ_INIT(&gate->callers);
    LIST_INSERT_HEAD(&gates, gate, list);
    evhttp_set_bevcb(http, receive, gate);
    return gate;
}

int
gate_open(struct gate *gate, int port)
{
    int copy = dup(port); /* the listener closes what it has */

    if (copy < 0)
        return AWS_ROLE_ERR_SYSTEM;
    gate->listener = evconnlistener_new(event_get_base(gate->next), NULL, NULL,
                                        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, SOMAXCONN,
                                        copy);
    if (gate->listener == NULL) {
        close(copy);
        return AWS_ROLE_ERR_SYSTEM;
    }
    evconnlistener_set_error_cb(gate->listener, on_error);
    if (evhttp_bind_listener(gate->http, gate->listener) == NULL) {
        evconnlistener_free(gate->listener);
        gate->listener = NULL;
        return AWS_ROLE_ERR_MEMORY;
    }
    return 0;
}

void
gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    LIST_REMOVE(gate, list);
    event_free(gate->next);
    gate->closed = 1;
    free_when_empty(gate);
}
