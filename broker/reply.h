/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_REPLY_H
#define AWS_ROLE_BROKER_REPLY_H

#include "common/protocol.h"

/*
 * The one record that the module gets, made of an answer: no more of it than the module needs, and
 * the session's socket. The caller wipes it.
 */
void reply_make(const struct record *answer, const char *socket, struct record *reply);

/* A PENDING of the broker's own. The caller wipes it. `role` "" or NULL: none is known. */
void reply_pending(const char *why, int error, const char *role, struct record *pending);

#endif
