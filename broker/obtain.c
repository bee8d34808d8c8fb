/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/obtain.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "broker/helper_process.h"
#include "broker/key.h"
#include "broker/lock.h"
#include "common/error.h"
#include "common/log.h"

#define MACHINE_MARGIN_MS (5 * 60 * 1000)
#define MACHINE_LOCK_MS 1000

/* One plan on its way. */
struct work {
    struct obtain *with;
    const struct plan *plan;
    struct key keys[RECORD_STEPS_MAX];
    struct secret kept[RECORD_STEPS_MAX]; /* what each step kept last time */
    int locks[RECORD_STEPS_MAX];          /* -1: not held */
    size_t start;                         /* the first step that is still to be done */
    struct credentials from;              /* what the steps before `start` gave */
    deadline_t seen;                      /* end of the last step's cached ones, when first read */
    struct failure *failure;
};

/* Long-lived keys are never copied: their step has no entry, no lock and no refusal. */
static int
is_cached(const struct work *work, size_t i)
{
    return record_number(&work->plan->steps[i], FIELD_STEP) != STEP_STATIC_KEYS;
}

static int
prepare(struct work *work, struct obtain *with, struct failure *failure)
{
    int r = 0;

    memset(work, 0, sizeof *work);
    work->with = with;
    work->plan = with->plan;
    work->failure = failure;
    for (size_t i = 0; i < RECORD_STEPS_MAX; i++)
        work->locks[i] = -1;
    for (size_t i = 0; r == 0 && i < work->plan->count; i++)
        r = key_make(work->plan, i, with->config_path, with->uid, &work->keys[i]);
    return r;
}

static void
finish(struct work *work)
{
    for (size_t i = 0; i < work->plan->count; i++) {
        lock_release(work->locks[i]);
        key_free(&work->keys[i]);
        secret_wipe(&work->kept[i]);
    }
    credentials_wipe(&work->from);
}

/*
 * The machine renews its credentials itself, a few minutes before their end: until then they are
 * good for assuming a role, and whoever cannot get newer ones is not stopped.
 */
static int
is_good(const struct work *work, size_t i, const struct credentials *credentials)
{
    if (key_is_machine(&work->keys[i]) && i + 1 < work->plan->count)
        return credentials->valid_until > deadline_in(MACHINE_MARGIN_MS);
    return credentials_are_fresh(credentials) && credentials_are_valid(credentials);
}

/*
 * Reads step i's entry. Its credentials, and 1 when they are good to go on from; what the step
 * keeps goes to `kept` in any case.
 */
static int
read_entry(struct work *work, size_t i, struct credentials *credentials)
{
    const struct cache_key key = key_for_cache(&work->keys[i]);
    struct record entry;
    int is_last = i + 1 == work->plan->count, good = 0;

    if (cache_find(work->with->cache, &key, &entry) != 0)
        return 0;
    if (record_number(&entry, FIELD_KEPT_UNTIL) > deadline_now())
        (void)record_get_secret(&entry, FIELD_KEPT, &work->kept[i]);
    if (record_get_credentials(&entry, credentials) == 0) {
        good = is_good(work, i, credentials);
        /* Who wants new ones takes what another has fetched since we looked first. */
        if (is_last && work->with->refresh)
            good = good && work->seen != 0 && credentials->valid_until > work->seen;
    }
    record_wipe(&entry);
    return good;
}

static void
go_on_from(struct work *work, size_t i, struct credentials *credentials)
{
    credentials_wipe(&work->from);
    work->from = *credentials; /* moved */
    memset(credentials, 0, sizeof *credentials);
    work->start = i + 1;
}

/* The longest run of first steps whose result is in the cache. */
static void
find_start(struct work *work)
{
    size_t last = work->plan->count - 1;

    for (size_t i = work->plan->count; i-- > 0;) {
        struct credentials cached = {0};

        if (!is_cached(work, i))
            continue;
        if (read_entry(work, i, &cached)) {
            go_on_from(work, i, &cached);
            return;
        }
        if (i == last) {
            work->seen = cached.valid_until;
            if (credentials_are_valid(&cached) && work->with->provisional != NULL)
                work->with->provisional(work->with->context, &cached);
        }
        credentials_wipe(&cached);
    }
}

