/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_HELPER_PROCESS_H
#define AWS_ROLE_BROKER_HELPER_PROCESS_H

#include <sys/types.h>

#include "common/deadline.h"
#include "common/protocol.h"

/* The helper of one obtain, and the socket to it. */
struct helper_process {
    pid_t pid;
    int fd;
    deadline_t give_up;
};

/* Starts `program`. AWS_ROLE_ERR_SYSTEM (errno). helper_process_end ends it. */
int helper_process_start(struct helper_process *helper, const char *program, deadline_t give_up);

/* record_send to it, bounded by give_up. */
int helper_process_send(const struct helper_process *helper, const struct record *record);

/*
 * record_receive from it, bounded by give_up and a moment, so that its own word on time is heard.
 */
int helper_process_receive(const struct helper_process *helper, struct record *record);

/* Kills it if it still runs, and reaps it. */
void helper_process_end(struct helper_process *helper);

#endif
