/* SPDX-License-Identifier: BSD-3-Clause */
/* What the filter of system calls denies, and what it leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/error.h"
#include "helper/confine.h"
#include "helper/confine_calls.h"
#include "tests/unit/probe.h"

/* ioprio_set(2), which has no header: one process, best effort, the middle. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_BEST_EFFORT_4 (2 << 13 | 4)

/* The kernel's struct sched_attr, first version; sched_setattr(2). */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int
result(long r)
{
    return r >= 0 ? PROBE_WORKS : errno;
}

static int
signal_parent(void)
{
    return kill(getppid(), 0) == 0 ? PROBE_WORKS : errno;
}

static int
signal_parent_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 ? PROBE_WORKS : errno;
}

static int
trace_parent(void)
{
    return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0 ? PROBE_WORKS : errno;
}

static int
read_parent(void)
{
    static char known[] = "x";
    char byte;
    struct iovec here = {&byte, 1}, there = {known, 1};

    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) == 1 ? PROBE_WORKS : errno;
}

static int
limit_process(pid_t pid)
{
    struct rlimit now;

    if (getrlimit(RLIMIT_NOFILE, &now) != 0)
        return PROBE_FAILED;
    return result(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &now));
}

static int
limit_parent(void)
{
    return limit_process(getppid());
}

static int
limit_itself(void)
{
    int r = limit_process(getpid());

    return r == PROBE_WORKS ? limit_process(0) : r;
}

/* What is set is what is so already, should it not be denied. */
static int
set_parent_scheduler(void)
{
    struct sched_param as_it_is = {.sched_priority = 0};

    return result(syscall(SYS_sched_setscheduler, getppid(), SCHED_OTHER, &as_it_is));
}

static int
set_parent_scheduling_parameters(void)
{
    struct sched_param as_it_is = {.sched_priority = 0};

    return result(syscall(SYS_sched_setparam, getppid(), &as_it_is));
}

static int
set_parent_scheduling_attributes(void)
{
    struct scheduling as_it_is;

    if (syscall(SYS_sched_getattr, getppid(), &as_it_is, sizeof as_it_is, 0) != 0)
        return PROBE_FAILED;
    return result(syscall(SYS_sched_setattr, getppid(), &as_it_is, 0));
}

static int
set_parent_io_priority(void)
{
    return result(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, getppid(), IOPRIO_BEST_EFFORT_4));
}

static int
make_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
own_for_parent(void)
{
    return result(fcntl(make_socket(), F_SETOWN, getppid()));
}

static int
own_for_parent_extended(void)
{
    struct f_owner_ex owner = {F_OWNER_PID, getppid()};

    return result(fcntl(make_socket(), F_SETOWN_EX, &owner));
}

static int
choose_signal(void)
{
    return result(fcntl(make_socket(), F_SETSIG, SIGUSR1));
}

static int
own_for_parent_by_ioctl(void)
{
    pid_t parent = getppid();

    return result(ioctl(make_socket(), FIOSETOWN, &parent));
}

static int
own_for_parent_group(void)
{
    pid_t parent = getppid();

    return result(ioctl(make_socket(), SIOCSPGRP, &parent));
}

/* The kernel drops the upper half, and a filter that compares it is walked around. */
static int
own_for_parent_with_upper_half(void)
{
    unsigned long command = 1UL << 32 | F_SETOWN;

    return result(syscall(SYS_fcntl, make_socket(), command, getppid()));
}

static int
limit_parent_with_upper_half(void)
{
    struct rlimit now;

    if (getrlimit(RLIMIT_NOFILE, &now) != 0)
        return PROBE_FAILED;
    return result(syscall(SYS_prlimit64, 1UL << 32 | (unsigned long)getppid(), RLIMIT_NOFILE, NULL,
                          &now));
}

static int
use_descriptor(void)
{
    int fd = make_socket(), on = 1, flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return errno;
    return result(ioctl(fd, FIONBIO, &on));
}

