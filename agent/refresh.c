/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/refresh.h"

#include <sys/random.h>

#define END_JITTER_MS 1000

static uint64_t
delay_after(unsigned int failures)
{
    uint64_t delay = REFRESH_DELAY_FIRST_MS;

    for (unsigned int i = 1; i < failures && delay < REFRESH_DELAY_MAX_MS; i++)
        delay *= 2;
    return delay < REFRESH_DELAY_MAX_MS ? delay : REFRESH_DELAY_MAX_MS;
}

/* Between 0 and `range`, so that the sessions that failed together do not return together. */
static uint64_t
jitter(uint64_t range)
{
    uint32_t random;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        return range;
    return random % (range + 1);
}

int
refresh_is_under_way(const struct refresh *refresh)
{
    return refresh->answer_by > deadline_now();
}

uint64_t
refresh_age(const struct refresh *refresh)
{
    deadline_t now = deadline_now();

    return refresh->answer_by > now ? now + REFRESH_ANSWER_MS - refresh->answer_by : 0;
}

int
refresh_start(struct refresh *refresh, enum refresh_cause cause)
{
    deadline_t not_before = 0;

    if (refresh_is_under_way(refresh))
        return 0;
    if (refresh->answer_by != 0)
        refresh_fail(refresh, 0);
    if (cause != REFRESH_ANSWERED)
        not_before = cause == REFRESH_BY_HAND ? refresh->by_hand_from : refresh->not_before;
    if (not_before > deadline_now())
        return 0;
    refresh->answer_by = deadline_in(REFRESH_ANSWER_MS);
    if (cause == REFRESH_BY_HAND)
        refresh->by_hand_from = deadline_in(REFRESH_BY_HAND_MS);
    return 1;
}

void
refresh_succeed(struct refresh *refresh)
{
    refresh->answer_by = 0;
    refresh->not_before = 0;
    refresh->failures = 0;
}

void
refresh_fail(struct refresh *refresh, deadline_t end)
{
    uint64_t delay;

    if (refresh->failures < UINT16_MAX)
        refresh->failures++;
    delay = delay_after(refresh->failures);
    refresh->not_before = deadline_in(delay / 2 + jitter(delay / 2));
    refresh->answer_by = 0;
    if (end <= deadline_now() || refresh->not_before < end)
        return;
    refresh->not_before = end + jitter(END_JITTER_MS);
    refresh->failures = 0;
}
