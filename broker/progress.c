/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/progress.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "broker/lock.h"
#include "common/error.h"
#include "common/log.h"

#define MACHINE_MARGIN_MS (5 * 60 * 1000)
#define MACHINE_LOCK_MS 1000
#define PERSON_MARGIN_MS (60 * 1000)

int
progress_is_cached(const struct progress *progress, size_t i)
{
    return record_number(&progress->plan->steps[i], FIELD_STEP) != STEP_STATIC_KEYS;
}

int
progress_is_persons(const struct progress *progress, size_t i)
{
    uint64_t step = record_number(&progress->plan->steps[i], FIELD_STEP);

    return step == STEP_SESSION_TOKEN || step == STEP_CONSOLE_SIGN_IN;
}

int
progress_start(struct progress *progress, struct obtain *with, struct failure *failure)
{
    int r = 0;

    memset(progress, 0, sizeof *progress);
    progress->with = with;
    progress->plan = with->plan;
    progress->failure = failure;
    for (size_t i = 0; i < RECORD_STEPS_MAX; i++)
        progress->locks[i] = -1;
    for (size_t i = 0; r == 0 && i < progress->plan->count; i++)
        r = key_make(progress->plan, i, with->config_path, with->uid, &progress->keys[i]);
    return r;
}

void
progress_end(struct progress *progress)
{
    for (size_t i = 0; i < progress->plan->count; i++) {
        lock_release(progress->locks[i]);
        key_free(&progress->keys[i]);
        secret_wipe(&progress->kept[i]);
    }
    credentials_wipe(&progress->from);
}

/*
 * The machine renews its credentials itself, a few minutes before their end: until then they are
 * good for assuming a role, and whoever cannot get newer ones is not stopped. Nor is a person asked
 * again before what an earlier answer gave is over: an MFA session cannot be renewed without one.
 */
static int
is_good(const struct progress *progress, size_t i, const struct credentials *credentials)
{
    if (key_is_machine(&progress->keys[i]) && i + 1 < progress->plan->count)
        return credentials->valid_until > deadline_in(MACHINE_MARGIN_MS);
    if (record_number(&progress->plan->steps[i], FIELD_STEP) == STEP_SESSION_TOKEN)
        return credentials->valid_until > deadline_in(PERSON_MARGIN_MS);
    return credentials_are_fresh(credentials) && credentials_are_valid(credentials);
}

/*
 * Reads step i's entry. Its credentials, and 1 when they are good to go on from. `kept` is what the
 * step keeps by then, in any case: another session may have dropped what there was.
 */
static int
read_entry(struct progress *progress, size_t i, struct credentials *credentials)
{
    const struct cache_key key = key_for_cache(&progress->keys[i]);
    struct record entry;
    int is_last = i + 1 == progress->plan->count, good = 0;

    secret_wipe(&progress->kept[i]);
    if (cache_find(progress->with->cache, &key, &entry) != 0)
        return 0;
    if (record_number(&entry, FIELD_KEPT_UNTIL) > deadline_now())
        (void)record_get_secret(&entry, FIELD_KEPT, &progress->kept[i]);
    if (record_get_credentials(&entry, credentials) == 0) {
        good = is_good(progress, i, credentials);
        /* Who wants new ones takes what another has fetched since we looked first. */
        if (is_last && progress->with->refresh)
            good = good && progress->seen != 0 && credentials->valid_until > progress->seen;
    }
    record_wipe(&entry);
    return good;
}

static void
release_until(struct progress *progress, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        lock_release(progress->locks[i]);
        progress->locks[i] = -1;
    }
}

void
progress_advance(struct progress *progress, size_t i, struct credentials *credentials)
{
    credentials_wipe(&progress->from);
    progress->from = *credentials; /* moved */
    memset(credentials, 0, sizeof *credentials);
    progress->start = i + 1;
    release_until(progress, i + 1);
}

void
progress_find(struct progress *progress)
{
    size_t last = progress->plan->count - 1;

    for (size_t i = progress->plan->count; i-- > 0;) {
        struct credentials cached = {0};

        if (!progress_is_cached(progress, i))
            continue;
        if (read_entry(progress, i, &cached)) {
            progress_advance(progress, i, &cached);
            return;
        }
        if (i == last) {
            progress->seen = cached.valid_until;
            /* Fresh ones that are not wanted would be taken for the answer. */
            if (credentials_are_valid(&cached) && !credentials_are_fresh(&cached) &&
                progress->with->provisional != NULL)
                progress->with->provisional(progress->with->context, &cached);
        }
        credentials_wipe(&cached);
    }
}

static int
make_refusal_key(const struct progress *progress, size_t i, struct key *key)
{
    const struct obtain *with = progress->with;

    return key_make_refusal(&progress->keys[i], with->config, with->uid, key);
}

/* 1 when AWS refused step i a moment ago, with the reason in `failure`. */
static int
is_refused(struct progress *progress, size_t i)
{
    struct record entry;
    struct cache_key cache_key;
    struct key key;
    int refused = 0;

    if (make_refusal_key(progress, i, &key) != 0)
        return 0;
    cache_key = key_for_cache(&key);
    if (cache_find(progress->with->cache, &cache_key, &entry) == 0) {
        refused = record_has(&entry, FIELD_CLASS) &&
                  record_number(&entry, FIELD_FRESH_UNTIL) > deadline_now();
        if (refused)
            failure_from_record(progress->failure, &entry);
        record_wipe(&entry);
    }
    key_free(&key);
    return refused;
}


