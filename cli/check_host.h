/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_HOST_H
#define AWS_ROLE_CLI_CHECK_HOST_H

#include "cli/check.h"

/* Is what the configuration needs in place on this host. */


/* The service user and its group exist, and it is not root under another name. */
void check_host_service_user(struct check *check);

/*
 * The programs and the module are there, root's, writable by nobody else, with no setuid bit; the
 * helper and the agent may be read by nobody else.
 */
void check_host_programs(struct check *check);

/*
 * The run time folder is root's, and on a file system that keeps nothing on a disk, or else the
 * cache is not shared between sessions. Before the first login it is not there.
 */
void check_host_run_folder(struct check *check);

/*
 * The credentials files that sources with a `profile` name are there, kept secret, and readable by
 * the service user's group; where they may be read, they have the form of such files, and the
 * profile with its keys. A profile that an expansion names is not looked for.
 */
void check_host_credentials(struct check *check);

#endif
