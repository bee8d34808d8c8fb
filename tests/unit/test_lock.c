/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/lock.h"
#include "broker/sweep.h"
#include "common/error.h"
#include "tests/unit/temporary.h"

#define NAME "1000-0123456789abcdef"

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

/* A process that takes the lock, says so through the pipe, and keeps it until it is killed. */
static pid_t
start_holder(void)
{
    int ready[2], lock;
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (lock_take(folder, NAME, deadline_in(5000), &lock) != 0 || write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void
kill_holder(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
one_at_a_time(void **state)
{
    pid_t holder = start_holder();

    (void)state;
    assert_int_equal(lock_try(folder, NAME), -1);
    kill_holder(holder);
}

static void
who_waits_gives_up_at_the_deadline(void **state)
{
    pid_t holder = start_holder();
    deadline_t began = deadline_now();
    int lock;

    (void)state;
    assert_int_equal(lock_take(folder, NAME, deadline_in(100), &lock), AWS_ROLE_ERR_DEADLINE);
    assert_in_range(deadline_now() - began, 100, 3000);
    assert_int_equal(lock_take(folder, NAME, 0, &lock), AWS_ROLE_ERR_DEADLINE);
    kill_holder(holder);
}

static void
a_killed_holder_frees_it(void **state)
{
    int lock;

    (void)state;
    kill_holder(start_holder());
    assert_int_equal(lock_take(folder, NAME, deadline_in(5000), &lock), 0);
    lock_release(lock);
}

static void
names_do_not_disturb_each_other(void **state)
{
    int first, second;

    (void)state;
    assert_int_equal(lock_take(folder, NAME, deadline_in(1000), &first), 0);
    assert_int_equal(lock_take(folder, "1001-0123456789abcdef", deadline_in(1000), &second), 0);
    lock_release(first);
    lock_release(second);
}

/* A waiter that gets a lock whose file was swept meanwhile must not share it with a newcomer. */
static void
a_swept_lock_is_not_held(void **state)
{
    int swept, lock, status = 0;
    pid_t waiter;

    (void)state;
    assert_int_equal(lock_take(folder, NAME, deadline_in(1000), &swept), 0);
    waiter = fork();
    assert_true(waiter >= 0);
    if (waiter == 0) {
        close(swept);
        if (lock_take(folder, NAME, deadline_in(5000), &lock) != 0)
            _exit(1);
        /* What it holds is what lies there: nobody else can have it. */
        _exit(lock_try(folder, NAME) == -1 ? 0 : 2);
    }
    lock_remove(folder, NAME, swept);
    assert_int_equal(waitpid(waiter, &status, 0), waiter);
    assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_at_a_time),
        TEST(who_waits_gives_up_at_the_deadline),
        TEST(a_killed_holder_frees_it),
        TEST(names_do_not_disturb_each_other),
        TEST(a_swept_lock_is_not_held),
    };

    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
