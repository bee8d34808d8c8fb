/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_BROKER_H
#define AWS_ROLE_AGENT_BROKER_H

#include <event2/event.h>

#include "agent/session.h"

/* The agent's side of the socketpair to the broker: questions out, answers into the session. */

struct broker;

struct broker_events {
    /* `role` has a new answer, already in the session; valid until the session changes again. */
    void (*answered)(void *context, struct session_role *role);
    /* The broker is gone, or speaks nonsense: the session is over. */
    void (*ended)(void *context);
    void *context;
};

/*
 * Listens to the broker on `fd`, which stays the caller's. `events` is copied. NULL: out of memory.
 * broker_free ends it.
 */
struct broker *broker_new(struct event_base *base, int fd, struct session *session,
                          const struct broker_events *events);
void broker_free(struct broker *broker);

/*
 * Asks for `role` unless a question about it is under way or agent/refresh.h says it is too early;
 * 1 when it did. RECORD_ROLE gives fresh credentials, those of another session where there are any;
 * RECORD_REFRESH, for a person who asks, new ones in any case; RECORD_LOGIN and RECORD_ANSWER are
 * RECORD_ROLE for a person who is there to answer, the latter with `answer` (else NULL). A question
 * that cannot be put is a failure of the role. Never blocks.
 */
int broker_ask(struct broker *broker, struct session_role *role, enum record_kind kind,
               const struct secret *answer);

/*
 * RECORD_LOGIN for a person whose browser brings the answer to `port` of 127.0.0.1, where the step
 * has a page for that; otherwise as broker_ask.
 */
int broker_ask_browser(struct broker *broker, struct session_role *role, unsigned int port);

/* Tells the broker to forget. AWS_ROLE_ERR_DEADLINE: it does not read; AWS_ROLE_ERR_PEER_GONE. */
int broker_forget(struct broker *broker);

#endif
