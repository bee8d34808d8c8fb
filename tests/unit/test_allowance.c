/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/allowance.h"

static struct allowance allowance;

static void
sixteen_at_once_and_one_more_a_second(void **state)
{
    (void)state;
    allowance_start(&allowance);
    for (int i = 0; i < 16; i++)
        assert_int_equal(allowance_take(&allowance), 1);
    assert_int_equal(allowance_take(&allowance), 0);
    allowance.filled -= 1000; /* a second later */
    assert_int_equal(allowance_take(&allowance), 1);
    assert_int_equal(allowance_take(&allowance), 0);
}

static void
a_long_rest_saves_no_more_than_that(void **state)
{
    (void)state;
    allowance_start(&allowance);
    allowance.filled = 0;
    for (int i = 0; i < 16; i++)
        assert_int_equal(allowance_take(&allowance), 1);
    assert_int_equal(allowance_take(&allowance), 0);
}

static void
new_ones_by_hand_once_in_five_seconds(void **state)
{
    (void)state;
    allowance_start(&allowance);
    assert_int_equal(allowance_refresh(&allowance), 1);
    assert_int_equal(allowance_refresh(&allowance), 0);
    allowance.refreshed -= 5000;
    assert_int_equal(allowance_refresh(&allowance), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixteen_at_once_and_one_more_a_second),
        cmocka_unit_test(a_long_rest_saves_no_more_than_that),
        cmocka_unit_test(new_ones_by_hand_once_in_five_seconds),
    };

    return cmocka_run_group_tests_name("allowance", tests, NULL, NULL);
}
