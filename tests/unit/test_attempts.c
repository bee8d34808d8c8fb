/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/attempts.h"
#include "broker/cache.h"
#include "broker/sweep.h"
#include "common/error.h"
#include "tests/unit/temporary.h"

#define UENO 1000
#define NEMO 1001
#define FILE_OF_UENO "codes-1000"
#define MINUTE_MS 60000

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

static int
count(uid_t uid, deadline_t *mine, struct failure *failure)
{
    return attempts_count(folder, uid, deadline_in(5000), mine, failure);
}

static void
get_wrong(uid_t uid, int times)
{
    struct failure failure;
    deadline_t mine;

    for (int i = 0; i < times; i++)
        assert_int_equal(count(uid, &mine, &failure), 0);
}

/* All that ueno has had wrong was that long ago. */
static void
let_pass(deadline_t milliseconds)
{
    deadline_t at[ATTEMPTS_MAX];
    int fd = openat(folder, FILE_OF_UENO, O_RDWR | O_CLOEXEC);
    ssize_t size = read(fd, at, sizeof at);

    assert_true(size > 0);
    for (size_t i = 0; i < (size_t)size / sizeof at[0]; i++)
        at[i] -= milliseconds;
    assert_int_equal(pwrite(fd, at, (size_t)size, 0), size);
    close(fd);
}

static void
five_are_enough_for_ten_minutes(void **state)
{
    struct failure failure;
    deadline_t mine;

    (void)state;
    assert_int_equal(attempts_check(folder, UENO, &failure), 0);
    get_wrong(UENO, ATTEMPTS_MAX);
    assert_int_equal(attempts_check(folder, UENO, &failure), AWS_ROLE_ERR_ATTEMPTS);
    assert_int_equal(count(UENO, &mine, &failure), AWS_ROLE_ERR_ATTEMPTS);
    assert_int_equal(failure.error, AWS_ROLE_ERR_ATTEMPTS);
    assert_non_null(strstr(failure.text, "wait 10 minutes"));
    let_pass(9 * MINUTE_MS + 1000);
    assert_int_equal(count(UENO, &mine, &failure), AWS_ROLE_ERR_ATTEMPTS);
    assert_non_null(strstr(failure.text, "wait 1 minute"));
    let_pass(MINUTE_MS);
    assert_int_equal(attempts_check(folder, UENO, &failure), 0);
    assert_int_equal(count(UENO, &mine, &failure), 0);
}

static void
everybody_has_their_own(void **state)
{
    struct failure failure;

    (void)state;
    get_wrong(UENO, ATTEMPTS_MAX);
    assert_int_equal(attempts_check(folder, NEMO, &failure), 0);
    get_wrong(NEMO, 1);
}

static void
what_was_not_wrong_is_taken_back(void **state)
{
    struct failure failure;
    deadline_t mine;

    (void)state;
    for (int i = 0; i < 2 * ATTEMPTS_MAX; i++) {
        assert_int_equal(count(UENO, &mine, &failure), 0);
        assert_true(mine != 0);
        attempts_take_back(folder, UENO, deadline_in(5000), mine);
    }
    assert_int_equal(faccessat(folder, FILE_OF_UENO, F_OK, 0), -1);
    get_wrong(UENO, ATTEMPTS_MAX - 1);
    assert_int_equal(count(UENO, &mine, &failure), 0);
    assert_int_equal(attempts_check(folder, UENO, &failure), AWS_ROLE_ERR_ATTEMPTS);
    attempts_take_back(folder, UENO, deadline_in(5000), mine);
    assert_int_equal(attempts_check(folder, UENO, &failure), 0);
}

static void
those_who_ask_side_by_side_get_no_more(void **state)
{
    pid_t children[4 * ATTEMPTS_MAX];
    struct failure failure;
    deadline_t mine;
    int allowed = 0, status;

    (void)state;
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(count(UENO, &mine, &failure) == 0);
    }
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        allowed += WEXITSTATUS(status);
    }
    assert_int_equal(allowed, ATTEMPTS_MAX);
}

static void
forgetting_forgets_no_wrong_code(void **state)
{
    struct failure failure;
    char soonest[CACHE_NAME_MAX];

    (void)state;
    get_wrong(UENO, ATTEMPTS_MAX);
    sweep_owner(folder, "1000");
    (void)sweep_cache(folder, "1000", "", soonest);
    assert_int_equal(attempts_check(folder, UENO, &failure), AWS_ROLE_ERR_ATTEMPTS);
}

static void
a_sweep_removes_what_is_over(void **state)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    char soonest[CACHE_NAME_MAX];

    (void)state;
    get_wrong(UENO, 1);
    assert_int_equal(utimensat(folder, FILE_OF_UENO, times, 0), 0);
    assert_int_equal(sweep_cache(folder, "1000", "", soonest), 0);
    assert_int_equal(faccessat(folder, FILE_OF_UENO, F_OK, 0), -1);
}

static void
what_is_no_count_counts_nothing(void **state)
{
    const deadline_t ahead = deadline_in(MINUTE_MS); /* of another boot */
    struct failure failure;
    int fd;

    (void)state;
    fd = openat(folder, FILE_OF_UENO, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < ATTEMPTS_MAX; i++)
        assert_int_equal(write(fd, &ahead, sizeof ahead), sizeof ahead);
    close(fd);
    assert_int_equal(attempts_check(folder, UENO, &failure), 0);
    get_wrong(UENO, 1);
    assert_int_equal(unlinkat(folder, FILE_OF_UENO, 0), 0);
    assert_int_equal(symlinkat("/dev/zero", folder, FILE_OF_UENO), 0);
    assert_int_equal(attempts_check(folder, UENO, &failure), 0);
    get_wrong(UENO, ATTEMPTS_MAX);
    assert_int_equal(attempts_check(folder, UENO, &failure), AWS_ROLE_ERR_ATTEMPTS);
}

/* A file that is no folder stands for one in which nothing can be written. */
static void
without_a_count_aws_is_not_asked(void **state)
{
    struct failure failure;
    deadline_t mine;
    int kept = folder;

    (void)state;
    folder = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(count(UENO, &mine, &failure), AWS_ROLE_ERR_SYSTEM);
    assert_non_null(strstr(failure.text, "AWS is not asked"));
    close(folder);
    folder = -1; /* none at all: the cache is the broker's memory */
    get_wrong(UENO, 2 * ATTEMPTS_MAX);
    attempts_take_back(folder, UENO, deadline_in(5000), 0);
    folder = kept;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(five_are_enough_for_ten_minutes, open_folder,
                                        close_folder),
        cmocka_unit_test_setup_teardown(everybody_has_their_own, open_folder, close_folder),
        cmocka_unit_test_setup_teardown(what_was_not_wrong_is_taken_back, open_folder,
                                        close_folder),
        cmocka_unit_test_setup_teardown(those_who_ask_side_by_side_get_no_more, open_folder,
                                        close_folder),
        cmocka_unit_test_setup_teardown(forgetting_forgets_no_wrong_code, open_folder,
                                        close_folder),
        cmocka_unit_test_setup_teardown(a_sweep_removes_what_is_over, open_folder, close_folder),
        cmocka_unit_test_setup_teardown(what_is_no_count_counts_nothing, open_folder,
                                        close_folder),
        cmocka_unit_test_setup_teardown(without_a_count_aws_is_not_asked, open_folder,
                                        close_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
