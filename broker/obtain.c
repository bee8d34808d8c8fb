/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/obtain.h"

#include <errno.h>
#include <string.h>

#include "broker/helper_process.h"
#include "broker/progress.h"
#include "common/error.h"

/* A DONE: what step `start` gave is stored at once, and its lock is free for those who wait. */
static int
take_done(struct progress *progress, const struct record *done, size_t index)
{
    struct credentials credentials = {0};
    size_t i = progress->start;
    int r;

    if (record_number(done, FIELD_INDEX) != index || i >= progress->plan->count)
        return AWS_ROLE_ERR_PROTOCOL;
    r = record_get_credentials(done, &credentials);
    if (r == AWS_ROLE_ERR_NOT_FOUND && !progress_is_cached(progress, i)) {
        progress->start++; /* the helper keeps long-lived keys to itself */
        return 0;
    }
    if (r != 0)
        return AWS_ROLE_ERR_PROTOCOL;
    if (progress_is_persons(progress, i))
        progress->with->spent = 0;
    if (progress_is_cached(progress, i))
        progress_store(progress, i, done, &credentials);
    progress_advance(progress, i, &credentials);
    return 0;
}

/* Step i asks: whoever put the question hands it on. */
static int
take_ask(struct progress *progress, const struct record *ask, size_t i)
{
    struct record *kept = &progress->with->ask;
    const char *why = record_text(ask, record_has(ask, FIELD_WHY) ? FIELD_WHY : FIELD_PROMPT);

    progress->with->spent = 0;
    if (i < progress->plan->count)
        progress_forget_kept(progress, i);
    failure_set(progress->failure, AWS_ROLE_ERR_NEEDS_PERSON, "%s", why);
    record_wipe(kept);
    return record_decode(kept, ask->bytes.data, ask->bytes.size) == 0 ? AWS_ROLE_ERR_NEEDS_PERSON
                                                                     : AWS_ROLE_ERR_MEMORY;
}

/* What belongs to the step before it; an empty one is not sent. */
static int
send_secret(const struct helper_process *helper, enum record_kind kind, enum record_field field,
            const struct secret *secret)
{
    struct record record;
    int r;

    if (secret->size == 0)
        return 0;
    record_start(&record, kind);
    record_put_secret(&record, field, secret);
    r = helper_process_send(helper, &record);
    record_wipe(&record);
    return r;
}

/* Everything the helper needs: OBTAIN, FROM, the steps, what they kept and what was answered. */
static int
send_work(const struct progress *progress, const struct helper_process *helper)
{
    const struct obtain *with = progress->with;
    struct record record;
    int r;

    record_start(&record, RECORD_OBTAIN);
    record_put_number(&record, FIELD_GIVE_UP, with->give_up);
    record_put_number(&record, FIELD_CLOCK_OFFSET, (uint64_t)with->clock_offset);
    record_put_number(&record, FIELD_STEPS, progress->plan->count - progress->start);
    if (with->person)
        record_put_number(&record, FIELD_PERSON, 1);
    if (with->port != 0)
        record_put_number(&record, FIELD_PORT, with->port);
    r = helper_process_send(helper, &record);
    record_wipe(&record);
    if (r == 0 && progress->from.access_key_id[0] != '\0') {
        record_start(&record, RECORD_FROM);
        record_put_credentials(&record, &progress->from);
        record_put_number(&record, FIELD_STEP,
                          record_number(&progress->plan->steps[0], FIELD_STEP));
        r = helper_process_send(helper, &record);
        record_wipe(&record);
    }
    for (size_t i = progress->start; r == 0 && i < progress->plan->count; i++) {
        r = helper_process_send(helper, &progress->plan->steps[i]);
        if (r == 0)
            r = send_secret(helper, RECORD_KEPT, FIELD_KEPT, &progress->kept[i]);
        if (r == 0 && with->begun != NULL && progress_is_persons(progress, i))
            r = send_secret(helper, RECORD_BEGUN, FIELD_BEGUN, with->begun);
        if (r == 0 && with->answer != NULL && progress_is_persons(progress, i))
            r = send_secret(helper, RECORD_ANSWER, FIELD_ANSWER, with->answer);
    }
    return r;
}

/* One record of the helper's. 1 when it was the last one. */
static int
take_record(struct progress *progress, const struct record *record, size_t *index, int *result)
{
    size_t failed = progress->start;

    switch (record->kind) {
    case RECORD_DONE:
        *result = take_done(progress, record, (*index)++);
        break;
    case RECORD_ASK:
        *result = take_ask(progress, record, failed);
        return 0;
    case RECORD_FAIL:
        failure_from_record(progress->failure, record);
        progress->with->spent &= record_has(record, FIELD_SENT);
        *result = progress->failure->error;
        if (failed < progress->plan->count)
            progress_refuse(progress, failed);
        return 0;
    case RECORD_END:
        progress->with->clock_offset = (int64_t)record_number(record, FIELD_CLOCK_OFFSET);
        if (*result == 0 && progress->start != progress->plan->count)
            *result = AWS_ROLE_ERR_PROTOCOL;
        return 1;
    default:
        *result = AWS_ROLE_ERR_PROTOCOL;
    }
    return *result != 0;
}

/* 1 when what is left to do waits for a person. */
static int
needs_person(const struct progress *progress)
{
    for (size_t i = progress->start; i < progress->plan->count; i++)
        if (progress_is_persons(progress, i))
            return 1;
    return 0;
}

static int
run_helper(struct progress *progress)
{
    struct helper_process helper;
    struct record record;
    size_t index = 0;
    int r, result = 0, last = 0;

    r = helper_process_start(&helper, progress->with->helper, progress->with->give_up);
    if (r != 0) {
        failure_set(progress->failure, r, "the helper %s cannot be started: %s",
                    progress->with->helper, strerror(errno));
        return r;
    }
    /* Until the helper has said what became of it, or if it never does. */
    progress->with->spent = progress->with->answer != NULL && needs_person(progress);
    r = send_work(progress, &helper);
    while (r == 0 && !last) {
        r = helper_process_receive(&helper, &record);
        if (r == 0)
            last = take_record(progress, &record, &index, &result);
        record_wipe(&record);
    }
    helper_process_end(&helper);
    if (result == 0)
        result = r;
    if (result != 0 && progress->failure->error == 0)
        failure_set(progress->failure, result, "the helper %s ended without an answer: %s",
                    progress->with->helper, error_text(result));
    return result;
}

int
obtain_run(struct obtain *obtain, struct credentials *credentials, struct failure *failure)
{
    struct progress progress;
    int r;

    memset(failure, 0, sizeof *failure);
    r = progress_start(&progress, obtain, failure);
    if (r != 0)
        goto out;
    progress_find(&progress);
    if (progress.start < obtain->plan->count && obtain->only_cached)
        r = AWS_ROLE_ERR_NOT_FOUND;
    if (obtain->only_asking && !needs_person(&progress))
        r = AWS_ROLE_ERR_NOT_FOUND;
    if (r == 0 && progress.start < obtain->plan->count)
        r = progress_lock(&progress);
    if (r == 0 && progress.start < obtain->plan->count)
        r = run_helper(&progress);
    if (r == 0)
        r = credentials_copy(credentials, &progress.from);
out:
    if (r != 0 && failure->error == 0)
        failure_set(failure, r, "%s", error_text(r));
    progress_end(&progress);
    return r;
}
