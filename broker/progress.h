/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_PROGRESS_H
#define AWS_ROLE_BROKER_PROGRESS_H

#include "broker/key.h"
#include "broker/obtain.h"

/*
 * How far a plan has come: which of its first steps are in the cache, which locks are held for the
 * others, and what was obtained. Knows the cache and its locks, and nothing of the helper.
 */
struct progress {
    struct obtain *with;
    const struct plan *plan;
    struct key keys[RECORD_STEPS_MAX];
    struct secret kept[RECORD_STEPS_MAX]; /* what each step kept last time */
    int locks[RECORD_STEPS_MAX];          /* -1: not held */
    size_t start;                         /* the first step that is still to be done */
    struct credentials from;              /* what the steps before `start` gave */
    deadline_t seen;                      /* end of the last step's cached ones, when first read */
    struct failure *failure;
};

/*
 * Makes the keys. `failure` is the caller's. AWS_ROLE_ERR_MEMORY. progress_end ends it in any case.
 */
int progress_start(struct progress *progress, struct obtain *with, struct failure *failure);

/* Gives the locks back and wipes what is held. */
void progress_end(struct progress *progress);

/* Long-lived keys are never copied: their step has no entry, no lock and no refusal. */
int progress_is_cached(const struct progress *progress, size_t i);

/* What step i kept is of no use any more: the next one to come does not try it again. */
void progress_forget_kept(struct progress *progress, size_t i);

/* 1 for a step that asks a person. */
int progress_is_persons(const struct progress *progress, size_t i);

/*
 * Starts after the longest run of first steps whose result is in the cache. Calls `provisional`
 * with the last step's credentials when they are valid and due.
 */
void progress_find(struct progress *progress);

/*
 * Takes the locks of the steps that are left, the shortest run of steps first, and looks into the
 * cache again after each: whoever held it may have obtained, or been refused. The lock of a step
 * that is the machine's own is waited for a second, and then done without; so is one that cannot be
 * made because the cache's folder is full or read-only.
 * AWS_ROLE_ERR_DEADLINE, or the class of a refusal; `failure` says why.
 */
int progress_lock(struct progress *progress);

/* Step i is done and gave `credentials`, which are moved; whoever waits for its lock goes on. */
void progress_advance(struct progress *progress, size_t i, struct credentials *credentials);

/* Stores what step i gave, and what its DONE says is to be kept. A failure is logged. */
void progress_store(struct progress *progress, size_t i, const struct record *done,
                    const struct credentials *credentials);

/*
 * Remembers `failure` as the refusal of step i, if it is one to be remembered: what a person's
 * answer has led to never is, and a person who has just answered is not held up by an older one.
 */
void progress_refuse(struct progress *progress, size_t i);

#endif
