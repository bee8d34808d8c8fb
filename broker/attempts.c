/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cache.h"
#include "broker/lock.h"
#include "broker/swept_file.h"
#include "common/error.h"

#define WINDOW_MS (ATTEMPTS_MINUTES * 60 * 1000)

/* When codes were wrong, as the file has them. */
struct attempts {
    deadline_t at[ATTEMPTS_MAX];
    size_t count;
};

/* Not OWNER-INDEX with the uid as owner, as an entry of the person's is called. */
static void
name_file(uid_t uid, char name[CACHE_NAME_MAX])
{
    snprintf(name, CACHE_NAME_MAX, "codes-%lu", (unsigned long)uid);
}

/*
 * Reads those that still count. One that is ahead of now is of another boot, where the folder has
 * outlived it.
 */
static void
read_file(int folder, const char *name, struct attempts *attempts)
{
    deadline_t at[ATTEMPTS_MAX], now = deadline_now();
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, at, sizeof at);

    attempts->count = 0;
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < size / (ssize_t)sizeof at[0]; i++)
        if (at[i] <= now && now - at[i] < WINDOW_MS)
            attempts->at[attempts->count++] = at[i];
}

/* One without times is removed. By who has the lock. */
static int
write_file(int folder, const char *name, const struct attempts *attempts)
{
    if (attempts->count == 0)
        return unlinkat(folder, name, 0) == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
    return swept_file_write(folder, name, attempts->at, attempts->count * sizeof attempts->at[0],
                            deadline_in(WINDOW_MS) + 1000);
}

/* The oldest of ATTEMPTS_MAX is the first whose time is over. */
static int
judge(const struct attempts *attempts, struct failure *failure)
{
    deadline_t oldest = attempts->at[0];
    unsigned int minutes;

    if (attempts->count < ATTEMPTS_MAX)
        return 0;
    for (size_t i = 1; i < attempts->count; i++)
        if (attempts->at[i] < oldest)
            oldest = attempts->at[i];
    minutes = (unsigned int)deadline_left(oldest + WINDOW_MS) / 60000 + 1;
    failure_set(failure, AWS_ROLE_ERR_ATTEMPTS,
                "too many codes were wrong, %d in %d minutes: AWS is not asked, wait %u minute%s",
                ATTEMPTS_MAX, ATTEMPTS_MINUTES, minutes, minutes == 1 ? "" : "s");
    return AWS_ROLE_ERR_ATTEMPTS;
}

static int
count_locked(int folder, const char *name, deadline_t *mine, struct failure *failure)
{
    struct attempts attempts;
    int r;

    read_file(folder, name, &attempts);
    r = judge(&attempts, failure);
    if (r != 0)
        return r;
    *mine = deadline_now();
    attempts.at[attempts.count++] = *mine;
    r = write_file(folder, name, &attempts);
    if (r != 0)
        failure_set(failure, r, "wrong codes cannot be counted in the cache's folder, so that AWS "
                    "is not asked: %s", strerror(errno));
    return r;
}

int
attempts_count(int folder, uid_t uid, deadline_t until, deadline_t *mine,
               struct failure *failure)
{
    char name[CACHE_NAME_MAX];
    int lock = -1, r;

    *mine = 0;
    if (folder < 0)
        return 0;
    name_file(uid, name);
    r = lock_take(folder, name, until, &lock);
    if (r != 0) {
        failure_set(failure, r, "wrong codes cannot be counted, so that AWS is not asked: %s",
                    r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r));
        return r;
    }
    r = count_locked(folder, name, mine, failure);
    lock_release(lock);
    return r;
}

void
attempts_take_back(int folder, uid_t uid, deadline_t until, deadline_t mine)
{
    struct attempts attempts;
    char name[CACHE_NAME_MAX];
    int lock;

    name_file(uid, name);
    if (folder < 0 || mine == 0 || lock_take(folder, name, until, &lock) != 0)
        return; /* it counts, and is over by itself */
    read_file(folder, name, &attempts);
    for (size_t i = 0; i < attempts.count; i++) {
        if (attempts.at[i] != mine)
            continue;
        attempts.at[i] = attempts.at[--attempts.count];
        (void)write_file(folder, name, &attempts);
        break;
    }
    lock_release(lock);
}

int
attempts_check(int folder, uid_t uid, struct failure *failure)
{
    struct attempts attempts = {.count = 0};
    char name[CACHE_NAME_MAX];

    name_file(uid, name);
    if (folder >= 0)
        read_file(folder, name, &attempts);
    return judge(&attempts, failure);
}
