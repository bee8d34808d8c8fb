/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/broker.h"

#include <stdlib.h>

#include "common/error.h"
#include "common/protocol.h"

/* Answers taken at a time, so that the clients are served between them. */
#define ANSWERS_AT_ONCE 8

struct broker {
    int fd;
    struct event *readable;
    struct session *session;
    struct broker_events events;
};

/* Nobody was there for what was answered, and meanwhile somebody is: 1 when they are asked now. */
static int
ask_person(struct broker *broker, struct session_role *role)
{
    int due = role->login_due && role->outcome != RECORD_GRANT;

    role->login_due = 0;
    return due && broker_ask(broker, role, RECORD_LOGIN, NULL);
}

static void
on_readable(evutil_socket_t fd, short what, void *argument)
{
    struct broker *broker = argument;

    (void)what;
    for (int i = 0; i < ANSWERS_AT_ONCE; i++) {
        struct record answer;
        struct session_role *role;
        int r = record_receive(fd, &answer, 0);

        if (r == AWS_ROLE_ERR_DEADLINE || r == AWS_ROLE_ERR_MEMORY)
            return;
        if (r != 0) {
            event_del(broker->readable);
            broker->events.ended(broker->events.context);
            return;
        }
        role = session_learn(broker->session, &answer);
        record_wipe(&answer);
        if (role != NULL && !ask_person(broker, role))
            broker->events.answered(broker->events.context, role);
    }
}

struct broker *
broker_new(struct event_base *base, int fd, struct session *session,
           const struct broker_events *events)
{
    struct broker *broker = calloc(1, sizeof *broker);

    if (broker == NULL)
        return NULL;
    broker->fd = fd;
    broker->session = session;
    broker->events = *events;
    broker->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, broker);
    if (broker->readable == NULL || event_add(broker->readable, NULL) != 0) {
        broker_free(broker);
        return NULL;
    }
    return broker;
}

void
broker_free(struct broker *broker)
{
    if (broker == NULL)
        return;
    if (broker->readable != NULL)
        event_free(broker->readable);
    free(broker);
}

static enum refresh_cause
cause_of(enum record_kind kind)
{
    if (kind == RECORD_LOGIN || kind == RECORD_ANSWER)
        return REFRESH_ANSWERED;
    return kind == RECORD_REFRESH ? REFRESH_BY_HAND : REFRESH_DUE;
}

/* Puts `question`, which it wipes, unless it is too early; 1 when it did. */
static int
put(struct broker *broker, struct session_role *role, struct record *question)
{
    int r, may = refresh_start(&role->refresh, cause_of(question->kind));

    if (!may && question->kind == RECORD_LOGIN && !role->person)
        role->login_due = 1;
    if (may) {
        role->person = question->kind == RECORD_LOGIN || question->kind == RECORD_ANSWER;
        role->login_due = 0;
        record_put_text(question, FIELD_ROLE, role->name);
        r = record_send(broker->fd, question, 0);
        if (r != 0)
            session_fail(role, r == AWS_ROLE_ERR_DEADLINE
                                   ? "the session's broker is busy; ask again"
                                   : "the session's broker cannot be asked");
    }
    record_wipe(question);
    return may;
}

int
broker_ask(struct broker *broker, struct session_role *role, enum record_kind kind,
           const struct secret *answer)
{
    struct record question;

    record_start(&question, kind);
    if (answer != NULL)
        record_put_secret(&question, FIELD_ANSWER, answer);
    return put(broker, role, &question);
}

int
broker_ask_browser(struct broker *broker, struct session_role *role, unsigned int port)
{
    struct record question;

    record_start(&question, RECORD_LOGIN);
    record_put_number(&question, FIELD_PORT, port);
    return put(broker, role, &question);
}

int
broker_forget(struct broker *broker)
{
    struct record record;
    int r;

    record_start(&record, RECORD_FORGET);
    r = record_send(broker->fd, &record, 0);
    record_wipe(&record);
    return r;
}
