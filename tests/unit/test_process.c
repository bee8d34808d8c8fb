/* SPDX-License-Identifier: BSD-3-Clause */
/* A process by id and start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/process.h"

static void
a_name_is_read_whole_or_not(void **state)
{
    static const char *const bad[] = {"", "1", "1.2", "1.x.y", ".2.3", "-1.2.3", "1..3", "1.0.3",
                                      "0.2.3", "a.2.3", "99999999999.2.3", "9999999999.2.3"};
    unsigned long long start;
    pid_t pid;

    (void)state;
    assert_int_equal(process_read_name("12.345.00ff", &pid, &start), 1);
    assert_int_equal(pid, 12);
    assert_int_equal(start, 345);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(process_read_name(bad[i], &pid, &start), 0);
}

static void
who_lives_is_known_by_its_start(void **state)
{
    unsigned long long start = process_start_time("/proc", "self");

    (void)state;
    assert_true(start != 0);
    assert_int_equal(process_is_alive("/proc", getpid(), start), 1);
    assert_int_equal(process_is_alive("/proc", getpid(), start + 1), 0);
    assert_int_equal(process_start_time("/proc", "0"), 0);
    assert_int_equal(process_start_time("/nonexistent", "self"), 0);
}

static void
a_process_has_a_uid(void **state)
{
    uid_t uid = (uid_t)-1;

    (void)state;
    assert_int_equal(process_uid("/proc", "self", &uid), 1);
    assert_int_equal(uid, getuid());
    assert_int_equal(process_uid("/proc", "0", &uid), 0);
}

static void
a_uid_is_digits_and_fits(void **state)
{
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "4294967295",
                                      "4294969296", "99999999999"};
    uid_t uid;

    (void)state;
    assert_int_equal(process_read_uid("4294967294", &uid), 1);
    assert_int_equal(uid, 4294967294);
    assert_int_equal(process_read_uid("0", &uid), 1);
    assert_int_equal(uid, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(process_read_uid(bad[i], &uid), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_read_whole_or_not),
        cmocka_unit_test(who_lives_is_known_by_its_start),
        cmocka_unit_test(a_process_has_a_uid),
        cmocka_unit_test(a_uid_is_digits_and_fits),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
