/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sockets a login sweeps. What rundir does as root is shown by the system tests. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/rundir.h"
#include "tests/unit/temporary.h"

static int folder;

static int
open_folder(void **state)
{
    (void)state;
    folder = open(temporary_folder(NULL), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder < 0;
}

static int
close_folder(void **state)
{
    (void)state;
    close(folder);
    temporary_remove();
    return 0;
}

static void
make(const char *name)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static int
is_there(const char *name)
{
    return faccessat(folder, name, F_OK, 0) == 0;
}

/* Field 22 of our own /proc/self/stat, read another way than the code under test does. */
static unsigned long long
own_start(void)
{
    unsigned long long start = 0;
    FILE *stat = fopen("/proc/self/stat", "r");

    assert_non_null(stat);
    assert_int_equal(fscanf(stat,
                            "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
                            "%*d %*d %*d %*d %*d %*d %llu",
                            &start),
                     1);
    fclose(stat);
    return start;
}

static void
the_sockets_of_the_dead_go_and_those_of_the_living_stay(void **state)
{
    char own[64], reused[64];

    (void)state;
    snprintf(own, sizeof own, "%d.%llu.00ff", (int)getpid(), own_start());
    snprintf(reused, sizeof reused, "%d.%llu.00ff", (int)getpid(), own_start() + 1);
    make(own);
    make(reused);           /* the number is ours, the process was another */
    make("4194305.7.00ff"); /* above the largest PID_MAX_LIMIT, proc(5) */
    assert_int_equal(rundir_sweep(folder, "/proc"), 2);
    assert_true(is_there(own));
    assert_false(is_there(reused));
    assert_false(is_there("4194305.7.00ff"));
}

static void
what_is_not_ours_stays(void **state)
{
    (void)state;
    make("note");
    make("12");
    make("12.x.y");
    make("12.7");
    make("99999999999999999999.7.00ff");
    assert_int_equal(rundir_sweep(folder, "/proc"), 0);
    assert_true(is_there("note") && is_there("12") && is_there("12.x.y") && is_there("12.7"));
}

static void
without_proc_nobody_is_dead(void **state)
{
    (void)state;
    make("4194305.7.00ff");
    assert_int_equal(rundir_sweep(folder, "/nonexistent"), 0);
    assert_true(is_there("4194305.7.00ff"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_sockets_of_the_dead_go_and_those_of_the_living_stay),
        TEST(what_is_not_ours_stays),
        TEST(without_proc_nobody_is_dead),
    };

    return cmocka_run_group_tests_name("rundir", tests, NULL, NULL);
}
