/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_REPLACED_FILE_H
#define AWS_ROLE_CLI_REPLACED_FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * A person's file that is read, and replaced as a whole: whoever reads it meanwhile, and whatever
 * happens, it is the old one or the new one.
 */

struct replaced_file {
    char path[PATH_MAX]; /* of the file itself, behind links */
    int exists;
    struct stat status; /* when it exists */
    char *text;         /* NULL when it does not exist, or is empty */
    size_t size;
};

/*
 * Reads the file at `path`; that there is none is no error. A link leads to the file, also to one
 * that is yet to be made. AWS_ROLE_ERR_UNTRUSTED (it is no regular file), AWS_ROLE_ERR_TOO_BIG
 * (more than `size_max`), AWS_ROLE_ERR_BUSY (it grows), AWS_ROLE_ERR_SYSTEM with errno,
 * AWS_ROLE_ERR_MEMORY.
 */
int replaced_file_read(struct replaced_file *file, const char *path, size_t size_max);

/*
 * Puts a text in its place, through a file beside it, and onto the disk. It keeps its owner, group
 * and mode; a new one has mode 0600, and its folder is made with 0700 when that alone is missing.
 * AWS_ROLE_ERR_BUSY: somebody has changed it since it was read. AWS_ROLE_ERR_SYSTEM with errno.
 * Nothing is changed then.
 */
int replaced_file_write(const struct replaced_file *file, const char *text, size_t size);

/* Wipes and frees the text. */
void replaced_file_close(struct replaced_file *file);

#endif
