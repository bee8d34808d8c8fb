/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_WAIT_H
#define AWS_ROLE_CLI_WAIT_H

#include "cli/own_session.h"

/* Waiting for credentials that are under way: the agent answers within a second, AWS may not. */

/* A broker gives an obtain up after so long. */
#define WAIT_MS 30000

struct wait {
    struct own_session *session;
    const char *role;     /* NULL: the session's default */
    enum export export;   /* 0: the session's own kind */
    const char *verb;     /* says on a terminal that it waits; NULL: nobody does */
    enum browser_wish browser; /* of a RECORD_LOGIN; 0: none, the person types */
    int by_hand;          /* 1: a person asks, who need not wait for the next try after a failure */
    deadline_t deadline;
    int told; /* that it waits */
};

/*
 * Gets a GRANT of the role, and waits for it for as long as the agent has a question for it under
 * way. VERB_OK, or VERB_FAILED or VERB_NO_AGENT with the session's `why`. The caller wipes `grant`,
 * whatever is returned.
 */
int wait_for_grant(struct wait *wait, struct record *grant);

/*
 * A person is there to answer what the role asks: RECORD_LOGIN, then RECORD_ANSWER with `answer`
 * (else NULL) for an ASK. VERB_OK with a GRANT or an ASK in `reply`; VERB_FAILED or VERB_NO_AGENT
 * with `why`, and what was answered in `reply`, which the caller wipes. BROWSER_WAIT returns after
 * a second with an ASK where the browser has brought nothing yet.
 */
int wait_for_person(struct wait *wait, enum record_kind kind, const struct secret *answer,
                    struct record *reply);

/* The same, of credentials that were obtained because of this call. */
int wait_for_newer(struct wait *wait, struct record *grant);

#endif
