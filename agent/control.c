/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/request.h"
#include "common/error.h"
#include "common/protocol.h"

/* How long nobody is accepted when there is no room or no descriptor. */
#define PAUSE_MS 100

struct client {
    struct control *control;
    int fd; /* -1: this place is free */
    struct event *readable;
    struct request request;
    int waits;             /* for the broker's answer to `request` */
    unsigned long arrived; /* or was served: the smallest is idle longest */
};

struct control {
    struct event_base *base;
    struct session *session;
    struct broker *broker;
    struct endpoint *endpoint;
    struct browser *browser;
    struct control_events events;
    struct event *listening;
    struct event *pause;
    unsigned long clock;
    size_t count;
    struct client clients[CONTROL_CLIENTS_MAX];
};

static void
drop(struct client *client)
{
    struct control *control = client->control;

    event_free(client->readable);
    close(client->fd);
    client->readable = NULL;
    client->fd = -1;
    client->waits = 0;
    control->count--;
    control->events.clients(control->events.context, control->count);
}

/* Listens to the client for so long at most. */
static int
expect(struct client *client, long milliseconds)
{
    const struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};

    client->arrived = ++client->control->clock;
    return event_add(client->readable, &limit);
}

/* Gives the answer to the client's request; one that cannot take it at once is dropped. */
static void
answer(struct client *client, int late)
{
    struct record record;
    int r;

    client->waits = 0;
    request_answer(&client->request, client->control->session, client->control->endpoint,
                   client->control->browser, late, &record);
    r = record_send(client->fd, &record, 0);
    record_wipe(&record);
    if (r != 0 || expect(client, CONTROL_IDLE_MS) != 0)
        drop(client);
}

static void
serve(struct client *client, const struct record *record)
{
    struct control *control = client->control;

    if (request_read(&client->request, record) != 0) {
        drop(client);
        return;
    }
    if (!request_begin(&client->request, record, control->session, control->broker,
                       control->browser)) {
        answer(client, 0);
        return;
    }
    client->waits = 1;
    if (expect(client, CONTROL_WAIT_MS) != 0)
        drop(client);
}

static void
on_client(evutil_socket_t fd, short what, void *argument)
{
    struct client *client = argument;
    struct record record;
    int r;

    if ((what & EV_TIMEOUT) != 0 && client->waits) {
        answer(client, 1);
        return;
    }
    /* While it waits there is nothing to say: what can be read is its end, or junk. */
    if ((what & EV_TIMEOUT) != 0 || client->waits) {
        drop(client);
        return;
    }
    r = record_receive(fd, &record, 0);
    if (r == AWS_ROLE_ERR_DEADLINE && expect(client, CONTROL_IDLE_MS) == 0)
        return;
    if (r != 0) {
        drop(client);
        return;
    }
    serve(client, &record);
    record_wipe(&record);
}

/* The person, and root: pam_setcred(3) renews a session's variables from inside a login. */
static int
may_ask(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer &&
           (peer.uid == geteuid() || peer.uid == 0);
}

/* A free place: the client that has been idle longest leaves when there is none. */
static struct client *
find_place(struct control *control)
{
    struct client *oldest = NULL;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct client *client = &control->clients[i];

        if (client->fd < 0)
            return client;
        if (!client->waits && (oldest == NULL || client->arrived < oldest->arrived))
            oldest = client;
    }
    if (oldest != NULL)
        drop(oldest);
    return oldest;
}

static void
seat(struct client *client, int fd)
{
    struct control *control = client->control;

    client->readable = event_new(control->base, fd, EV_READ, on_client, client);
    if (client->readable == NULL) {
        close(fd);
        return;
    }
    client->fd = fd;
    control->count++;
    control->events.clients(control->events.context, control->count);
    /* Its request is mostly there already, and then nobody who comes later takes its place. */
    on_client(fd, EV_READ, client);
}

static void
pause_listening(struct control *control)
{
    const struct timeval limit = {0, PAUSE_MS * 1000};

    if (event_del(control->listening) != 0 || event_add(control->pause, &limit) != 0)
        control->events.ended(control->events.context);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *argument)
{
    struct control *control = argument;

    (void)fd;
    (void)what;
    if (event_add(control->listening, NULL) != 0)
        control->events.ended(control->events.context);
}

/* 1 when the listener was shut down: then accept4(2) says EAGAIN for ever. */
static int
is_shut_down(int listener)
{
    struct pollfd state = {.fd = listener, .events = POLLIN};

    return poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/* One connection at a time, so that those who are in are served between two that come. */
static void
on_connection(evutil_socket_t listener, short what, void *argument)
{
    struct control *control = argument;
    struct client *place = find_place(control);
    int fd;

    (void)what;
    if (place == NULL) {
        pause_listening(control);
        return;
    }
    do {
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0 && is_shut_down(listener)) {
        event_del(control->listening);
        control->events.ended(control->events.context);
    } else if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
        pause_listening(control);
    } else if (fd >= 0 && may_ask(fd)) {
        seat(place, fd);
    } else if (fd >= 0) {
        close(fd);
    }
}

struct control *
control_new(struct event_base *base, int listener, struct session *session,
            struct broker *broker, struct endpoint *endpoint, struct browser *browser,
            const struct control_events *events)
{
    struct control *control = calloc(1, sizeof *control);
    int flags = fcntl(listener, F_GETFL);

    if (control == NULL)
        return NULL;
    control->base = base;
    control->session = session;
    control->broker = broker;
    control->endpoint = endpoint;
    control->browser = browser;
    control->events = *events;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        control->clients[i].control = control;
        control->clients[i].fd = -1;
    }
    control->listening = event_new(base, listener, EV_READ | EV_PERSIST, on_connection, control);
    control->pause = evtimer_new(base, on_pause_over, control);
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) != 0 ||
        control->listening == NULL || control->pause == NULL ||
        event_add(control->listening, NULL) != 0) {
        control_free(control);
        return NULL;
    }
    return control;
}

void
control_free(struct control *control)
{
    if (control == NULL)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].fd >= 0)
            drop(&control->clients[i]);
    if (control->listening != NULL)
        event_free(control->listening);
    if (control->pause != NULL)
        event_free(control->pause);
    free(control);
}

void
control_answered(struct control *control, const struct session_role *role)
{
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct client *client = &control->clients[i];

        if (client->waits && session_role(control->session, client->request.role) == role &&
            request_is_done(&client->request, role, control->browser))
            answer(client, 0);
    }
}