/* 1 when AWS refused step i a moment ago, with the reason in `failure`. */
static int
is_refused(struct work *work, size_t i)
{
    struct record entry;
    struct cache_key cache_key;
    struct key key;
    int refused = 0;

    if (key_make_refusal(&work->keys[i], work->with->config, work->with->uid, &key) != 0)
        return 0;
    cache_key = key_for_cache(&key);
    if (cache_find(work->with->cache, &cache_key, &entry) == 0) {
        refused = record_has(&entry, FIELD_CLASS) &&
                  record_number(&entry, FIELD_FRESH_UNTIL) > deadline_now();
        if (refused)
            failure_from_record(work->failure, &entry);
        record_wipe(&entry);
    }
    key_free(&key);
    return refused;
}

static void
release_until(struct work *work, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        lock_release(work->locks[i]);
        work->locks[i] = -1;
    }
}

/* One person's session, slowed down by what else that person runs, must not stop another's. */
static deadline_t
lock_deadline(const struct work *work, size_t i)
{
    deadline_t soon = deadline_in(MACHINE_LOCK_MS);

    return key_is_machine(&work->keys[i]) && soon < work->with->give_up ? soon
                                                                        : work->with->give_up;
}

/* Takes step i's lock and looks again: whoever held it may have obtained, or been refused. */
static int
lock_step(struct work *work, size_t i)
{
    const struct cache_key key = key_for_cache(&work->keys[i]);
    struct credentials cached = {0};
    char name[CACHE_NAME_MAX];
    int r;

    if (cache_folder(work->with->cache) < 0)
        return 0;
    cache_name(&key, name);
    r = lock_take(cache_folder(work->with->cache), name, lock_deadline(work, i), &work->locks[i]);
    if (r != 0)
        work->locks[i] = -1;
    if (r == AWS_ROLE_ERR_DEADLINE && key_is_machine(&work->keys[i]))
        return 0; /* without it: asking the machine twice costs little */
    if (r != 0) {
        failure_set(work->failure, r, "%s",
                    r == AWS_ROLE_ERR_DEADLINE ? "another session is still waiting for the same "
                                                 "credentials; try again later"
                                               : strerror(errno));
        return r;
    }
    if (read_entry(work, i, &cached)) {
        go_on_from(work, i, &cached);
        release_until(work, i + 1);
    }
    credentials_wipe(&cached);
    return 0;
}

static int
lock_steps(struct work *work)
{
    for (size_t i = work->start; i < work->plan->count; i++) {
        int r;

        if (!is_cached(work, i))
            continue;
        if (is_refused(work, i))
            return work->failure->error;
        r = lock_step(work, i);
        if (r != 0)
            return r;
        if (i >= work->start && is_refused(work, i))
            return work->failure->error;
    }
    return 0;
}

static void
store(struct work *work, const struct key *key, const struct record *entry, deadline_t until)
{
    const struct cache_key cache_key = key_for_cache(key);
    int r = cache_store(work->with->cache, &cache_key, entry, until);

    if (r != 0)
        log_line(LOG_WARNING, "credentials were obtained and cannot be kept", "owner", key->owner,
                 "reason", r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r), NULL);
    else if (work->with->stored != NULL)
        work->with->stored(work->with->context, entry, until);
}

static void
store_result(struct work *work, size_t i, const struct record *done,
             const struct credentials *credentials)
{
    deadline_t until = credentials->valid_until, kept_until;
    struct record entry;

    record_start(&entry, RECORD_ENTRY);
    record_put_bytes(&entry, FIELD_KEY, work->keys[i].bytes, work->keys[i].size);
    record_put_credentials(&entry, credentials);
    record_put_from(&entry, FIELD_KEPT, done);
    record_put_from(&entry, FIELD_KEPT_UNTIL, done);
    kept_until = record_number(done, FIELD_KEPT_UNTIL);
    store(work, &work->keys[i], &entry, kept_until > until ? kept_until : until);
    record_wipe(&entry);
}

static void
store_refusal(struct work *work, size_t i)
{
    unsigned int milliseconds = failure_remember_ms(work->failure);
    deadline_t until = deadline_in(milliseconds);
    struct record entry;
    struct key key;

    if (milliseconds == 0 || !is_cached(work, i) ||
        key_make_refusal(&work->keys[i], work->with->config, work->with->uid, &key) != 0)
        return;
    record_start(&entry, RECORD_ENTRY);
    record_put_bytes(&entry, FIELD_KEY, key.bytes, key.size);
    failure_put(work->failure, &entry);
    record_put_number(&entry, FIELD_FRESH_UNTIL, until);
    store(work, &key, &entry, until);
    record_wipe(&entry);
    key_free(&key);
}

