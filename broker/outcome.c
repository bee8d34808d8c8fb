/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/outcome.h"

#include "broker/reply.h"
#include "common/error.h"

static void
take_entry(const struct serving *serving, const struct record *entry)
{
    deadline_t until = record_number(entry, FIELD_VALID_UNTIL);
    struct cache_key key = {.owner = ""}; /* a cache in memory has one owner */

    if (record_has(entry, FIELD_CLASS))
        until = record_number(entry, FIELD_FRESH_UNTIL);
    if (record_number(entry, FIELD_KEPT_UNTIL) > until)
        until = record_number(entry, FIELD_KEPT_UNTIL);
    key.bytes = record_bytes(entry, FIELD_KEY, &key.size);
    (void)cache_store(serving->session->cache, &key, entry, until);
}

void
outcome_fail(struct serving *serving, struct job *job, int error, const char *why)
{
    struct failure failure;
    struct record pending;

    if (!job->answered) {
        failure_set(&failure, error, "%s", why);
        audit_refusal(serving->session->login, job->role, &failure);
        reply_pending(why, error, job->role, &pending);
        delivery_answer(&serving->delivery, job, &pending);
        record_wipe(&pending);
    }
    job_end(job);
}

/*
 * A plan comes in parts, and is kept once it is whole. The first one of a question says that the
 * configuration loads: what is kept is what that gives, and nothing older.
 */
static void
take_plan(struct serving *serving, struct job *job, const struct record *plan)
{
    if (!job->planned)
        kept_plan_forget(&serving->kept, NULL);
    job->planned = 1;
    kept_plan_free(job->coming);
    job->coming = kept_plan_new(plan);
    if (job->for_login)
        delivery_plan(&serving->delivery, plan);
}

static void
take_step(struct serving *serving, struct job *job, const struct record *step)
{
    if (job->coming == NULL || kept_plan_add(job->coming, step) != 0 ||
        !kept_plan_is_whole(job->coming))
        return;
    kept_plan_keep(&serving->kept, job->coming);
    job->coming = NULL;
}

/* A role that is the person's no more is not to be had by an old plan either. */
static void
forget_plan(struct serving *serving, const struct record *none)
{
    kept_plan_retain(&serving->kept, none);
    if (record_has(none, FIELD_ROLE))
        kept_plan_forget(&serving->kept, record_text(none, FIELD_ROLE));
}

/* The answer to a job's question. */
static void
take_outcome(struct serving *serving, struct job *job, const struct record *record)
{
    struct record told;

    if (record->kind == RECORD_ASK) {
        begun_take(&serving->begun, record, &told);
        delivery_answer(&serving->delivery, job, &told);
        record_wipe(&told);
        return;
    }
    if (record->kind == RECORD_NONE)
        forget_plan(serving, record);
    if (record->kind == RECORD_GRANT)
        begun_forget(&serving->begun, record_text(record, FIELD_ROLE));
    delivery_answer(&serving->delivery, job, record);
}

static void
take_record(struct serving *serving, struct job *job, const struct record *record)
{
    switch (record->kind) {
    case RECORD_PLAN:
        take_plan(serving, job, record);
        break;
    case RECORD_STEP:
        take_step(serving, job, record);
        break;
    case RECORD_ENTRY:
        if (!job->forgotten)
            take_entry(serving, record);
        break;
    case RECORD_END:
        serving->clock_offset = (int64_t)record_number(record, FIELD_CLOCK_OFFSET);
        serving->config_told = record_has(record, FIELD_CLASS);
        job->ended = 1;
        break;
    case RECORD_GRANT:
        if (!job->ended) {
            delivery_provisional(&serving->delivery, job, record);
            break;
        }
        /* fall through */
    default:
        take_outcome(serving, job, record);
    }
}

void
outcome_read(struct serving *serving, struct job *job)
{
    struct record record;
    int r = record_receive(job->fd, &record, 0);

    if (r == AWS_ROLE_ERR_DEADLINE)
        return;
    if (r != 0) {
        outcome_fail(serving, job, AWS_ROLE_ERR_SYSTEM,
                 "the broker's child ended without an answer; its log lines say more");
        return;
    }
    take_record(serving, job, &record);
    record_wipe(&record);
}
