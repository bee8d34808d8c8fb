/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"

#define STACK_SIZE (64 * 1024)
#define GUARD_SIZE (64 * 1024) /* a page on every architecture */
#define JOB_SIZE (64 * 1024)
#define FDS_NEEDED 64
#define FD_SEARCH_MAX 65536
#define EXIT_NOT_RUN 127 /* as a shell reports it */

/* Instrumented code keeps state in the memory that these functions share with the application. */
#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

#define ARGUMENTS_MAX 4
#define TEXT_MAX 4096

/* What to start. Whole in itself: it must not change or go while somebody may still read it. */
struct job {
    char *argv[ARGUMENTS_MAX + 1]; /* lying in `text` */
    char *path;                    /* the same */
    int fds[SPAWN_FDS_MAX];
    size_t count;
    char *stack; /* of the program's process, before it execs */
    int error;   /* errno of what failed; 0: the program runs */
    char text[TEXT_MAX];
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

/*
 * In su(1) the real uid is the caller's own, who could then stop or kill these two processes
 * (kill(2)) while they are in the application's memory. The call is the kernel's own: the C
 * library's would change every thread of the application, whose memory this is.
 */
NO_SANITIZE static void
keep_callers_off(void)
{
    if (geteuid() == 0)
        (void)syscall(SYS_setresuid, 0, 0, 0);
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

    keep_callers_off();
    if (clone(run_program, job->stack, CLONE_VM | CLONE_VFORK, job) < 0)
        job->error = errno;
    _exit(0);
}

/*
 * 1 when the intermediate has ended as it should, so that nobody is left in our memory.
 * `job->error` is set otherwise.
 */
static int
clone_intermediate(struct job *job, char *stack)
{
    int status = 0, ended = 1, cancel;
    sigset_t all, before;
    pid_t pid;

    /* Neither a handler of the application nor its cancellation may run in its memory twice. */
    sigfillset(&all);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (sigprocmask(SIG_SETMASK, &all, &before) != 0) {
        job->error = errno;
        goto out;
    }
    pid = clone(run_intermediate, stack, CLONE_VM | CLONE_VFORK, job);
    if (pid < 0) {
        job->error = errno;
    } else {
        while (waitpid(pid, &status, (int)__WCLONE) < 0)
            if (errno != EINTR) {
                status = 0; /* the application reaps everything: it was there first */
                break;
            }
        ended = status == 0;
        if (!ended)
            job->error = ECHILD;
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
out:
    pthread_setcancelstate(cancel, NULL);
    return ended;
}

/* Copies `text` behind what `job->text` holds already; NULL when it does not fit. */
static char *
copy_text(struct job *job, size_t *used, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = job->text + *used;

    if (size > sizeof job->text - *used)
        return NULL;
    memcpy(copy, text, size);
    *used += size;
    return copy;
}

static int
fill_job(struct job *job, const char *path, char *const argv[], const int *fds, size_t count)
{
    size_t used = 0;

    memset(job, 0, sizeof *job);
    if (count > SPAWN_FDS_MAX)
        return AWS_ROLE_ERR_ARGUMENT;
    job->path = copy_text(job, &used, path);
    for (size_t i = 0; argv[i] != NULL; i++) {
        if (i == ARGUMENTS_MAX)
            return AWS_ROLE_ERR_ARGUMENT;
        job->argv[i] = copy_text(job, &used, argv[i]);
        if (job->argv[i] == NULL)
            return AWS_ROLE_ERR_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++)
        job->fds[i] = fds[i];
    job->count = count;
    return job->path == NULL ? AWS_ROLE_ERR_ARGUMENT : 0;
}

/* What the two processes use of our memory: guard, stack, guard, stack, job; stacks grow down. */
struct place {
    char *memory;
    struct job *job;
    char *stack; /* of the intermediate */
};
_Static_assert(sizeof(struct job) <= JOB_SIZE, "the job has its place");
#define PLACE_SIZE (2 * (GUARD_SIZE + STACK_SIZE) + JOB_SIZE)

static int
make_place(struct place *place)
{
    char *memory = mmap(NULL, PLACE_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    if (memory == MAP_FAILED)
        return AWS_ROLE_ERR_SYSTEM;
    if (mprotect(memory, GUARD_SIZE, PROT_NONE) != 0 ||
        mprotect(memory + GUARD_SIZE + STACK_SIZE, GUARD_SIZE, PROT_NONE) != 0) {
        munmap(memory, PLACE_SIZE);
        return AWS_ROLE_ERR_SYSTEM;
    }
    place->memory = memory;
    place->stack = memory + GUARD_SIZE + STACK_SIZE;
    place->job = (struct job *)(void *)(memory + 2 * (GUARD_SIZE + STACK_SIZE));
    return 0;
}

int
spawn_detached(const char *path, char *const argv[], const int *fds, size_t count)
{
    struct place place;
    int r, error, ended = 1;

    r = make_place(&place);
    if (r != 0)
        return r;
    r = fill_job(place.job, path, argv, fds, count);
    if (r == 0) {
        place.job->stack = place.memory + 2 * (GUARD_SIZE + STACK_SIZE);
        ended = clone_intermediate(place.job, place.stack);
        if (place.job->error != 0)
            r = AWS_ROLE_ERR_SYSTEM;
    }
    error = place.job->error;
    /* Killed from outside, it may have left a process that still runs here: this memory stays. */
    if (ended)
        munmap(place.memory, PLACE_SIZE);
    errno = error;
    return r;
}

int
spawn_child(const char *path, char *const argv[], const int *fds, size_t count, pid_t *pid)
{
    pid_t parent = getpid();
    struct job job;
    sigset_t none;
    int r = fill_job(&job, path, argv, fds, count);

    if (r != 0)
        return r;
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
