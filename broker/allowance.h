/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ALLOWANCE_H
#define AWS_ROLE_BROKER_ALLOWANCE_H

#include "common/deadline.h"

/*
 * How much a session's agent may ask. The agent is the person's, and so is what it asks: what one
 * session can cost this host and the account's STS is bounded here. Initialise with
 * allowance_start.
 */
struct allowance {
    unsigned int questions; /* that may be asked now */
    deadline_t filled;      /* when `questions` last grew */
    deadline_t refreshed;   /* when new credentials were last asked for by hand; 0: never */
};

void allowance_start(struct allowance *allowance);

/* 1, and one less is left: 16 at once, and one more a second. */
int allowance_take(struct allowance *allowance);

/* 1 when new credentials may be fetched although there are fresh ones: once in five seconds. */
int allowance_refresh(struct allowance *allowance);

#endif
