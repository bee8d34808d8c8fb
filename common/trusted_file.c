/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/trusted_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

#define COMPONENT_MAX 255 /* NAME_MAX, limits.h */

static int
refuse(char *why, int error, const char *path, size_t length, const char *text)
{
    snprintf(why, TRUSTED_FILE_WHY_MAX, "%.*s %s", (int)(length > 300 ? 300 : length), path, text);
    return error;
}

/* Says what errno means for the path's first `length` bytes. */
static int
refuse_errno(char *why, const char *path, size_t length)
{
    int error = errno;
    char text[160];

    if (error == ENOENT)
        return refuse(why, AWS_ROLE_ERR_NOT_FOUND, path, length, "does not exist");
    if (error == ELOOP)
        return refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, length,
                      "is a symbolic link: put the file or folder itself there");
    if (error == ENOTDIR)
        return refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, length,
                      "is no folder, or a symbolic link: put the folder itself there");
    if (error == EACCES)
        return refuse(why, AWS_ROLE_ERR_SYSTEM, path, length,
                      "may not be read: chown root:_aws-role and chmod 0640 where it holds "
                      "secrets, else chmod 0644");
    snprintf(text, sizeof text, "cannot be opened: %s", strerror(error));
    refuse(why, AWS_ROLE_ERR_SYSTEM, path, length, text);
    errno = error;
    return AWS_ROLE_ERR_SYSTEM;
}

static int
check_owner_and_mode(const struct stat *st, const struct trust *trust, const char *path,
                     size_t length, char *why)
{
    char text[160];

    if (st->st_uid != trust->owner) {
        snprintf(text, sizeof text, "belongs to uid %lu: give it to uid %lu (chown)",
                 (unsigned long)st->st_uid, (unsigned long)trust->owner);
        return refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, length, text);
    }
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        snprintf(text, sizeof text, "has mode %04o, others than its owner may write it: chmod go-w",
                 (unsigned int)st->st_mode & 07777);
        return refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, length, text);
    }
    return 0;
}

static int
check_secrecy(const struct stat *st, const struct trust *trust, const char *path, char *why)
{
    int is_ours = st->st_gid == trust->secret_group || st->st_gid == 0;
    char text[160], group[48] = "";

    if ((st->st_mode & S_IRWXO) != 0 || ((st->st_mode & S_IRWXG) != 0 && !is_ours)) {
        if (!is_ours)
            snprintf(group, sizeof group, " and group %lu", (unsigned long)st->st_gid);
        snprintf(text, sizeof text,
                 "has mode %04o%s, others may read the secrets in it: "
                 "chown root:_aws-role and chmod 0640",
                 (unsigned int)st->st_mode & 07777, group);
        return refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, strlen(path), text);
    }
    return 0;
}

/* 1 when the folder of the path's first `length` bytes is one that the trust takes as given. */
static int
is_given(const struct trust *trust, const char *path, size_t length)
{
    return trust->below != NULL && strncmp(trust->below, path, length) == 0 &&
           (length == 0 || trust->below[length] == '/' || trust->below[length] == '\0');
}

static int
check_folder(int fd, const struct trust *trust, const char *path, size_t length, char *why)
{
    struct stat st;

    if (is_given(trust, path, length))
        return 0;
    if (fstat(fd, &st) != 0)
        return refuse_errno(why, path, length);
    return check_owner_and_mode(&st, trust, path, length == 0 ? 1 : length, why);
}

/* Copies the component at `path + *at`, moving past it and its slashes; 0 when there is none. */
static size_t
next_component(const char *path, size_t *at, char component[COMPONENT_MAX + 1])
{
    size_t length = strcspn(path + *at, "/");

    if (length == 0 || length > COMPONENT_MAX)
        return 0;
    memcpy(component, path + *at, length);
    component[length] = '\0';
    *at += length;
    return length;
}

static int
is_dots(const char *component)
{
    return strcmp(component, ".") == 0 || strcmp(component, "..") == 0;
}

/*
 * Walks from / to the last component, which is opened with `flags`; the folders on the way are
 * checked. Folders that may be passed but not listed are opened with O_PATH.
 */
