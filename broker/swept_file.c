/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/swept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cache.h"
#include "broker/sweep.h"
#include "common/error.h"

static int
write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return AWS_ROLE_ERR_SYSTEM;
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

int
swept_file_write(int folder, const char *name, const void *bytes, size_t size, deadline_t until)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)(until / 1000)},
                                      {.tv_sec = (time_t)(until / 1000)}};
    char beside[CACHE_NAME_MAX + 32];
    int fd, r, error;

    snprintf(beside, sizeof beside, "%s.%ld" SWEEP_NEW_SUFFIX, name, (long)getpid());
    (void)unlinkat(folder, beside, 0); /* of a process of our number that was killed */
    fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return AWS_ROLE_ERR_SYSTEM;
    r = write_all(fd, bytes, size);
    if (r == 0 && renameat(folder, beside, folder, name) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    error = errno;
    if (r != 0)
        (void)unlinkat(folder, beside, 0);
    /* Not before: beside its place it would look like one that was left there long ago. */
    if (r == 0 && futimens(fd, times) != 0) {
        r = AWS_ROLE_ERR_SYSTEM;
        error = errno;
        (void)unlinkat(folder, name, 0);
    }
    close(fd);
    errno = error;
    return r;
}
