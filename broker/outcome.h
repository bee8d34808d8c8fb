/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_OUTCOME_H
#define AWS_ROLE_BROKER_OUTCOME_H

#include "broker/serving.h"

/* What comes of a question: the records of the child that is at work on it, and its answer. */

/*
 * Reads one record of a job's child, in the order that broker/answer.h gives: END announces the
 * answer, which goes to whoever waits for it. A child that has ended without one has failed.
 */
void outcome_read(struct serving *serving, struct job *job);

/* Ends the job. Whoever waits for its answer gets a PENDING: `why`, and AWS_ROLE_ERR_* `error`. */
void outcome_fail(struct serving *serving, struct job *job, int error, const char *why);

#endif
