/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/gate.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/peer.h"
#include "common/deadline.h"
#include "common/error.h"

#define WAIT_MS 20   /* how soon a place is looked for again */
#define GRACE_MS 50  /* who has just come in has so long to say something */
#define PAUSE_MS 100 /* how long nobody is accepted when there is no descriptor for it */

/* A connection that was let in. libevent closes it and does not tell: its inode does. */
struct place {
    int fd; /* -1: free */
    ino_t inode;
    struct bufferevent *buffers; /* there as long as the descriptor is open */
    unsigned long heard; /* the smallest was heard longest ago; 0: never yet */
    deadline_t since;    /* when it was let in */
};

struct gate {
    LIST_ENTRY(gate) list; /* of those that are open; `listener` is NULL elsewhere */
    struct evhttp *http;
    uid_t uid;
    struct gate_events events;
    struct evconnlistener *listener; /* freed by `http` */
    struct event *next;              /* looks at the newcomer, and lets the next one come */
    struct event *sweep;             /* looks who has gone, as long as somebody is there */
    struct bufferevent *newcomer;    /* accepted, not looked at yet */
    struct place places[GATE_CALLERS_MAX];
    unsigned long clock;
    size_t count;
};

/* Those whose ports are open. */
static LIST_HEAD(gates, gate) opened = LIST_HEAD_INITIALIZER(opened);

/* libevent sees the end, and frees what belongs to the connection. */
static void
hang_up(int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
}

static ino_t
inode_of(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

static int
has_gone(const struct place *place)
{
    return inode_of(place->fd) != place->inode;
}

static void
give_back(struct gate *gate, struct place *place)
{
    place->fd = -1;
    gate->count--;
}

/* Looks once more in a second, as long as somebody is there. */
static void
sweep_later(struct gate *gate)
{
    const struct timeval again = {1, 0};

    if (gate->count > 0 && !evtimer_pending(gate->sweep, NULL))
        (void)evtimer_add(gate->sweep, &again);
}

/* Gives back the places of those who have gone. */
static void
on_sweep(evutil_socket_t fd, short what, void *context)
{
    struct gate *gate = context;
    size_t before = gate->count;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < GATE_CALLERS_MAX; i++)
        if (gate->places[i].fd >= 0 && has_gone(&gate->places[i]))
            give_back(gate, &gate->places[i]);
    sweep_later(gate);
    if (gate->count != before)
        gate->events.callers(gate->events.context, gate->count);
}

static struct place *
find_place(struct gate *gate, int fd)
{
    for (size_t i = 0; i < GATE_CALLERS_MAX; i++)
        if (gate->places[i].fd == fd)
            return &gate->places[i];
    return NULL;
}

/* A client connects first and asks then: one that has just come is not called silent yet. */
static int
has_just_come(const struct place *place)
{
    return place->heard == 0 && deadline_now() - place->since < GRACE_MS;
}

/* 1 when nobody would miss it now: nothing is to be read, being answered or on its way out. */
static int
is_silent(const struct place *place)
{
    int unread = 0;

    return (bufferevent_get_enabled(place->buffers) & EV_READ) != 0 &&
           evbuffer_get_length(bufferevent_get_output(place->buffers)) == 0 &&
           ioctl(place->fd, FIONREAD, &unread) == 0 && unread == 0;
}

static int
is_before(const struct place *place, const struct place *other)
{
    return place->heard < other->heard ||
           (place->heard == other->heard && place->since < other->since);
}

/* The one that was heard longest ago, or has come first, of those not marked in `passed`. */
static struct place *
longest_unheard(struct gate *gate, const unsigned char *passed)
{
    struct place *found = NULL;

    for (size_t i = 0; i < GATE_CALLERS_MAX; i++)
        if (!passed[i] && (found == NULL || is_before(&gate->places[i], found)))
            found = &gate->places[i];
    return found;
}

/*
 * A free place, or that of one who has gone, or of the silent one that has not been heard for
 * longest, who has to go. NULL: all are being answered, or have just come. The kernel is asked
 * about one or two places for each newcomer, not about all: a thousand may be waiting.
 */
static struct place *
make_place(struct gate *gate)
{
    unsigned char passed[GATE_CALLERS_MAX] = {0};
    struct place *place = find_place(gate, -1);

    if (place != NULL) {
        gate->count++;
        return place;
    }
    while ((place = longest_unheard(gate, passed)) != NULL) {
        if (has_gone(place))
            return place;
        if (has_just_come(place))
            return NULL; /* those that were heard before stay longer */
        if (is_silent(place)) {
            hang_up(place->fd);
            return place;
        }
        passed[place - gate->places] = 1;
    }
    return NULL;
}

