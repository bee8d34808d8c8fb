/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/kept_plan.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"

struct kept_plan *
kept_plan_new(const struct record *plan)
{
    uint64_t steps = record_number(plan, FIELD_STEPS);
    struct kept_plan *kept;

    if (steps < 1 || steps > RECORD_STEPS_MAX)
        return NULL;
    kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        return NULL;
    kept->until = deadline_in((uint64_t)KEPT_PLAN_SECONDS * 1000);
    if (record_decode(&kept->plan, plan->bytes.data, plan->bytes.size) != 0) {
        free(kept);
        return NULL;
    }
    return kept;
}

int
kept_plan_is_whole(const struct kept_plan *kept)
{
    return kept->count == record_number(&kept->plan, FIELD_STEPS);
}

int
kept_plan_add(struct kept_plan *kept, const struct record *step)
{
    int r;

    if (kept_plan_is_whole(kept))
        return AWS_ROLE_ERR_PROTOCOL;
    r = record_decode(&kept->steps[kept->count], step->bytes.data, step->bytes.size);
    if (r == 0)
        kept->count++;
    return r;
}

void
kept_plan_free(struct kept_plan *kept)
{
    if (kept == NULL)
        return;
    for (size_t i = 0; i < kept->count; i++)
        record_wipe(&kept->steps[i]);
    record_wipe(&kept->plan);
    free(kept);
}

/* Takes out of the list what `*link` is, and ends it. */
static void
drop(struct kept_plans *plans, struct kept_plan **link)
{
    struct kept_plan *kept = *link;

    *link = kept->next;
    plans->count--;
    kept_plan_free(kept);
}

static int
is_of(const struct kept_plan *kept, const char *role)
{
    return strcmp(record_text(&kept->plan, FIELD_ROLE), role) == 0;
}

void
kept_plan_keep(struct kept_plans *plans, struct kept_plan *kept)
{
    struct kept_plan **link = &plans->first;

    kept_plan_forget(plans, record_text(&kept->plan, FIELD_ROLE));
    while (*link != NULL && plans->count >= RECORD_ROLES_MAX)
        if ((*link)->next == NULL)
            drop(plans, link);
        else
            link = &(*link)->next;
    kept->next = plans->first;
    plans->first = kept;
    plans->count++;
}

const struct kept_plan *
kept_plan_find(const struct kept_plans *plans, const char *role)
{
    const struct kept_plan *kept = plans->first;

    if (role == NULL && kept != NULL)
        role = record_next_string(&kept->plan, FIELD_ROLES, NULL);
    while (kept != NULL && role != NULL && !is_of(kept, role))
        kept = kept->next;
    return kept != NULL && role != NULL && kept->until > deadline_now() ? kept : NULL;
}

void
kept_plan_forget(struct kept_plans *plans, const char *role)
{
    struct kept_plan **link = &plans->first;

    while (*link != NULL)
        if (role == NULL || is_of(*link, role))
            drop(plans, link);
        else
            link = &(*link)->next;
}

static int
is_listed(const struct kept_plan *kept, const struct record *roles)
{
    const char *role = NULL;

    while ((role = record_next_string(roles, FIELD_ROLES, role)) != NULL)
        if (is_of(kept, role))
            return 1;
    return 0;
}

void
kept_plan_retain(struct kept_plans *plans, const struct record *roles)
{
    struct kept_plan **link = &plans->first;

    while (*link != NULL)
        if (!is_listed(*link, roles))
            drop(plans, link);
        else
            link = &(*link)->next;
}
