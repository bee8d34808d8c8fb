/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/error.h"
#include "common/spawn.h"

static volatile sig_atomic_t children_seen;

static void
count_child(int number)
{
    (void)number;
    children_seen++;
}

/* Reads what `script`, started with fd 3 on a pipe, writes there. */
static char *
output_of(const char *script, int detached)
{
    char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)script, NULL};
    static char text[4096];
    size_t used = 0;
    int ends[2];
    ssize_t n;
    pid_t pid = 0;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    if (detached)
        assert_int_equal(spawn_detached("/bin/sh", argv, &ends[1], 1), 0);
    else
        assert_int_equal(spawn_child("/bin/sh", argv, &ends[1], 1, &pid), 0);
    close(ends[1]);
    while ((n = read(ends[0], text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    close(ends[0]);
    text[used] = '\0';
    if (!detached)
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    return text;
}

static void
a_detached_program_leaves_no_child_and_no_signal(void **state)
{
    const struct sigaction action = {.sa_handler = count_child};
    struct sigaction before;

    (void)state;
    children_seen = 0;
    assert_int_equal(sigaction(SIGCHLD, &action, &before), 0);
    assert_string_equal(output_of("echo ran >&3", 1), "ran\n");
    assert_int_equal(waitpid(-1, NULL, (int)__WALL), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(children_seen, 0);
    assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
}

/* ls itself opens the folder as 4. */
static const char list_fds[] = "exec ls /proc/self/fd >&3";
static const char list_standard[] = "exec readlink /proc/self/fd/0 /proc/self/fd/2 >&3";

static void
a_program_holds_what_it_was_given_and_nothing_else(void **state)
{
    int stray = open("/dev/zero", O_RDONLY); /* not CLOEXEC, as an application's may be */

    (void)state;
    assert_true(stray >= 0);
    assert_string_equal(output_of(list_fds, 1), "0\n1\n2\n3\n4\n");
    assert_string_equal(output_of(list_fds, 0), "0\n1\n2\n3\n4\n");
    assert_string_equal(output_of(list_standard, 1), "/dev/null\n/dev/null\n");
    assert_string_equal(output_of(list_standard, 0), "/dev/null\n/dev/null\n");
    close(stray);
}

static void
a_program_has_no_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("LD_PRELOAD", "", 1), 0);
    assert_int_equal(setenv("AWS_ROLE_TEST", "1", 1), 0);
    assert_string_equal(output_of("tr '\\0' '\\n' </proc/$$/environ >&3", 1), "");
    assert_string_equal(output_of("tr '\\0' '\\n' </proc/$$/environ >&3", 0), "");
    unsetenv("LD_PRELOAD");
}

static void
a_program_that_cannot_run_is_told(void **state)
{
    char *const argv[] = {(char[]){"x"}, NULL};
    int status = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(spawn_detached("/nonexistent", argv, NULL, 0), AWS_ROLE_ERR_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(spawn_child("/nonexistent", argv, NULL, 0, &pid), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 127);
}

/* As in su(1): root's powers, and the real uid of whoever called it. */
static void
the_caller_of_su_cannot_signal_what_is_started(void **state)
{
    int status = 0;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (setresuid(65534, 0, 0) != 0)
            _exit(2);
        /* kill(2): the sender's uid has to be the receiver's real or saved one. */
        _exit(strcmp(output_of("exec grep ^Uid: /proc/self/status >&3", 1), "Uid:\t0\t0\t0\t0\n"));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void *
spawn_canceled(void *token)
{
    /* Canceled already: the first cancellation point, in whichever process, would act on it. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    (void)spawn_detached("/bin/true", (char *[]){(char[]){"true"}, NULL}, NULL, 0);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    return token;
}

static void
a_cancellation_waits_until_it_is_done(void **state)
{
    pthread_t thread;
    void *result = NULL;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, spawn_canceled, &result), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &result); /* not PTHREAD_CANCELED */
}

static void
the_applications_signal_mask_and_stack_stay(void **state)
{
    sigset_t before, after;

    (void)state;
    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    assert_string_equal(output_of("echo ran >&3", 1), "ran\n");
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
    assert_int_equal(sigismember(&after, SIGUSR2), 1);
    assert_int_equal(sigismember(&after, SIGUSR1), 0);
    sigemptyset(&before);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* A parent that starts `sleep` with spawn_child and is killed; the pipe ends when sleep is gone. */
static void
a_child_dies_with_its_parent(void **state)
{
    char *const argv[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
    int life[2];
    pid_t parent, child;
    struct pollfd end;

    (void)state;
    assert_int_equal(pipe2(life, O_CLOEXEC), 0);
    parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        if (spawn_child("/bin/sleep", argv, &life[1], 1, &child) != 0)
            _exit(1);
        close(life[1]);
        pause();
    }
    close(life[1]);
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    end = (struct pollfd){.fd = life[0], .events = POLLIN};
    assert_int_equal(poll(&end, 1, 5000), 1);
    close(life[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_detached_program_leaves_no_child_and_no_signal),
        cmocka_unit_test(a_program_holds_what_it_was_given_and_nothing_else),
        cmocka_unit_test(a_program_has_no_environment),
        cmocka_unit_test(a_program_that_cannot_run_is_told),
        cmocka_unit_test(the_caller_of_su_cannot_signal_what_is_started),
        cmocka_unit_test(a_cancellation_waits_until_it_is_done),
        cmocka_unit_test(the_applications_signal_mask_and_stack_stay),
        cmocka_unit_test(a_child_dies_with_its_parent),
    };

    return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
