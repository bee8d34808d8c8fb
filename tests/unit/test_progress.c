/* SPDX-License-Identifier: BSD-3-Clause */
/* What a step keeps: found again by its own person, renewed, and dropped once it is of no use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/progress.h"
#include "common/error.h"
#include "tests/unit/temporary.h"

#define UENO 1000
#define MIKA 1001
#define KEPT "refresh token"
#define QUARTER 900
#define HOUR_MS 3600000

static struct plan plan;
static struct cache *cache;
static struct obtain with;
static struct progress progress, other;
static struct failure failure;
static struct record stored_entry;
static int stored_count;

static void
count_stored(void *context, const struct record *entry, deadline_t until)
{
    (void)context;
    (void)until;
    record_wipe(&stored_entry);
    assert_int_equal(record_decode(&stored_entry, entry->bytes.data, entry->bytes.size), 0);
    stored_count++;
}

static void
start(struct progress *which, uid_t uid)
{
    with.uid = uid;
    progress_end(which);
    assert_int_equal(progress_start(which, &with, &failure), 0);
}

/* Stores what the sign-in gave: credentials that are fresh or not, with `kept` until then. */
static void
store(struct progress *which, int fresh, const char *kept, deadline_t kept_until)
{
    struct credentials credentials = {.access_key_id = "ASIAEXAMPLEEXAMPLE01"};
    const struct secret secret = {.data = (char *)(uintptr_t)kept, .size = strlen(kept)};
    struct record done;

    assert_int_equal(secret_set(&credentials.secret_access_key, "s", 1), 0);
    assert_int_equal(secret_set(&credentials.session_token, "t", 1), 0);
    credentials_set_expiry(&credentials, 2000000000 + QUARTER, 2000000000);
    if (!fresh)
        credentials.fresh_until = deadline_now();
    record_start(&done, RECORD_DONE);
    record_put_number(&done, FIELD_INDEX, 0);
    record_put_credentials(&done, &credentials);
    record_put_secret(&done, FIELD_KEPT, &secret);
    record_put_number(&done, FIELD_KEPT_UNTIL, kept_until);
    progress_store(which, 0, &done, &credentials);
    record_wipe(&done);
    credentials_wipe(&credentials);
}

static void
expect_kept(const struct progress *which, const char *text)
{
    if (text == NULL) {
        assert_null(which->kept[0].data);
        return;
    }
    assert_non_null(which->kept[0].data);
    assert_string_equal(which->kept[0].data, text);
}

