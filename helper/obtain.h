/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_OBTAIN_H
#define AWS_ROLE_HELPER_OBTAIN_H

#include <stddef.h>
#include <stdint.h>

#include "common/credentials.h"
#include "common/deadline.h"
#include "common/protocol.h"

/* What the broker asks for: an OBTAIN, perhaps a FROM, and the STEPs with what belongs to each. */

struct obtain_step {
    struct record step;
    struct secret kept;
    struct secret begun;
    struct secret answer;
};

/* Starts as zeroes. */
struct obtain {
    deadline_t give_up;
    int64_t clock_offset;
    int person;        /* 1: somebody is there to be asked */
    unsigned int port; /* where a browser of theirs brings the answer; 0: none */
    struct credentials from; /* no key id: there was no FROM */
    enum step_kind base;     /* what FROM says the plan begins with; 0: there was no FROM */
    struct obtain_step steps[RECORD_STEPS_MAX];
    size_t count;
};

/*
 * Reads all of it. A KEPT, BEGUN or ANSWER belongs to the STEP before it. When the last step is of
 * a kind that takes them, they end with the broker shutting its sending side down (shutdown(2));
 * else the last STEP is the end. AWS_ROLE_ERR_PROTOCOL for records out of order, and the errors of
 * record_receive.
 */
int obtain_receive(int fd, deadline_t until, struct obtain *obtain);

/*
 * The files that the steps name, into `files` (2 * RECORD_STEPS_MAX pointers into the records);
 * returns how many.
 */
size_t obtain_files(const struct obtain *obtain, const char **files);

void obtain_wipe(struct obtain *obtain);

#endif
