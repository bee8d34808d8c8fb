/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_JOB_H
#define AWS_ROLE_BROKER_JOB_H

#include <sys/types.h>

#include "broker/question.h"

/* A question that a child is at work on. */
struct job {
    pid_t pid; /* 0: no job */
    int fd;    /* the child's records */
    deadline_t give_up;
    char role[RECORD_ROLE_NAME_MAX + 1]; /* "": the person's first */
    int refresh;
    int person;    /* somebody is there to be asked */
    int for_login; /* the module waits for it */
    int for_agent; /* the agent asked */
    int ended;     /* 1 once the child has sent END: its answer comes next */
    int answered;  /* 1 once the answer has come */
    struct kept_plan *coming; /* a plan, until all its steps are there */
    int planned;              /* 1 once a plan has come */
    int forgotten;            /* 1: what it still stores is not to be kept */
};

/* How many descriptors of the broker's its children must not hold. */
#define JOB_NOT_FOR_CHILD 6

/*
 * Forks a child that answers `question` (its `to` is set here) and closes what the child must not
 * hold: the JOB_NOT_FOR_CHILD descriptors in `not_for_child`; -1 is none. The child dies with its
 * parent. AWS_ROLE_ERR_SYSTEM.
 */
int job_start(struct job *job, const struct question *question, const int *not_for_child);

/* Ends the child if it still runs, reaps it, and makes the job free again. */
void job_end(struct job *job);

#endif
