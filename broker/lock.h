/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_LOCK_H
#define AWS_ROLE_BROKER_LOCK_H

#include "common/deadline.h"

/*
 * Single flight: who holds the lock of a cache entry's name obtains it, everybody else waits and
 * then reads it. A flock(2) on a file beside the entry; the kernel frees it when its holder dies.
 */

/*
 * Waits for the lock of `name` until `deadline`. `*lock` is a CLOEXEC descriptor, given back with
 * lock_release. Uses SIGALRM and its timer: for a single-threaded process that does nothing else
 * with them. AWS_ROLE_ERR_DEADLINE, AWS_ROLE_ERR_SYSTEM (errno).
 */
int lock_take(int folder, const char *name, deadline_t deadline, int *lock);

/* The lock of `name` if nobody holds it; else -1. */
int lock_try(int folder, const char *name);

/* Gives the lock back. -1 is allowed. */
void lock_release(int lock);

/* Removes the file of a lock that the caller holds, and gives it back. */
void lock_remove(int folder, const char *name, int lock);

#endif
