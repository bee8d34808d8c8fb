/* SPDX-License-Identifier: BSD-3-Clause */
/* The last plans of a session, as their records arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/kept_plan.h"
#include "common/error.h"

#define ROLES "developer\0audit"

static struct kept_plans plans;

static int
tear_down(void **state)
{
    (void)state;
    kept_plan_forget(&plans, NULL);
    assert_null(plans.first);
    assert_int_equal(plans.count, 0);
    return 0;
}

static void
make_plan(struct record *plan, const char *role, uint64_t steps)
{
    record_start(plan, RECORD_PLAN);
    record_put_text(plan, FIELD_ROLE, role);
    record_put_text(plan, FIELD_ROLE_ARN, "arn:aws:iam::123456789012:role/R");
    record_put_number(plan, FIELD_EXPORT, EXPORT_KEYS);
    record_put_number(plan, FIELD_STEPS, steps);
    record_put_bytes(plan, FIELD_ROLES, ROLES, sizeof ROLES);
}

static void
make_step(struct record *step, enum step_kind kind)
{
    record_start(step, RECORD_STEP);
    record_put_number(step, FIELD_STEP, kind);
}

/* Keeps a plan of one step for `role`. */
static void
keep(const char *role, enum step_kind kind)
{
    struct record plan, step;
    struct kept_plan *kept;

    make_plan(&plan, role, 1);
    make_step(&step, kind);
    kept = kept_plan_new(&plan);
    assert_non_null(kept);
    assert_false(kept_plan_is_whole(kept));
    assert_int_equal(kept_plan_add(kept, &step), 0);
    assert_true(kept_plan_is_whole(kept));
    kept_plan_keep(&plans, kept);
    record_wipe(&plan);
    record_wipe(&step);
}

static uint64_t
kept_step(const char *role)
{
    const struct kept_plan *kept = kept_plan_find(&plans, role);

    return kept == NULL ? 0 : record_number(&kept->steps[0], FIELD_STEP);
}

static void
a_role_has_its_newest_plan(void **state)
{
    (void)state;
    assert_null(kept_plan_find(&plans, NULL));
    keep("developer", STEP_STATIC_KEYS);
    keep("audit", STEP_ASSUME_ROLE);
    keep("developer", STEP_INSTANCE_METADATA);
    assert_int_equal(kept_step("developer"), STEP_INSTANCE_METADATA);
    assert_int_equal(kept_step("audit"), STEP_ASSUME_ROLE);
    assert_int_equal(kept_step("other"), 0);
    assert_int_equal(plans.count, 2);
}

static void
no_name_means_the_first_role(void **state)
{
    (void)state;
    keep("audit", STEP_ASSUME_ROLE);
    assert_null(kept_plan_find(&plans, NULL));
    keep("developer", STEP_STATIC_KEYS);
    assert_int_equal(kept_step(NULL), STEP_STATIC_KEYS);
}

static void
it_is_used_for_twelve_hours(void **state)
{
    (void)state;
    keep("developer", STEP_STATIC_KEYS);
    assert_true(plans.first->until > deadline_in((12 * 3600 - 60) * 1000));
    assert_true(plans.first->until <= deadline_in(12 * 3600 * 1000));
    plans.first->until = deadline_now();
    assert_null(kept_plan_find(&plans, "developer"));
}

static void
what_is_taken_away_is_forgotten(void **state)
{
    (void)state;
    keep("developer", STEP_STATIC_KEYS);
    keep("audit", STEP_ASSUME_ROLE);
    kept_plan_forget(&plans, "audit");
    assert_null(kept_plan_find(&plans, "audit"));
    assert_int_equal(kept_step("developer"), STEP_STATIC_KEYS);
}

static void
what_is_not_listed_is_forgotten(void **state)
{
    struct record none;

    (void)state;
    keep("developer", STEP_STATIC_KEYS);
    keep("audit", STEP_ASSUME_ROLE);
    record_start(&none, RECORD_NONE);
    record_put_bytes(&none, FIELD_ROLES, "other\0audit", sizeof "other\0audit");
    kept_plan_retain(&plans, &none);
    record_wipe(&none);
    assert_null(kept_plan_find(&plans, "developer"));
    assert_int_equal(kept_step("audit"), STEP_ASSUME_ROLE);
    record_start(&none, RECORD_NONE);
    kept_plan_retain(&plans, &none);
    record_wipe(&none);
    assert_int_equal(plans.count, 0);
}

static void
no_more_are_kept_than_a_person_has_roles(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 2 * RECORD_ROLES_MAX; i++) {
        snprintf(name, sizeof name, "r%d", i);
        keep(name, STEP_STATIC_KEYS);
    }
    assert_int_equal(plans.count, RECORD_ROLES_MAX);
    assert_null(kept_plan_find(&plans, "r0"));
    assert_int_equal(kept_step(name), STEP_STATIC_KEYS);
}

static void
counts_that_cannot_be_are_refused(void **state)
{
    struct record plan, step;
    struct kept_plan *kept;

    (void)state;
    make_plan(&plan, "developer", 0);
    assert_null(kept_plan_new(&plan));
    record_wipe(&plan);
    make_plan(&plan, "developer", RECORD_STEPS_MAX + 1);
    assert_null(kept_plan_new(&plan));
    record_wipe(&plan);
    make_plan(&plan, "developer", 1);
    make_step(&step, STEP_STATIC_KEYS);
    kept = kept_plan_new(&plan);
    assert_int_equal(kept_plan_add(kept, &step), 0);
    assert_int_equal(kept_plan_add(kept, &step), AWS_ROLE_ERR_PROTOCOL);
    kept_plan_free(kept);
    record_wipe(&plan);
    record_wipe(&step);
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_role_has_its_newest_plan),
        TEST(no_name_means_the_first_role),
        TEST(it_is_used_for_twelve_hours),
        TEST(what_is_taken_away_is_forgotten),
        TEST(what_is_not_listed_is_forgotten),
        TEST(no_more_are_kept_than_a_person_has_roles),
        TEST(counts_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
