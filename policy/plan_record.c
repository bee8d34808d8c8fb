/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "policy/plan.h"

void
plan_put(const struct plan *plan, struct record *record)
{
    size_t machine = 0;

    while (machine < plan->count && plan->machine_base[machine])
        machine++;
    record_put_text(record, FIELD_ROLE, plan->role);
    record_put_text(record, FIELD_ROLE_ARN, plan->role_arn);
    record_put_text(record, FIELD_REGION, plan->region);
    record_put_text(record, FIELD_SOURCE, plan->source);
    record_put_number(record, FIELD_EXPORT, plan->export_as);
    record_put_number(record, FIELD_STEPS, plan->count);
    record_put_number(record, FIELD_MACHINE, machine);
    if (plan->linger_seconds >= 0)
        record_put_number(record, FIELD_LINGER, (uint64_t)plan->linger_seconds);
}

/* A record's text, which the table of fields bounds; "" when it is absent. */
static void
copy_text(const struct record *record, enum record_field field, char *to, size_t size)
{
    const char *text = record_text(record, field);

    snprintf(to, size, "%s", text == NULL ? "" : text);
}

int
plan_take(const struct record *record, const struct record *steps, struct plan *plan)
{
    uint64_t count = record_number(record, FIELD_STEPS);
    int r = 0;

    memset(plan, 0, sizeof *plan);
    if (count < 1 || count > RECORD_STEPS_MAX)
        return AWS_ROLE_ERR_PROTOCOL;
    copy_text(record, FIELD_ROLE, plan->role, sizeof plan->role);
    copy_text(record, FIELD_ROLE_ARN, plan->role_arn, sizeof plan->role_arn);
    copy_text(record, FIELD_REGION, plan->region, sizeof plan->region);
    copy_text(record, FIELD_SOURCE, plan->source, sizeof plan->source);
    plan->export_as = (enum export)record_number(record, FIELD_EXPORT);
    plan->linger_seconds =
        record_has(record, FIELD_LINGER) ? (long)record_number(record, FIELD_LINGER) : -1;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = record_decode(&plan->steps[i], steps[i].bytes.data, steps[i].bytes.size);
        if (r == 0)
            plan->count++;
        plan->machine_base[i] = i < record_number(record, FIELD_MACHINE);
    }
    if (r == 0)
        plan_add_files(plan);
    else
        plan_wipe(plan);
    return r;
}
