/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "broker/cache.h"
#include "broker/sweep.h"
#include "common/error.h"

static void
lock_name(const char *name, char *file, size_t size)
{
    snprintf(file, size, "%s" SWEEP_LOCK_SUFFIX, name);
}

/*
 * 1 while the file that is locked is the one that lies there: sweep may have removed it meanwhile.
 */
static int
is_current(int folder, const char *file, int lock)
{
    struct stat held, there;

    return fstat(lock, &held) == 0 && fstatat(folder, file, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

static int
open_file(int folder, const char *file)
{
    return openat(folder, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

static void
wake(int number)
{
    (void)number; /* being interrupted is all that flock(2) needs */
}

/* flock(2) has no timeout: a repeating timer interrupts it once the deadline is there. */
static int
arm(deadline_t deadline)
{
    const struct sigaction action = {.sa_handler = wake}; /* without SA_RESTART */
    int left = deadline_left(deadline);
    const struct itimerval timer = {
        .it_interval = {.tv_usec = 100000},
        .it_value = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 + 1},
    };

    if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    return 0;
}

static void
disarm(void)
{
    const struct itimerval off = {0};

    (void)setitimer(ITIMER_REAL, &off, NULL);
}

static int
wait_for_lock(int lock, deadline_t deadline)
{
    while (flock(lock, LOCK_EX) != 0) {
        if (errno != EINTR)
            return AWS_ROLE_ERR_SYSTEM;
        if (deadline_left(deadline) == 0)
            return AWS_ROLE_ERR_DEADLINE;
    }
    return 0;
}

int
lock_take(int folder, const char *name, deadline_t deadline, int *lock)
{
    char file[CACHE_NAME_MAX + 8];
    int r;

    lock_name(name, file, sizeof file);
    r = arm(deadline);
    while (r == 0) {
        *lock = open_file(folder, file);
        if (*lock < 0) {
            r = AWS_ROLE_ERR_SYSTEM;
            break;
        }
        r = wait_for_lock(*lock, deadline);
        if (r == 0 && is_current(folder, file, *lock))
            break;
        close(*lock);
    }
    disarm();
    return r;
}

int
lock_try(int folder, const char *name)
{
    char file[CACHE_NAME_MAX + 8];
    int lock;

    lock_name(name, file, sizeof file);
    lock = open_file(folder, file);
    if (lock < 0)
        return -1;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0 && is_current(folder, file, lock))
        return lock;
    close(lock);
    return -1;
}

void
lock_release(int lock)
{
    if (lock >= 0)
        close(lock);
}

void
lock_remove(int folder, const char *name, int lock)
{
    char file[CACHE_NAME_MAX + 8];

    lock_name(name, file, sizeof file);
    (void)unlinkat(folder, file, 0);
    close(lock);
}