/* 1 when it is in; 0: there is no place. */
static int
let_in(struct gate *gate, struct bufferevent *newcomer)
{
    int fd = bufferevent_getfd(newcomer);
    struct place *place = find_place(gate, fd);

    if (place != NULL) /* its descriptor is another's now: it has gone */
        give_back(gate, place);
    place = make_place(gate);
    if (place == NULL)
        return 0;
    *place = (struct place){
        .fd = fd, .inode = inode_of(fd), .buffers = newcomer, .since = deadline_now()};
    bufferevent_setwatermark(newcomer, EV_READ, 0, GATE_UNHEARD_MAX);
    if (evbuffer_get_length(bufferevent_get_input(newcomer)) > 0) /* it has waited outside */
        bufferevent_trigger(newcomer, EV_READ, 0);
    gate->events.callers(gate->events.context, gate->count);
    sweep_later(gate);
    return 1;
}

/*
 * The newcomer's descriptor is known by now; nothing has been read of it, nor would be heard. One
 * who is refused is ended for HTTP here and now: what has been sent already would have libevent
 * leave off reading, and then it sees neither an end nor a silence. One for whom there is no place
 * waits outside, and everybody who comes later behind it.
 */
static void
on_next(evutil_socket_t fd, short what, void *context)
{
    const struct timeval later = {0, WAIT_MS * 1000};
    struct gate *gate = context;
    struct bufferevent *newcomer = gate->newcomer;

    (void)fd;
    (void)what;
    fd = newcomer == NULL ? -1 : bufferevent_getfd(newcomer); /* NULL: it was a pause */
    if (fd >= 0 && !peer_is(fd, gate->uid))
        bufferevent_trigger_event(newcomer, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
    else if (fd >= 0 && !let_in(gate, newcomer) && evtimer_add(gate->next, &later) == 0)
        return;
    gate->newcomer = NULL;
    if (newcomer != NULL)
        bufferevent_decref(newcomer);
    (void)evconnlistener_enable(gate->listener);
}

/*
 * evhttp_set_bevcb(): makes the buffers of a connection, before its descriptor is known. As long as
 * they wait for more bytes than there are, HTTP is not called for any. NULL makes libevent use
 * buffers that do not wait: where there is no memory for ours, the process ends.
 */
static struct bufferevent *
receive(struct event_base *base, void *context)
{
    struct gate *gate = context;
    struct bufferevent *buffers = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

    if (buffers == NULL)
        abort();
    bufferevent_setwatermark(buffers, EV_READ, SIZE_MAX, GATE_UNHEARD_MAX);
    bufferevent_incref(buffers); /* until on_next: HTTP may fail for want of memory meanwhile */
    gate->newcomer = buffers;
    (void)evconnlistener_disable(gate->listener);
    event_active(gate->next, EV_TIMEOUT, 0);
    return buffers;
}

int
gate_admits(struct gate *gate, struct evhttp_request *request)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct bufferevent *buffers =
        connection == NULL ? NULL : evhttp_connection_get_bufferevent(connection);
    int fd = buffers == NULL ? -1 : bufferevent_getfd(buffers);
    struct place *place = fd < 0 ? NULL : find_place(gate, fd);

    if (place == NULL || !peer_is(fd, gate->uid))
        return 0;
    place->heard = ++gate->clock;
    return 1;
}

/*
 * There is no descriptor left, or no memory: trying again at once would do nothing else. libevent
 * tells of it with HTTP's context, and not with ours.
 */
static void
on_error(struct evconnlistener *listener, void *context)
{
    const struct timeval limit = {0, PAUSE_MS * 1000};
    struct gate *gate;

    (void)context;
    LIST_FOREACH (gate, &opened, list)
        if (gate->listener == listener && evconnlistener_disable(listener) == 0)
            (void)evtimer_add(gate->next, &limit);
}

struct gate *
gate_new(struct event_base *base, struct evhttp *http, uid_t uid,
         const struct gate_events *events)
{
    const struct timeval silence = {GATE_SILENCE_SECONDS, 0};
    struct gate *gate = calloc(1, sizeof *gate);

    if (gate == NULL)
        return NULL;
    gate->http = http;
    gate->uid = uid;
    gate->events = *events;
    for (size_t i = 0; i < GATE_CALLERS_MAX; i++)
        gate->places[i].fd = -1;
    gate->next = evtimer_new(base, on_next, gate);
    gate->sweep = evtimer_new(base, on_sweep, gate);
    if (gate->next == NULL || gate->sweep == NULL) {
        gate_free(gate);
        return NULL;
    }
    evhttp_set_timeout_tv(http, &silence);
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
    LIST_INSERT_HEAD(&opened, gate, list);
    return 0;
}

void
gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    if (gate->listener != NULL)
        LIST_REMOVE(gate, list);
    if (gate->newcomer != NULL)
        bufferevent_decref(gate->newcomer);
    if (gate->next != NULL)
        event_free(gate->next);
    if (gate->sweep != NULL)
        event_free(gate->sweep);
    free(gate);
}
