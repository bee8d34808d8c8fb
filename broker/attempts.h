/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ATTEMPTS_H
#define AWS_ROLE_BROKER_ATTEMPTS_H

#include <sys/types.h>

#include "broker/failure.h"
#include "common/deadline.h"

/*
 * How many codes a person may have wrong on this host: whoever has somebody's session or password,
 * and not the device, must not try until one fits. Counted in a file of the cache's folder that is
 * called after the uid and is no entry of the person's: forgetting what is cached forgets no wrong
 * code. It holds the times of the last ones, and a sweep removes it when those are over.
 */
#define ATTEMPTS_MAX 5
#define ATTEMPTS_MINUTES 10

/*
 * Before AWS is asked with a code: counts it as wrong, until attempts_take_back says that it was
 * not, so that those who ask side by side, or are killed while they do, get no more tries either.
 * `*mine` is for that. `folder` -1, which no person can bring about: nothing is counted, and
 * `*mine` is 0.
 *
 * AWS_ROLE_ERR_ATTEMPTS: ATTEMPTS_MAX were wrong in the last ATTEMPTS_MINUTES. AWS_ROLE_ERR_SYSTEM,
 * AWS_ROLE_ERR_DEADLINE: it cannot be counted, as in a folder that is full. `failure` says why, and
 * AWS is not to be asked. Uses SIGALRM (broker/lock.h).
 */
int attempts_count(int folder, uid_t uid, deadline_t until, deadline_t *mine,
                   struct failure *failure);

/* The code was right, or AWS has not seen it. */
void attempts_take_back(int folder, uid_t uid, deadline_t until, deadline_t mine);

/* AWS_ROLE_ERR_ATTEMPTS, with `failure`, when a code would not be taken now; nothing is counted. */
int attempts_check(int folder, uid_t uid, struct failure *failure);

#endif
