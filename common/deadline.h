/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_DEADLINE_H
#define AWS_ROLE_COMMON_DEADLINE_H

#include <stdint.h>

/*
 * A deadline is an absolute time in milliseconds of CLOCK_BOOTTIME: it goes on while the machine
 * sleeps, as AWS's clock does, never jumps, and means the same in every process of this host
 * (clock_gettime(2)). 0 is "already over".
 */
typedef uint64_t deadline_t;

/* Now, in milliseconds of CLOCK_BOOTTIME. */
deadline_t deadline_now(void);

/* `milliseconds` from now; a sum that overflows is the largest deadline. */
deadline_t deadline_in(uint64_t milliseconds);

/* Milliseconds left, for poll(2): 0 when over, INT_MAX at most. */
int deadline_left(deadline_t deadline);

#endif