static int
run_program(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};

    execv("/bin/true", arguments);
    return errno;
}

static int
use_keyring(void)
{
    return syscall(SYS_keyctl, 0, -3, 0) >= 0 ? PROBE_WORKS : errno;
}

static int
mount_something(void)
{
    return mount("none", "/mnt", "tmpfs", 0, NULL) == 0 ? PROBE_WORKS : errno;
}

static int
leave_namespace(void)
{
    return unshare(CLONE_NEWUTS) == 0 ? PROBE_WORKS : errno;
}

static void *
say_hello(void *hello)
{
    *(int *)hello = 1;
    return hello;
}

static int
start_thread(void)
{
    pthread_t thread;
    int hello = 0, r = pthread_create(&thread, NULL, say_hello, &hello);

    if (r != 0)
        return r;
    pthread_join(thread, NULL);
    return hello ? PROBE_WORKS : PROBE_FAILED;
}

static int
signal_itself(void)
{
    signal(SIGUSR1, SIG_IGN);
    return raise(SIGUSR1) == 0 ? PROBE_WORKS : errno;
}

static int
confine_all(void)
{
    return confine(NULL, 0);
}

static int
filter_alone(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? AWS_ROLE_ERR_SYSTEM : confine_calls();
}

static const struct {
    const char *name;
    int (*function)(void);
    int result;
} probes[] = {
    {"signal the parent", signal_parent, EPERM},
    {"signal the parent's thread", signal_parent_thread, EPERM},
    {"trace the parent", trace_parent, EPERM},
    {"read the parent's memory", read_parent, EPERM},
    {"limit the parent", limit_parent, EPERM},
    {"limit the parent, upper half", limit_parent_with_upper_half, EPERM},
    {"set the parent's scheduler", set_parent_scheduler, EPERM},
    {"set its scheduling parameters", set_parent_scheduling_parameters, EPERM},
    {"set its scheduling attributes", set_parent_scheduling_attributes, EPERM},
    {"set its I/O priority", set_parent_io_priority, EPERM},
    {"F_SETOWN to the parent", own_for_parent, EPERM},
    {"F_SETOWN, upper half", own_for_parent_with_upper_half, EPERM},
    {"F_SETOWN_EX to the parent", own_for_parent_extended, EPERM},
    {"F_SETSIG", choose_signal, EPERM},
    {"FIOSETOWN to the parent", own_for_parent_by_ioctl, EPERM},
    {"SIOCSPGRP to the parent", own_for_parent_group, EPERM},
    {"run a program", run_program, EPERM},
    {"use a keyring", use_keyring, EPERM},
    {"mount", mount_something, EPERM},
    {"leave a namespace", leave_namespace, EPERM},
    {"limit itself", limit_itself, PROBE_WORKS},
    {"use a descriptor", use_descriptor, PROBE_WORKS},
    {"start a thread", start_thread, PROBE_WORKS},
    {"signal itself", signal_itself, PROBE_WORKS},
};

static void
expect_all(int (*set_confinement)(void))
{
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        int r = probe_run(set_confinement, probes[i].function);

        print_message("    %s: %s\n", probes[i].name, r == PROBE_WORKS ? "works" : strerror(r));
        assert_int_equal(r, probes[i].result);
    }
}

static void
denies_what_reaches_others(void **state)
{
    (void)state;
    expect_all(confine_all);
}

/* Older kernels have the filter only. */
static void
denies_by_the_filter_alone(void **state)
{
    (void)state;
    expect_all(filter_alone);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(denies_what_reaches_others),
        cmocka_unit_test(denies_by_the_filter_alone),
    };

#if defined(__x86_64__) || defined(__aarch64__)
    return cmocka_run_group_tests_name("confine_calls", tests, NULL, NULL);
#else
    (void)tests;
    return 77; /* automake: skipped, there is no table for this architecture */
#endif
}
