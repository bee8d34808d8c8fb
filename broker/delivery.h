/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_DELIVERY_H
#define AWS_ROLE_BROKER_DELIVERY_H

#include "broker/audit.h"
#include "broker/job.h"
#include "broker/session.h"

/*
 * Who gets an answer: the login, once, in the form that the session exports, and the agent. All
 * that is handed out is told to broker/audit.h.
 */
struct delivery {
    struct session *session;
    struct audit audit;
    deadline_t reply_by;
    int replied; /* the login has its reply, or nobody waits for one */
    int planned; /* it is known what the session exports */
    enum export export_as;
    uint64_t linger;           /* seconds */
    int listens;               /* the endpoint's port does */
    int linger_is_default;     /* `linger` is a bound; the end of what is held then counts */
    struct record provisional; /* a GRANT to reply with when nothing better comes in time */
};

/* `reply_by` 0: nobody waits for a reply, and the session is served at once. */
void delivery_start(struct delivery *delivery, struct session *session, deadline_t reply_by);

/*
 * Takes the PLAN of the login's question, which says what the session exports and how long it goes
 * on after its end. Where that is an endpoint, its port begins to listen. Later ones change
 * nothing.
 */
void delivery_plan(struct delivery *delivery, const struct record *plan);

/* The answer to a job's question, for whoever waits for it. */
void delivery_answer(struct delivery *delivery, struct job *job, const struct record *answer);

/* Valid credentials before the answer: the agent has them now, the login when time is up. */
void delivery_provisional(struct delivery *delivery, const struct job *job,
                          const struct record *grant);

/* Hands a record to the agent, if there is one that reads. */
void delivery_tell_agent(struct delivery *delivery, const struct record *answer);

/* The reply when `reply_by` is there, or with a reason when no question can be put at all. */
void delivery_reply_late(struct delivery *delivery);
void delivery_reply_failure(struct delivery *delivery, int error, const char *why);

/* Tells the end of all that the session holds, and wipes. */
void delivery_end(struct delivery *delivery);

#endif
