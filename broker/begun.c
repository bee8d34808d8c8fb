/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/begun.h"

#include <stdio.h>
#include <string.h>

/* AWS tells nowhere how long its page takes a sign-in; a code from it lives for minutes. */
#define BEGUN_MS (15 * 60 * 1000)

static void
forget(struct begun *begun, size_t i)
{
    secret_wipe(&begun->list[i].bytes);
    explicit_bzero(&begun->list[i], sizeof begun->list[i]);
}

/* The place of a role; else a free one, or the one whose time ends first. */
static size_t
place_of(const struct begun *begun, const char *role)
{
    size_t best = 0;

    for (size_t i = 0; i < BEGUN_MAX; i++)
        if (strcmp(begun->list[i].role, role) == 0)
            return i;
    for (size_t i = 1; i < BEGUN_MAX; i++)
        if (begun->list[i].until < begun->list[best].until)
            best = i;
    return best;
}

void
begun_take(struct begun *begun, const struct record *ask, struct record *told)
{
    static const enum record_field fields[] = {
        FIELD_PROMPT, FIELD_STEP,  FIELD_WHY,     FIELD_URL,      FIELD_INDEX,
        FIELD_ROLE,   FIELD_ROLES, FIELD_REGIONS, FIELD_ROLE_ARN, FIELD_SOURCE,
    };
    const char *role = record_text(ask, FIELD_ROLE);

    if (role != NULL && record_has(ask, FIELD_BEGUN)) {
        size_t i = place_of(begun, role);

        forget(begun, i);
        if (record_get_secret(ask, FIELD_BEGUN, &begun->list[i].bytes) == 0) {
            snprintf(begun->list[i].role, sizeof begun->list[i].role, "%s", role);
            begun->list[i].until = deadline_in(BEGUN_MS);
        }
    }
    record_start(told, RECORD_ASK);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        record_put_from(told, fields[i], ask);
}

const struct secret *
begun_find(struct begun *begun, const char *role)
{
    for (size_t i = 0; i < BEGUN_MAX; i++)
        if (begun->list[i].until != 0 && begun->list[i].until <= deadline_now())
            forget(begun, i);
    for (size_t i = 0; role != NULL && i < BEGUN_MAX; i++)
        if (begun->list[i].bytes.size > 0 && strcmp(begun->list[i].role, role) == 0)
            return &begun->list[i].bytes;
    return NULL;
}

void
begun_forget(struct begun *begun, const char *role)
{
    for (size_t i = 0; i < BEGUN_MAX; i++)
        if (role == NULL || strcmp(begun->list[i].role, role) == 0)
            forget(begun, i);
}
