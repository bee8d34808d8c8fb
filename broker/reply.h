/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_REPLY_H
#define AWS_ROLE_BROKER_REPLY_H

#include "broker/endpoint.h"
#include "common/protocol.h"

/* What a session's reply says beside the answer. */
struct reply_session {
    const char *socket;
    const struct endpoint *endpoint; /* NULL: the session has keys */
    uint64_t linger;                 /* seconds that it goes on after its end */
};

/*
 * The one record that the module gets, made of an answer: no more of it than the module needs, the
 * session's socket, and in place of keys the endpoint, which is there also before credentials are.
 * The caller wipes it.
 */
void reply_make(const struct record *answer, const struct reply_session *session,
                struct record *reply);

/* A PENDING of the broker's own. The caller wipes it. `role` "" or NULL: none is known. */
void reply_pending(const char *why, int error, const char *role, struct record *pending);

#endif
