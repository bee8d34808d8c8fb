/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_CONFIG_FILES_H
#define AWS_ROLE_POLICY_CONFIG_FILES_H

#include "policy/config.h"

/* Which files make a configuration, in which order: reads them into `config->files`. */

/*
 * Appends one file. A failure is told in `problems` under the file's name; AWS_ROLE_ERR_NOT_FOUND
 * is not, since a file may be optional.
 */
int config_files_add(struct config *config, const char *path, const struct trust *trust,
                     struct problems *problems);

/* A file that is not in place yet, to be read among those of a folder. */
struct config_newcomer {
    const char *path;
    const char *name; /* takes the place of the folder's file of this name; NULL: read last */
    /* 1: leave `file` out; not asked when there is a file of that name. NULL: none is older */
    int (*is_older)(void *context, const struct config_file *file);
    void *context;
};

/*
 * Appends the folder's files, in the order of their names' bytes, that end in `.conf` and are not
 * hidden; and the newcomer, unless NULL. Goes on behind a file that cannot be read and returns the
 * first failure. AWS_ROLE_ERR_NOT_FOUND: there is no such folder and no newcomer.
 */
int config_files_add_folder(struct config *config, const char *folder, const struct trust *trust,
                            const struct config_newcomer *newcomer, struct problems *problems);

#endif
