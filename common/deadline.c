/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/deadline.h"

#include <limits.h>
#include <time.h>

deadline_t
deadline_now(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
        return UINT64_MAX; /* no clock: everything is over rather than nothing */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

deadline_t
deadline_in(uint64_t milliseconds)
{
    deadline_t now = deadline_now();

    return milliseconds > UINT64_MAX - now ? UINT64_MAX : now + milliseconds;
}

int
deadline_left(deadline_t deadline)
{
    deadline_t now = deadline_now();

    if (deadline <= now)
        return 0;
    return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}
