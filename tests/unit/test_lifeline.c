/* SPDX-License-Identifier: BSD-3-Clause */
/* The lifeline in a real PAM handle. Its broker is cat(1): it lives as long as its socket does. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pam_module/lifeline.h"
#include "tests/unit/pam_handle.h"
#include "tests/unit/temporary.h"

static pam_handle_t *pamh;
static void (*to_run)(pam_handle_t *pamh);
static char folder[4096];

void pam_probe_run(pam_handle_t *handle);

__attribute__((visibility("default"))) void
pam_probe_run(pam_handle_t *handle)
{
    to_run(handle);
}

/* A handle whose stack for sessions is the probe alone. */
static int
start(void **state)
{
    char path[8192];
    FILE *stack;

    (void)state;
    snprintf(folder, sizeof folder, "%s", temporary_folder(NULL));
    snprintf(path, sizeof path, "%s/probe", folder);
    stack = fopen(path, "w");
    assert_non_null(stack);
    fprintf(stack, "session required %s\n", PAM_PROBE);
    fclose(stack);
    pamh = pam_handle_start_in(folder, "probe", "nobody");
    return 0;
}

static int
end(void **state)
{
    int r = pam_end(pamh, PAM_SUCCESS);

    (void)state;
    temporary_remove();
    return r;
}

/* Runs `function` as a module. */
static void
in_module(void (*function)(pam_handle_t *handle))
{
    to_run = function;
    assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
}

static unsigned int
count_fds(void)
{
    DIR *list = opendir("/proc/self/fd");
    unsigned int count = 0;

    while (readdir(list) != NULL)
        count++;
    closedir(list);
    return count;
}

static unsigned int fds_before;

static void
open_lifeline(pam_handle_t *handle)
{
    struct lifeline *lifeline;

    fds_before = count_fds();
    lifeline = lifeline_start(handle, "/bin/cat");
    assert_non_null(lifeline);
    assert_ptr_equal(lifeline_find(handle), lifeline);
    assert_true((fcntl(lifeline_fd(lifeline), F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(count_fds(), fds_before + 1);
}

static void
the_handle_keeps_it_and_closes_it(void **state)
{
    (void)state;
    in_module(open_lifeline);
    assert_int_equal(waitpid(-1, NULL, (int)__WALL), -1); /* nobody is our child */
    assert_int_equal(errno, ECHILD);
    assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
    assert_true(count_fds() <= fds_before);
    pamh = pam_handle_start("nobody"); /* for `end` */
}

static void
fail_to_start(pam_handle_t *handle)
{
    unsigned int before = count_fds();

    assert_null(lifeline_start(handle, "/nonexistent"));
    assert_null(lifeline_find(handle));
    assert_int_equal(count_fds(), before);
}

static void
a_broker_that_cannot_start_leaves_nothing(void **state)
{
    (void)state;
    in_module(fail_to_start);
}

static void
open_twice(pam_handle_t *handle)
{
    unsigned int before = count_fds();

    assert_non_null(lifeline_start(handle, "/bin/cat"));
    assert_non_null(lifeline_start(handle, "/bin/cat"));
    assert_int_equal(count_fds(), before + 1);
}

static void
a_second_open_ends_the_first(void **state)
{
    (void)state;
    in_module(open_twice);
}

static void
end_with_a_duplicate(pam_handle_t *handle)
{
    struct lifeline *lifeline = lifeline_start(handle, "/bin/cat");
    int duplicate = dup(lifeline_fd(lifeline));
    struct pollfd state_of = {.fd = duplicate, .events = POLLIN};

    lifeline_end(lifeline);
    assert_int_equal(poll(&state_of, 1, 1000), 1);
    assert_true((state_of.revents & POLLHUP) != 0);
    close(duplicate);
}

static void
its_end_is_seen_through_a_duplicate(void **state)
{
    (void)state;
    in_module(end_with_a_duplicate);
}

/* closefrom(3) by the application, and then a file of its own under the same number. */
static void
lose_the_number(pam_handle_t *handle)
{
    struct lifeline *lifeline = lifeline_start(handle, "/bin/cat");
    int number = lifeline_fd(lifeline), pair[2], other;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    other = dup2(pair[0], number);
    assert_int_equal(other, number);
    assert_int_equal(lifeline_fd(lifeline), -1);
    lifeline_end(lifeline);
    lifeline_drop(handle);
    assert_int_equal(send(other, "x", 1, MSG_NOSIGNAL), 1); /* open, and not shut down */
    close(other);
    close(pair[0]);
    close(pair[1]);
}

static void
a_number_that_is_another_files_is_left_alone(void **state)
{
    (void)state;
    in_module(lose_the_number);
}

static void
set_sockets(pam_handle_t *handle)
{
    static const char *const bad[] = {
        "/run/aws-role/1000/../../x", "/run/aws-role/1000/.x", "/run/aws-role/1000/a/b",
        "/run/aws-role/1000/",        "/run/aws-role/1000",    "/run/aws-role/x/1.2.ab",
        "/run/aws-role//1.2.ab",      "/run/aws-rolex/1000/a", "/etc/passwd",
        "run/aws-role/1000/a",        "",                      "/run/aws-role/1000/a b",
        "/run/aws-role/1000/a\n",     "/run/aws-role/cache/x",
    };
    struct lifeline *lifeline = lifeline_start(handle, "/bin/cat");

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(lifeline_set_socket(lifeline, "/run/aws-role", bad[i], 0));
    assert_true(lifeline_set_socket(lifeline, "/run/aws-role", "/run/aws-role/1000/1.2.ab", 0));
}

static void
only_a_socket_of_the_run_time_folder_is_kept(void **state)
{
    (void)state;
    in_module(set_sockets);
}

static void
run_errand(pam_handle_t *handle)
{
    unsigned int before = count_fds();
    struct lifeline *lifeline = lifeline_begin(handle, "/bin/cat", "-u");
    int duplicate = dup(lifeline_fd(lifeline));
    struct pollfd state_of = {.fd = duplicate, .events = POLLIN};

    assert_null(lifeline_find(handle));
    assert_true((fcntl(lifeline_fd(lifeline), F_GETFD) & FD_CLOEXEC) != 0);
    lifeline_discard(lifeline);
    assert_int_equal(poll(&state_of, 1, 1000), 1);
    assert_true((state_of.revents & POLLHUP) != 0);
    close(duplicate);
    assert_int_equal(count_fds(), before);
    assert_null(lifeline_begin(handle, "/nonexistent", "-u"));
    lifeline_discard(NULL);
    assert_int_equal(count_fds(), before);
}

static void
an_errand_leaves_nothing_in_the_handle(void **state)
{
    (void)state;
    in_module(run_errand);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_handle_keeps_it_and_closes_it),
        TEST(a_broker_that_cannot_start_leaves_nothing),
        TEST(a_second_open_ends_the_first),
        TEST(its_end_is_seen_through_a_duplicate),
        TEST(a_number_that_is_another_files_is_left_alone),
        TEST(only_a_socket_of_the_run_time_folder_is_kept),
        TEST(an_errand_leaves_nothing_in_the_handle),
    };

    return cmocka_run_group_tests_name("lifeline", tests, NULL, NULL);
}