static void
steps_of_persons_are_known(void **state)
{
    static const struct {
        enum step_kind kind;
        int persons, cached;
    } kinds[] = {
        {STEP_STATIC_KEYS, 0, 0},   {STEP_INSTANCE_METADATA, 0, 1}, {STEP_ASSUME_ROLE, 0, 1},
        {STEP_SESSION_TOKEN, 1, 1}, {STEP_CONSOLE_SIGN_IN, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        record_wipe(&plan.steps[0]);
        record_start(&plan.steps[0], RECORD_STEP);
        record_put_number(&plan.steps[0], FIELD_STEP, kinds[i].kind);
        start(&progress, UENO);
        assert_int_equal(progress_is_persons(&progress, 0), kinds[i].persons);
        assert_int_equal(progress_is_cached(&progress, 0), kinds[i].cached);
    }
}

static void
what_is_fresh_is_used(void **state)
{
    (void)state;
    start(&progress, UENO);
    store(&progress, 1, KEPT, deadline_in(12 * HOUR_MS));
    start(&progress, UENO);
    progress_find(&progress);
    assert_int_equal(progress.start, 1);
    assert_string_equal(progress.from.access_key_id, "ASIAEXAMPLEEXAMPLE01");
}

static void
what_is_kept_is_there_for_the_next(void **state)
{
    (void)state;
    start(&progress, UENO);
    expect_kept(&progress, NULL);
    store(&progress, 0, KEPT, deadline_in(12 * HOUR_MS));
    assert_int_equal(stored_count, 1);
    start(&progress, UENO);
    progress_find(&progress);
    assert_int_equal(progress.start, 0);
    expect_kept(&progress, KEPT);
    start(&other, MIKA); /* the same words in the configuration, another person */
    progress_find(&other);
    expect_kept(&other, NULL);
}

static void
what_is_over_is_not_kept(void **state)
{
    (void)state;
    start(&progress, UENO);
    store(&progress, 0, KEPT, deadline_now());
    start(&progress, UENO);
    progress_find(&progress);
    expect_kept(&progress, NULL);
}

static void
what_is_of_no_use_is_dropped_for_all(void **state)
{
    size_t size;

    (void)state;
    start(&progress, UENO);
    store(&progress, 0, KEPT, deadline_in(12 * HOUR_MS));
    start(&progress, UENO);
    progress_find(&progress);
    progress_forget_kept(&progress, 0);
    expect_kept(&progress, NULL);
    assert_int_equal(stored_count, 2);
    assert_false(record_has(&stored_entry, FIELD_KEPT));
    assert_false(record_has(&stored_entry, FIELD_SECRET_ACCESS_KEY));
    assert_non_null(record_bytes(&stored_entry, FIELD_KEY, &size));
    start(&other, UENO);
    progress_find(&other);
    assert_int_equal(other.start, 0);
    expect_kept(&other, NULL);
}

static void
what_is_of_no_use_is_the_persons_own(void **state)
{
    (void)state;
    start(&progress, UENO);
    store(&progress, 0, KEPT, deadline_in(12 * HOUR_MS));
    start(&other, MIKA);
    store(&other, 0, "mika's", deadline_in(12 * HOUR_MS));
    start(&progress, UENO);
    progress_find(&progress);
    progress_forget_kept(&progress, 0);
    start(&other, MIKA);
    progress_find(&other);
    expect_kept(&other, "mika's");
}

static void
nothing_that_is_kept_is_nothing_to_forget(void **state)
{
    (void)state;
    start(&progress, UENO);
    progress_find(&progress);
    progress_forget_kept(&progress, 0);
    assert_int_equal(stored_count, 0);
}

/* Whoever has waited for the lock goes by what there is then. */
static void
what_another_has_renewed_is_used(void **state)
{
    (void)state;
    start(&progress, UENO);
    store(&progress, 0, KEPT, deadline_in(12 * HOUR_MS));
    start(&progress, UENO);
    progress_find(&progress);
    start(&other, UENO);
    store(&other, 0, "newer", deadline_in(12 * HOUR_MS));
    assert_int_equal(progress_lock(&progress), 0);
    assert_int_equal(progress.start, 0);
    expect_kept(&progress, "newer");
    start(&progress, UENO);
    progress_find(&progress);
    store(&other, 1, "newest", deadline_in(12 * HOUR_MS));
    assert_int_equal(progress_lock(&progress), 0);
    assert_int_equal(progress.start, 1);
}

static void
what_another_has_dropped_is_not_tried_again(void **state)
{
    (void)state;
    start(&progress, UENO);
    store(&progress, 0, KEPT, deadline_in(12 * HOUR_MS));
    start(&progress, UENO);
    progress_find(&progress);
    start(&other, UENO);
    progress_find(&other);
    progress_forget_kept(&other, 0);
    assert_int_equal(progress_lock(&progress), 0);
    expect_kept(&progress, NULL);
}

static void
what_was_logged_out_of_is_not_used(void **state)
{
    (void)state;
    start(&progress, UENO);
    store(&progress, 0, KEPT, deadline_in(12 * HOUR_MS));
    start(&progress, UENO);
    progress_find(&progress);
    expect_kept(&progress, KEPT);
    cache_forget(cache, UENO);
    assert_int_equal(progress_lock(&progress), 0);
    expect_kept(&progress, NULL);
}

static int
set_up(void **state)
{
    char why[512];

    (void)state;
    cache = cache_open(temporary_folder("/dev/shm"), why);
    assert_non_null(cache);
    assert_true(cache_is_shared(cache));
    record_start(&plan.steps[0], RECORD_STEP);
    record_put_number(&plan.steps[0], FIELD_STEP, STEP_CONSOLE_SIGN_IN);
    record_put_text(&plan.steps[0], FIELD_LOGIN_SESSION, "arn:aws:iam::123456789012:user/ueno");
    plan.count = 1;
    with = (struct obtain){.plan = &plan,
                           .config_path = "/etc/aws-role/aws-role.conf",
                           .cache = cache,
                           .give_up = deadline_in(10000),
                           .stored = count_stored};
    stored_count = 0;
    assert_int_equal(progress_start(&progress, &with, &failure), 0);
    assert_int_equal(progress_start(&other, &with, &failure), 0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    progress_end(&progress);
    progress_end(&other);
    record_wipe(&plan.steps[0]);
    record_wipe(&stored_entry);
    cache_close(cache);
    temporary_remove();
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_of_persons_are_known),
        TEST(what_is_fresh_is_used),
        TEST(what_is_kept_is_there_for_the_next),
        TEST(what_is_over_is_not_kept),
        TEST(what_is_of_no_use_is_dropped_for_all),
        TEST(what_is_of_no_use_is_the_persons_own),
        TEST(nothing_that_is_kept_is_nothing_to_forget),
        TEST(what_another_has_renewed_is_used),
        TEST(what_another_has_dropped_is_not_tried_again),
        TEST(what_was_logged_out_of_is_not_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
