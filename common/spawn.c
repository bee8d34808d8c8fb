/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"

#define STACK_SIZE (64 * 1024)
#define GUARD_SIZE (64 * 1024) /* a page on every architecture */
#define FDS_NEEDED 64
#define FD_SEARCH_MAX 65536
#define EXIT_NOT_RUN 127 /* as a shell reports it */

/* Instrumented code keeps state in the memory that these functions share with the application. */
#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

struct job {
    const char *path;
    char *const *argv;
    const int *fds;
    size_t count;
    char *stack; /* of the program's process, before it execs */
    int error;   /* errno of what failed; 0: the program runs */
};

/* A person's limits, which pam_limits has set by now, may leave no room for our descriptors. */
NO_SANITIZE static void
make_room_for_fds(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FDS_NEEDED)
        return;
    limit.rlim_cur = FDS_NEEDED;
    if (limit.rlim_max < FDS_NEEDED)
        limit.rlim_max = FDS_NEEDED;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* dup2 below tells when it mattered */
}

NO_SANITIZE void
spawn_close_from(unsigned int first)
{
    if (syscall(SYS_close_range, first, ~0U, 0) == 0)
        return;
    for (unsigned int fd = first; fd < FD_SEARCH_MAX; fd++) /* before Linux 5.9 */
        (void)close((int)fd);
}

/* 0, 1, 2 become /dev/null and the job's descriptors 3, 4, …; all others are closed. */
NO_SANITIZE static int
place_fds(const struct job *job)
{
    int moved[SPAWN_FDS_MAX], null;

    make_room_for_fds();
    for (size_t i = 0; i < job->count; i++) {
        moved[i] = fcntl(job->fds[i], F_DUPFD_CLOEXEC, SPAWN_FIRST_FD + SPAWN_FDS_MAX);
        if (moved[i] < 0)
            return -1;
    }
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return -1;
    if (null <= STDERR_FILENO && fcntl(null, F_SETFD, 0) != 0)
        return -1;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fd != null && dup2(null, fd) < 0)
            return -1;
    for (size_t i = 0; i < job->count; i++)
        if (dup2(moved[i], SPAWN_FIRST_FD + (int)i) < 0)
            return -1;
    spawn_close_from(SPAWN_FIRST_FD + (unsigned int)job->count);
    return 0;
}

NO_SANITIZE static int
exec_program(const struct job *job)
{
    static char *const no_environment[] = {NULL};

    if (place_fds(job) != 0)
        return -1;
    return execve(job->path, job->argv, no_environment);
}

/*
 * What pam_selinux(8) asked for is meant for the person's shell. An empty write takes it back
 * (libselinux, setexeccon(3) with NULL); where there is no SELinux it does nothing.
 */
NO_SANITIZE static void
clear_exec_context(void)
{
    int fd = open("/proc/thread-self/attr/exec", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, "", 0) < 0)
        errno = 0;
    close(fd);
}

/* The program's own process, still in the application's memory. */
NO_SANITIZE static int
run_program(void *argument)
{
    struct job *job = argument;

    clear_exec_context();
    (void)exec_program(job);
    job->error = errno;
    _exit(EXIT_NOT_RUN);
}

/*
 * The application's only child. It must not exec, since execve(2) gives a process SIGCHLD back as
 * its exit signal.
 */
NO_SANITIZE static int
run_intermediate(void *argument)
{
    struct job *job = argument;

    if (clone(run_program, job->stack, CLONE_VM | CLONE_VFORK, job) < 0)
        job->error = errno;
    _exit(0);
}

static int
clone_intermediate(struct job *job, char *stack)
{
    sigset_t all, before;
    pid_t pid;

    /* A handler of the application must not run in its memory on our stacks. */
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, &before) != 0)
        return errno;
    pid = clone(run_intermediate, stack, CLONE_VM | CLONE_VFORK, job);
    if (pid < 0)
        job->error = errno;
    else
        while (waitpid(pid, NULL, (int)__WCLONE) < 0 && errno == EINTR)
            ;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return job->error;
}

int
spawn_detached(const char *path, char *const argv[], const int *fds, size_t count)
{
    const size_t size = 2 * (GUARD_SIZE + STACK_SIZE);
    struct job job = {.path = path, .argv = argv, .fds = fds, .count = count};
    char *memory;
    int error;

    if (count > SPAWN_FDS_MAX)
        return AWS_ROLE_ERR_ARGUMENT;
    memory = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return AWS_ROLE_ERR_SYSTEM;
    /* guard, stack, guard, stack; a stack grows down from its end */
    job.stack = memory + size;
    if (mprotect(memory + GUARD_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE) != 0 ||
        mprotect(job.stack - STACK_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE) != 0)
        error = errno;
    else
        error = clone_intermediate(&job, memory + GUARD_SIZE + STACK_SIZE);
    munmap(memory, size);
    errno = error;
    return error == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
}

int
spawn_child(const char *path, char *const argv[], const int *fds, size_t count, pid_t *pid)
{
    const struct job job = {.path = path, .argv = argv, .fds = fds, .count = count};
    pid_t parent = getpid();
    sigset_t none;

    if (count > SPAWN_FDS_MAX)
        return AWS_ROLE_ERR_ARGUMENT;
    *pid = fork();
    if (*pid < 0)
        return AWS_ROLE_ERR_SYSTEM;
    if (*pid > 0)
        return 0;
    /* The parent may have died before prctl could ask to be told. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(EXIT_NOT_RUN);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* execve(2) itself takes our handlers away */
    (void)exec_program(&job);
    _exit(EXIT_NOT_RUN);
}
