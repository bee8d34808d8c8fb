/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_LINGER_H
#define AWS_ROLE_BROKER_LINGER_H

#include "broker/delivery.h"
#include "common/deadline.h"

/* Sessions of one person on this host that linger at a time: each costs three processes. */
#define LINGER_MAX 16

/* A session that was closed in order and goes on for a while: linger_seconds, aws-role.conf(5). */
struct lingering {
    deadline_t until; /* when it ends; 0: the session is not over */
    int place;        /* the lock of one of the person's LINGER_MAX places; -1: none */
};

/*
 * The session was closed. Lingers as long as its configuration says; where that says nothing and
 * the session exports an endpoint, until what it holds ends, if the agent has `asked` for
 * credentials. A place is taken in the cache's folder by a lock, which is free again when its
 * holder ends, however that is. 1 when the session goes on; else it is over now, and when only a
 * place was wanting, the log says so.
 */
int linger_begin(struct lingering *lingering, struct delivery *delivery, int asked);

/* 1 when the session is over and only what it holds is still given: nothing is asked of AWS. */
int linger_is_left_over(const struct lingering *lingering, const struct delivery *delivery);

/* 1 when a session that lingers has nothing left to do. */
int linger_is_over(const struct lingering *lingering, const struct delivery *delivery);

/* Gives the place back. */
void linger_end(struct lingering *lingering);

#endif
