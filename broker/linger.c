/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/linger.h"

#include <stdio.h>
#include <syslog.h>

#include "broker/lock.h"
#include "common/log.h"

#define TEXT(number) STRING(number)
#define STRING(number) #number

static int
take_place(const struct session *session)
{
    int folder = cache_folder(session->cache), place = -1;
    char name[CACHE_NAME_MAX];

    /* Twice: a sweep holds the lock of one that is free for an instant. */
    for (unsigned int i = 0; place < 0 && folder >= 0 && i < 2 * LINGER_MAX; i++) {
        snprintf(name, sizeof name, "linger-%lu-%u", (unsigned long)session->login->person.uid,
                 i % LINGER_MAX);
        place = lock_try(folder, name);
    }
    if (place < 0)
        log_line(LOG_NOTICE, "the session ends without lingering", "user",
                 session->login->person.name, "reason",
                 folder < 0 ? "the cache has no folder to count in"
                            : TEXT(LINGER_MAX) " sessions of this person linger already",
                 NULL);
    return place;
}

int
linger_begin(struct lingering *lingering, struct delivery *delivery, int asked)
{
    deadline_t now = deadline_now(), until = now + delivery->linger * 1000;

    if (delivery->linger == 0 || !delivery->replied || delivery->session->agent < 0)
        return 0;
    /* By default nothing is left for programs that have never asked. */
    if (delivery->linger_is_default && !asked)
        return 0;
    if (delivery->linger_is_default && audit_valid_until(&delivery->audit) < until)
        until = audit_valid_until(&delivery->audit);
    if (until <= now)
        return 0;
    lingering->place = take_place(delivery->session);
    if (lingering->place < 0)
        return 0;
    lingering->until = until;
    audit_linger(&delivery->audit, (until - now + 999) / 1000);
    return 1;
}

int
linger_is_left_over(const struct lingering *lingering, const struct delivery *delivery)
{
    return lingering->until != 0 && delivery->linger_is_default;
}

int
linger_is_over(const struct lingering *lingering, const struct delivery *delivery)
{
    return lingering->until != 0 &&
           (deadline_left(lingering->until) == 0 || delivery->session->agent < 0);
}

void
linger_end(struct lingering *lingering)
{
    lock_release(lingering->place);
    lingering->place = -1;
}
