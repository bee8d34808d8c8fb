/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/refresh.h"

/* How far ahead of now a deadline lies, within what the test itself took. */
static void
assert_ahead(deadline_t deadline, uint64_t from, uint64_t to)
{
    deadline_t now = deadline_now();

    assert_true(deadline <= now + to);
    assert_true(deadline + 1000 >= now + from); /* a second for a machine that is busy */
}

static void
one_question_at_a_time(void **state)
{
    struct refresh refresh = {0};

    (void)state;
    assert_int_equal(refresh_is_under_way(&refresh), 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 1);
    assert_int_equal(refresh_is_under_way(&refresh), 1);
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_BY_HAND), 0);
    refresh_succeed(&refresh);
    assert_int_equal(refresh_is_under_way(&refresh), 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 1);
}

static void
failures_wait_longer_and_longer(void **state)
{
    static const uint64_t delays[] = {2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
    struct refresh refresh = {0};

    (void)state;
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        refresh.not_before = 0;
        assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 1);
        refresh_fail(&refresh, 0);
        assert_ahead(refresh.not_before, delays[i] / 2, delays[i]);
        assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 0);
    }
    refresh_succeed(&refresh);
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 1);
    refresh_fail(&refresh, 0);
    assert_ahead(refresh.not_before, 1000, 2000);
}

static void
never_under_a_second_and_not_all_alike(void **state)
{
    uint64_t least = UINT64_MAX, most = 0;

    (void)state;
    for (int i = 0; i < 500; i++) {
        struct refresh refresh = {0};
        deadline_t now = deadline_now();
        uint64_t wait;

        refresh_fail(&refresh, 0);
        wait = refresh.not_before - now;
        assert_true(wait >= 1000);
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    assert_true(most - least > 500);
}

static void
endless_failures_stay_bounded(void **state)
{
    struct refresh refresh = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        refresh_fail(&refresh, 0);
    assert_ahead(refresh.not_before, 30000, 60000);
}

/* Ten minutes of failures must not make those wait who are left with nothing. */
static void
the_end_of_what_there_is_ends_the_wait(void **state)
{
    struct refresh refresh = {0};
    deadline_t end = deadline_in(20000);

    (void)state;
    for (int i = 0; i < 3; i++)
        refresh_fail(&refresh, end);
    assert_int_equal(refresh.failures, 3);
    for (int i = 0; i < 10 && refresh.failures > 0; i++)
        refresh_fail(&refresh, end);
    assert_true(refresh.not_before >= end && refresh.not_before <= end + 1000);
    refresh_fail(&refresh, end);
    refresh_fail(&refresh, deadline_now()); /* that end is past: as ever */
    assert_ahead(refresh.not_before, 1000, 4000);
    refresh_fail(&refresh, UINT64_MAX);
    assert_ahead(refresh.not_before, 1000, 8000);
}

static void
by_hand_passes_the_back_off_once_a_second(void **state)
{
    struct refresh refresh = {0};

    (void)state;
    for (int i = 0; i < 10; i++)
        refresh_fail(&refresh, 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_BY_HAND), 1);
    refresh_fail(&refresh, 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_BY_HAND), 0);
    assert_ahead(refresh.by_hand_from, 1000, 1000);
    refresh.by_hand_from = deadline_now();
    assert_int_equal(refresh_start(&refresh, REFRESH_BY_HAND), 1);
}

static void
a_question_nobody_answers_counts_as_failed(void **state)
{
    struct refresh refresh = {0};

    (void)state;
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 1);
    assert_ahead(refresh.answer_by, REFRESH_ANSWER_MS, REFRESH_ANSWER_MS);
    refresh.answer_by = deadline_now();
    assert_int_equal(refresh_is_under_way(&refresh), 0);
    assert_int_equal(refresh_start(&refresh, REFRESH_DUE), 0);
    assert_int_equal(refresh.failures, 1);
    assert_ahead(refresh.not_before, 1000, 2000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_question_at_a_time),
        cmocka_unit_test(failures_wait_longer_and_longer),
        cmocka_unit_test(never_under_a_second_and_not_all_alike),
        cmocka_unit_test(endless_failures_stay_bounded),
        cmocka_unit_test(the_end_of_what_there_is_ends_the_wait),
        cmocka_unit_test(by_hand_passes_the_back_off_once_a_second),
        cmocka_unit_test(a_question_nobody_answers_counts_as_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