static int
walk(const char *path, const struct trust *trust, int flags, int *fd, char *why)
{
    char component[COMPONENT_MAX + 1];
    size_t at = 1;
    int folder, next, last, r;

    if (path[0] != '/')
        return refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, strlen(path),
                      "is not an absolute path: write it from / on");
    folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return refuse_errno(why, "/", 1);
    r = check_folder(folder, trust, path, 0, why);
    while (r == 0) {
        if (next_component(path, &at, component) == 0 || is_dots(component)) {
            r = refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, strlen(path),
                       "is no plain path: write it without //, . and .., and without a slash "
                       "at its end");
            break;
        }
        last = path[at] == '\0';
        next = openat(folder, component,
                      O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_PATH | O_DIRECTORY));
        if (next < 0) {
            r = refuse_errno(why, path, at);
            break;
        }
        close(folder);
        folder = next;
        if (last)
            break;
        r = check_folder(folder, trust, path, at, why);
        at++;
    }
    if (r != 0)
        close(folder);
    else
        *fd = folder;
    return r;
}

static int
open_content(const char *path, char *why, int *fd)
{
    *fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return *fd < 0 ? refuse_errno(why, path, strlen(path)) : 0;
}

int
trusted_file_open(const char *path, enum trusted_file_kind kind, const struct trust *trust, int *fd,
                  struct file_identity *identity, char *why)
{
    struct stat st;
    int r;

    why[0] = '\0';
    /* O_NONBLOCK: a FIFO in the file's place must not hold anybody up. */
    r = trust->content_only ? open_content(path, why, fd)
                            : walk(path, trust, O_RDONLY | O_NONBLOCK | O_NOCTTY, fd, why);
    if (r != 0)
        return r;
    if (fstat(*fd, &st) != 0)
        r = refuse_errno(why, path, strlen(path));
    else if (!S_ISREG(st.st_mode))
        r = refuse(why, AWS_ROLE_ERR_UNTRUSTED, path, strlen(path), "is not a regular file");
    else if (!trust->content_only)
        r = check_owner_and_mode(&st, trust, path, strlen(path), why);
    if (r == 0 && kind == TRUSTED_FILE_SECRET && !trust->content_only)
        r = check_secrecy(&st, trust, path, why);
    if (r != 0) {
        close(*fd);
        *fd = -1;
        return r;
    }
    identity->device = st.st_dev;
    identity->inode = st.st_ino;
    identity->size = (uint64_t)st.st_size;
    identity->modified_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return 0;
}

/* Reads to the end of file; a file that grew past `size_max` meanwhile is too big, too. */
static int
read_all(int fd, size_t size_max, struct secret *content)
{
    size_t room = size_max + 1, used = 0;
    char *buffer = malloc(room);
    int r = 0;

    if (buffer == NULL)
        return AWS_ROLE_ERR_MEMORY;
    while (r == 0 && used < room) {
        ssize_t n = read(fd, buffer + used, room - used);

        if (n == 0)
            break;
        if (n > 0)
            used += (size_t)n;
        else if (errno != EINTR)
            r = AWS_ROLE_ERR_SYSTEM;
    }
    if (r == 0)
        r = used == room ? AWS_ROLE_ERR_TOO_BIG : secret_set(content, buffer, used);
    explicit_bzero(buffer, used);
    free(buffer);
    return r;
}

int
trusted_file_read(const char *path, enum trusted_file_kind kind, const struct trust *trust,
                  size_t size_max, struct secret *content, struct file_identity *identity,
                  char *why)
{
    int fd, r;
    char text[160];

    r = trusted_file_open(path, kind, trust, &fd, identity, why);
    if (r != 0)
        return r;
    r = identity->size > size_max ? AWS_ROLE_ERR_TOO_BIG : read_all(fd, size_max, content);
    close(fd);
    if (r == AWS_ROLE_ERR_TOO_BIG) {
        snprintf(text, sizeof text, "is larger than %zu bytes: make it smaller", size_max);
        refuse(why, r, path, strlen(path), text);
    } else if (r != 0) {
        refuse_errno(why, path, strlen(path));
    }
    return r;
}

int
trusted_folder_open(const char *path, const struct trust *trust, int *fd, char *why)
{
    int r;

    why[0] = '\0';
    if (trust->content_only) {
        *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *fd < 0 ? refuse_errno(why, path, strlen(path)) : 0;
    }
    r = walk(path, trust, O_RDONLY | O_DIRECTORY, fd, why);
    if (r != 0)
        return r;
    r = check_folder(*fd, trust, path, strlen(path), why);
    if (r != 0) {
        close(*fd);
        *fd = -1;
    }
    return r;
}
