/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHILD_H
#define AWS_ROLE_CLI_CHILD_H

#include <sys/types.h>

#include "common/deadline.h"

/*
 * Waits until `deadline` for the end of the caller's child `pid`, and reaps it; `status` as of
 * waitpid(2). AWS_ROLE_ERR_DEADLINE: it still runs; AWS_ROLE_ERR_SYSTEM (errno): it is no child, or
 * was reaped by the kernel, as where the caller ignores SIGCHLD.
 */
int child_wait(pid_t pid, deadline_t deadline, int *status);

#endif
