/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_OBTAIN_H
#define AWS_ROLE_BROKER_OBTAIN_H

#include <sys/types.h>

#include "broker/cache.h"
#include "broker/failure.h"
#include "policy/config.h"
#include "policy/plan.h"

/* What a plan is carried out with. */
struct obtain {
    const struct plan *plan;
    const struct config *config; /* whose files a refusal is bound to */
    const char *config_path;
    uid_t uid;
    struct cache *cache;
    const char *helper;  /* the program */
    deadline_t began; /* what is forgotten after that is not stored */
    deadline_t give_up;
    int64_t clock_offset; /* AWS's clock minus ours, seconds; renewed by what the helper saw */
    int person;                  /* 1: somebody is there to be asked */
    unsigned int port;           /* where a browser of theirs brings the answer; 0: none */
    const struct secret *begun;  /* what the step began that asked; NULL: nothing */
    const struct secret *answer; /* a person's; NULL: none */
    int refresh;          /* 1: new credentials, although the cache has fresh ones */
    int only_cached;      /* 1: the cache's, or none: AWS_ROLE_ERR_NOT_FOUND */
    int only_asking;      /* 1: for a person's answer alone, else none: AWS_ROLE_ERR_NOT_FOUND */

    /* Called with credentials of the cache that are valid but due, before new ones are fetched. */
    void (*provisional)(void *context, const struct credentials *credentials);
    /* Called with every entry that was stored, so that a cache in memory can be handed on. */
    void (*stored)(void *context, const struct record *entry, deadline_t until);
    void *context;

    int spent; /* 1: AWS may have seen `answer`, and took it for no step */
    struct record ask; /* with AWS_ROLE_ERR_NEEDS_PERSON: the helper's; the caller wipes it */
};

/*
 * Carries out a plan: takes what is fresh from the cache, the longest run of first steps that is
 * there, and lets the helper do the rest, alone on this host for each step (broker/lock.h). What
 * each step gave is stored as it comes, and so is a refusal.
 *
 * 0 and the last step's credentials, or AWS_ROLE_ERR_* with `failure` filled in. What a step kept
 * and asks a person in spite of is of no use any more, and is dropped. For a process of its own: it
 * may block until give_up, and uses SIGALRM.
 */
int obtain_run(struct obtain *obtain, struct credentials *credentials, struct failure *failure);

#endif
