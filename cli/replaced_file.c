/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/replaced_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/wiping.h"

#define LINKS_MAX 40 /* path_resolution(7) */
#define MODE_NEW 0600
#define FOLDER_MODE_NEW 0700

/* Where the last part of a path begins. */
static size_t
last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Puts where the link at `path` leads into `path`. AWS_ROLE_ERR_SYSTEM. */
static int
follow(char path[PATH_MAX])
{
    char target[PATH_MAX], next[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target - 1);
    int written;

    if (length < 0)
        return AWS_ROLE_ERR_SYSTEM;
    target[length] = '\0';
    written = snprintf(next, sizeof next, "%.*s%s",
                       target[0] == '/' ? 0 : (int)last_part(path), path, target);
    if (written < 0 || (size_t)written >= sizeof next) {
        errno = ENAMETOOLONG;
        return AWS_ROLE_ERR_SYSTEM;
    }
    memcpy(path, next, (size_t)written + 1);
    return 0;
}

/* Follows links until `file->path` is none. AWS_ROLE_ERR_SYSTEM. */
static int
resolve(struct replaced_file *file)
{
    struct stat status;

    for (int links = 0; links < LINKS_MAX; links++) {
        if (lstat(file->path, &status) != 0)
            return errno == ENOENT ? 0 : AWS_ROLE_ERR_SYSTEM;
        if (!S_ISLNK(status.st_mode))
            return 0;
        if (follow(file->path) != 0)
            return AWS_ROLE_ERR_SYSTEM;
    }
    errno = ELOOP;
    return AWS_ROLE_ERR_SYSTEM;
}

/* Reads what the descriptor has, `size` bytes as it seemed; one more shows that it grows. */
static int
read_all(struct replaced_file *file, int fd, size_t size_max)
{
    size_t room = (size_t)file->status.st_size + 1;

    if ((size_t)file->status.st_size > size_max)
        return AWS_ROLE_ERR_TOO_BIG;
    file->text = wiping_malloc(room);
    if (file->text == NULL)
        return AWS_ROLE_ERR_MEMORY;
    while (file->size < room) {
        ssize_t n = read(fd, file->text + file->size, room - file->size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return AWS_ROLE_ERR_SYSTEM;
        if (n == 0)
            return 0;
        file->size += (size_t)n;
    }
    return AWS_ROLE_ERR_BUSY;
}

int
replaced_file_read(struct replaced_file *file, const char *path, size_t size_max)
{
    int fd, r = AWS_ROLE_ERR_SYSTEM;

    memset(file, 0, sizeof *file);
    if (strlen(path) >= sizeof file->path) {
        errno = ENAMETOOLONG;
        return AWS_ROLE_ERR_SYSTEM;
    }
    memcpy(file->path, path, strlen(path) + 1);
    if (resolve(file) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    /* A pipe, or a device, is looked at and not waited for. */
    fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : AWS_ROLE_ERR_SYSTEM;
    file->exists = 1;
    if (fstat(fd, &file->status) == 0)
        r = S_ISREG(file->status.st_mode) ? read_all(file, fd, size_max) : AWS_ROLE_ERR_UNTRUSTED;
    close(fd);
    if (r != 0)
        replaced_file_close(file);
    return r;
}

static int
write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, text, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return AWS_ROLE_ERR_SYSTEM;
        text += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Owner, group and mode of what is replaced; the mode last, since fchown(2) takes bits away. */
static int
keep_owner(const struct replaced_file *file, int fd)
{
    struct stat now;

    if (!file->exists)
        return fchmod(fd, MODE_NEW) == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
    if (fstat(fd, &now) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    if ((now.st_uid != file->status.st_uid || now.st_gid != file->status.st_gid) &&
        fchown(fd, file->status.st_uid, file->status.st_gid) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    return fchmod(fd, file->status.st_mode & 0777) == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
}

/* 0 while what lies there is what was read. */
static int
check_unchanged(const struct replaced_file *file)
{
    struct stat now;

    if (lstat(file->path, &now) != 0)
        return errno == ENOENT && !file->exists ? 0 : AWS_ROLE_ERR_BUSY;
    if (!file->exists || now.st_dev != file->status.st_dev || now.st_ino != file->status.st_ino ||
        now.st_size != file->status.st_size ||
        now.st_mtim.tv_sec != file->status.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != file->status.st_mtim.tv_nsec)
        return AWS_ROLE_ERR_BUSY;
    return 0;
}

/* Writes the new file at `beside` and moves it into place. */
static int
replace(const struct replaced_file *file, const char *beside, int fd, const char *text,
        size_t size)
{
    int r = write_all(fd, text, size);

    if (r == 0)
        r = keep_owner(file, fd);
    if (r == 0 && fsync(fd) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    if (r == 0)
        r = check_unchanged(file);
    if (r == 0 && rename(beside, file->path) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    return r;
}

/* The folder's own entry goes onto the disk, too; a file system that cannot is no error. */
static void
sync_folder(const char *path)
{
    char folder[PATH_MAX];
    int fd;

    snprintf(folder, sizeof folder, "%.*s.", (int)last_part(path), path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static int
make_folder(const char *path)
{
    char folder[PATH_MAX];

    if (last_part(path) < 2)
        return 0;
    snprintf(folder, sizeof folder, "%.*s", (int)last_part(path) - 1, path);
    return mkdir(folder, FOLDER_MODE_NEW) == 0 || errno == EEXIST ? 0 : AWS_ROLE_ERR_SYSTEM;
}

int
replaced_file_write(const struct replaced_file *file, const char *text, size_t size)
{
    size_t folder = last_part(file->path);
    char beside[PATH_MAX + 32];
    int fd, r, saved;

    if (!file->exists && make_folder(file->path) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    snprintf(beside, sizeof beside, "%.*s.%s.aws-role.XXXXXX", (int)folder, file->path,
             file->path + folder);
    fd = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return AWS_ROLE_ERR_SYSTEM;
    r = replace(file, beside, fd, text, size);
    saved = errno;
    if (r != 0)
        unlink(beside);
    else
        sync_folder(file->path);
    close(fd);
    errno = saved;
    return r;
}

void
replaced_file_close(struct replaced_file *file)
{
    wiping_free(file->text);
    file->text = NULL;
    file->size = 0;
}
