/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_TRUSTED_FILE_H
#define AWS_ROLE_COMMON_TRUSTED_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/secret.h"

#define TRUSTED_FILE_WHY_MAX 512

/* Who may have written what we believe, and who may read what is secret. */
struct trust {
    int content_only;   /* 1: read whatever is there (a validator of content not yet in place) */
    uid_t owner;        /* 0 on a host; a test's own uid in a test */
    gid_t secret_group; /* who beside the owner may read a secret: _aws-role's group */
    const char *below;  /* folders up to this one are not checked; NULL or "/": every one is */
};

enum trusted_file_kind {
    TRUSTED_FILE_PUBLIC, /* anybody may read it */
    TRUSTED_FILE_SECRET, /* nobody but the owner and secret_group */
};

/* Which file was read: changes when its content may have. */
struct file_identity {
    uint64_t device, inode, size;
    int64_t modified_ns; /* mtime, nanoseconds of the epoch */
};

/*
 * Opens a file that may be believed: the path is absolute, without `.`, `..` or a symbolic link;
 * the file is regular, belongs to trust->owner and is writable by nobody else, and so is every
 * folder on the way; a secret is readable by nobody but the owner and secret_group. Each component
 * is opened with O_NOFOLLOW relative to the one before it (openat(2)), so what was checked is what
 * is read. The descriptor is CLOEXEC and the caller's.
 *
 * AWS_ROLE_ERR_NOT_FOUND (nothing is there), AWS_ROLE_ERR_UNTRUSTED, AWS_ROLE_ERR_SYSTEM; then
 * `why` (TRUSTED_FILE_WHY_MAX bytes) says what is wrong with which file and how to mend it.
 */
int trusted_file_open(const char *path, enum trusted_file_kind kind, const struct trust *trust,
                      int *fd, struct file_identity *identity, char *why);

/*
 * trusted_file_open, then the whole content into `content`. A file of more than `size_max` bytes is
 * AWS_ROLE_ERR_TOO_BIG; AWS_ROLE_ERR_MEMORY.
 */
int trusted_file_read(const char *path, enum trusted_file_kind kind, const struct trust *trust,
                      size_t size_max, struct secret *content, struct file_identity *identity,
                      char *why);

/* The same for a folder: opened to be listed, with the same rules. */
int trusted_folder_open(const char *path, const struct trust *trust, int *fd, char *why);

#endif