/* A DONE: what step `start` gave is stored at once, and its lock is free for those who wait. */
static int
take_done(struct work *work, const struct record *done, size_t index)
{
    struct credentials credentials = {0};
    size_t i = work->start;
    int r;

    if (record_number(done, FIELD_INDEX) != index || i >= work->plan->count)
        return AWS_ROLE_ERR_PROTOCOL;
    r = record_get_credentials(done, &credentials);
    if (r == AWS_ROLE_ERR_NOT_FOUND && !is_cached(work, i)) {
        work->start++; /* the helper keeps long-lived keys to itself */
        return 0;
    }
    if (r != 0)
        return AWS_ROLE_ERR_PROTOCOL;
    if (is_cached(work, i))
        store_result(work, i, done, &credentials);
    go_on_from(work, i, &credentials);
    release_until(work, work->start);
    return 0;
}

/* Everything the helper needs: OBTAIN, FROM, and the steps with what they kept. */
static int
send_work(const struct work *work, const struct helper_process *helper)
{
    struct record record;
    int r;

    record_start(&record, RECORD_OBTAIN);
    record_put_number(&record, FIELD_GIVE_UP, work->with->give_up);
    record_put_number(&record, FIELD_CLOCK_OFFSET, (uint64_t)work->with->clock_offset);
    record_put_number(&record, FIELD_STEPS, work->plan->count - work->start);
    r = helper_process_send(helper, &record);
    record_wipe(&record);
    if (r == 0 && work->from.access_key_id[0] != '\0') {
        record_start(&record, RECORD_FROM);
        record_put_credentials(&record, &work->from);
        record_put_number(&record, FIELD_STEP, record_number(&work->plan->steps[0], FIELD_STEP));
        r = helper_process_send(helper, &record);
        record_wipe(&record);
    }
    for (size_t i = work->start; r == 0 && i < work->plan->count; i++) {
        r = helper_process_send(helper, &work->plan->steps[i]);
        if (r != 0 || work->kept[i].size == 0)
            continue;
        record_start(&record, RECORD_KEPT);
        record_put_secret(&record, FIELD_KEPT, &work->kept[i]);
        r = helper_process_send(helper, &record);
        record_wipe(&record);
    }
    return r;
}

/* One record of the helper's. 1 when it was the last one. */
static int
take_record(struct work *work, const struct record *record, size_t *index, int *result)
{
    size_t failed = work->start;

    switch (record->kind) {
    case RECORD_DONE:
        *result = take_done(work, record, (*index)++);
        break;
    case RECORD_ASK:
        failure_set(work->failure, AWS_ROLE_ERR_NEEDS_PERSON, "%s",
                    record_text(record, FIELD_PROMPT));
        *result = AWS_ROLE_ERR_NEEDS_PERSON;
        return 0;
    case RECORD_FAIL:
        failure_from_record(work->failure, record);
        *result = work->failure->error;
        if (failed < work->plan->count)
            store_refusal(work, failed);
        return 0;
    case RECORD_END:
        work->with->clock_offset = (int64_t)record_number(record, FIELD_CLOCK_OFFSET);
        if (*result == 0 && work->start != work->plan->count)
            *result = AWS_ROLE_ERR_PROTOCOL;
        return 1;
    default:
        *result = AWS_ROLE_ERR_PROTOCOL;
    }
    return *result != 0;
}

static int
run_helper(struct work *work)
{
    struct helper_process helper;
    struct record record;
    size_t index = 0;
    int r, result = 0, last = 0;

    r = helper_process_start(&helper, work->with->helper, work->with->give_up);
    if (r != 0) {
        failure_set(work->failure, r, "the helper %s cannot be started: %s", work->with->helper,
                    strerror(errno));
        return r;
    }
    r = send_work(work, &helper);
    while (r == 0 && !last) {
        r = helper_process_receive(&helper, &record);
        if (r == 0)
            last = take_record(work, &record, &index, &result);
        record_wipe(&record);
    }
    helper_process_end(&helper);
    if (result == 0)
        result = r;
    if (result != 0 && work->failure->error == 0)
        failure_set(work->failure, result, "the helper %s ended without an answer: %s",
                    work->with->helper, error_text(result));
    return result;
}

int
obtain_run(struct obtain *obtain, struct credentials *credentials, struct failure *failure)
{
    struct work work;
    int r;

    memset(failure, 0, sizeof *failure);
    r = prepare(&work, obtain, failure);
    if (r != 0)
        goto out;
    find_start(&work);
    if (work.start < obtain->plan->count)
        r = lock_steps(&work);
    if (r == 0 && work.start < obtain->plan->count)
        r = run_helper(&work);
    if (r == 0)
        r = credentials_copy(credentials, &work.from);
out:
    if (r != 0 && failure->error == 0)
        failure_set(failure, r, "%s", error_text(r));
    finish(&work);
    return r;
}