/* One person's session, slowed down by what else that person runs, must not stop another's. */
static deadline_t
lock_deadline(const struct progress *progress, size_t i)
{
    deadline_t soon = deadline_in(MACHINE_LOCK_MS);

    return key_is_machine(&progress->keys[i]) && soon < progress->with->give_up ? soon
                                                                        : progress->with->give_up;
}

/* Takes step i's lock and looks again: whoever held it may have obtained, or been refused. */
static int
lock_step(struct progress *progress, size_t i)
{
    const struct cache_key key = key_for_cache(&progress->keys[i]);
    struct credentials cached = {0};
    char name[CACHE_NAME_MAX];
    int r;

    if (cache_folder(progress->with->cache) < 0)
        return 0;
    cache_name(&key, name);
    r = lock_take(cache_folder(progress->with->cache), name, lock_deadline(progress, i),
                  &progress->locks[i]);
    if (r != 0)
        progress->locks[i] = -1;
    if (r == AWS_ROLE_ERR_DEADLINE && key_is_machine(&progress->keys[i]))
        return 0; /* without it: asking the machine twice costs little */
    if (r == AWS_ROLE_ERR_SYSTEM)
        return 0; /* a full or read-only folder keeps nothing, which progress_store tells */
    if (r != 0) {
        failure_set(progress->failure, r,
                    "another session is still waiting for the same credentials; try again later");
        return r;
    }
    if (read_entry(progress, i, &cached)) {
        progress_advance(progress, i, &cached);
    }
    credentials_wipe(&cached);
    return 0;
}

int
progress_lock(struct progress *progress)
{
    for (size_t i = progress->start; i < progress->plan->count; i++) {
        int r;

        if (!progress_is_cached(progress, i))
            continue;
        if (progress->with->answer == NULL && is_refused(progress, i))
            return progress->failure->error;
        r = lock_step(progress, i);
        if (r != 0)
            return r;
        if (progress->with->answer == NULL && i >= progress->start && is_refused(progress, i))
            return progress->failure->error;
    }
    return 0;
}

/* 1 when the person has had everything forgotten since this obtain began: by any session. */
static int
is_forgotten(const struct progress *progress, const struct key *key)
{
    return !key_is_machine(key) &&
           cache_is_forgotten(progress->with->cache, progress->with->uid, progress->with->began);
}

/*
 * What a person has had forgotten does not come back by who was asking AWS meanwhile. Looked at
 * again after storing: either this removes the entry then, or cache_forget does.
 */
static void
store(struct progress *progress, const struct key *key, const struct record *entry,
      deadline_t until)
{
    const struct cache_key cache_key = key_for_cache(key);
    int r;

    if (is_forgotten(progress, key))
        return;
    r = cache_store(progress->with->cache, &cache_key, entry, until);
    if (r != 0)
        log_line(LOG_WARNING, "credentials were obtained and cannot be kept", "owner", key->owner,
                 "reason", r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r), NULL);
    else if (is_forgotten(progress, key))
        cache_remove(progress->with->cache, &cache_key);
    else if (progress->with->stored != NULL)
        progress->with->stored(progress->with->context, entry, until);
}

void
progress_store(struct progress *progress, size_t i, const struct record *done,
             const struct credentials *credentials)
{
    deadline_t until = credentials->valid_until, kept_until;
    struct record entry;

    record_start(&entry, RECORD_ENTRY);
    record_put_bytes(&entry, FIELD_KEY, progress->keys[i].bytes, progress->keys[i].size);
    record_put_credentials(&entry, credentials);
    record_put_from(&entry, FIELD_KEPT, done);
    record_put_from(&entry, FIELD_KEPT_UNTIL, done);
    kept_until = record_number(done, FIELD_KEPT_UNTIL);
    store(progress, &progress->keys[i], &entry, kept_until > until ? kept_until : until);
    record_wipe(&entry);
}

void
progress_forget_kept(struct progress *progress, size_t i)
{
    struct record entry;

    if (progress->kept[i].size == 0)
        return;
    secret_wipe(&progress->kept[i]);
    record_start(&entry, RECORD_ENTRY);
    record_put_bytes(&entry, FIELD_KEY, progress->keys[i].bytes, progress->keys[i].size);
    store(progress, &progress->keys[i], &entry, deadline_now());
    record_wipe(&entry);
}

void
progress_refuse(struct progress *progress, size_t i)
{
    unsigned int milliseconds = failure_remember_ms(progress->failure);
    deadline_t until = deadline_in(milliseconds);
    struct record entry;
    struct key key;

    if (milliseconds == 0 || !progress_is_cached(progress, i) ||
        (progress->with->answer != NULL && progress_is_persons(progress, i)) ||
        make_refusal_key(progress, i, &key) != 0)
        return;
    record_start(&entry, RECORD_ENTRY);
    record_put_bytes(&entry, FIELD_KEY, key.bytes, key.size);
    failure_put(progress->failure, &entry);
    record_put_number(&entry, FIELD_FRESH_UNTIL, until);
    store(progress, &key, &entry, until);
    record_wipe(&entry);
    key_free(&key);
}
