/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_SESSION_H
#define AWS_ROLE_BROKER_SESSION_H

#include "broker/question.h"
#include "broker/endpoint.h"

/* What a session is made of once privilege is dropped. The descriptors are the session's. */
struct session {
    int lifeline; /* what can be read of it ends the session; -1 once it has */
    int agent;    /* to stub and agent; -1 once both are gone */
    pid_t stub;   /* 0 once it is reaped */
    int listener; /* kept open so that nobody else can bind its place, never accepted on */
    const char *socket; /* the listener's path */
    struct endpoint endpoint;
    int ledger; /* common/ledger.h; -1: none */
    const struct answer_paths *paths;
    gid_t secret_group;
    struct login *login;
    struct cache *cache;
};

/*
 * Answers the login by `reply_by`, then the agent's questions, until the lifeline ends, or as long
 * as the session lingers after a CLOSE on it. `reply_by` 0: there is no login, and whatever can be
 * read of `lifeline` ends the session. Each question is answered by a child (broker/answer.h) that
 * has 30 seconds. What the module gets is GRANT, NONE, PENDING or ASK, with the socket's path. All
 * children are gone on return.
 */
void session_serve(struct session *session, deadline_t reply_by);

#endif
