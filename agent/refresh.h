/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_REFRESH_H
#define AWS_ROLE_AGENT_REFRESH_H

#include <stdint.h>

#include "common/deadline.h"

/*
 * When the broker may be asked for a role again. The only back-off between obtains; retries inside
 * one obtain are the helper's. Nothing here is a timer: somebody has to ask.
 *
 * One question at a time. After a failure the next one waits a random time between half of a delay
 * and all of it; the delay is 2 s, then doubles up to 60 s, so it is never under 1 s. A person who
 * asks by hand need not wait for that, but asks once a second at most; one who is there to answer
 * what is asked need not wait at all.
 */

#define REFRESH_DELAY_FIRST_MS 2000
#define REFRESH_DELAY_MAX_MS 60000
#define REFRESH_BY_HAND_MS 1000
/* The broker gives an obtain up after 30 s; a question older than this one counts as failed. */
#define REFRESH_ANSWER_MS 45000

enum refresh_cause {
    REFRESH_DUE,      /* a program needs credentials */
    REFRESH_BY_HAND,  /* a person wants them now */
    REFRESH_ANSWERED, /* a person answers, or is there to */
};

/* Initialise with zeroes. */
struct refresh {
    deadline_t answer_by;    /* a question is under way until then; 0: none is */
    deadline_t not_before;   /* when the next may be put */
    deadline_t by_hand_from; /* when the next may be put by hand */
    unsigned int failures;   /* since the last success */
};

/*
 * 1 when the broker may be asked now, and then the question counts as under way until
 * refresh_succeed or refresh_fail; 0 when one is under way or it is too early.
 */
int refresh_start(struct refresh *refresh, enum refresh_cause cause);

/* 1 while a question is under way. */
int refresh_is_under_way(const struct refresh *refresh);

/* How many milliseconds ago the question under way was put; 0 when none is. */
uint64_t refresh_age(const struct refresh *refresh);

/* The question was answered with what was wanted: no back-off. */
void refresh_succeed(struct refresh *refresh);

/*
 * It was not: the next one has to wait, but not beyond `end`, when what there is can be used no
 * more and clients are left with nothing; then the delay starts anew. 0: there is nothing now.
 */
void refresh_fail(struct refresh *refresh, deadline_t end);

#endif
