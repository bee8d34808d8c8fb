/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_CONFINE_FILES_H
#define AWS_ROLE_HELPER_CONFINE_FILES_H

#include <stddef.h>

/*
 * landlock(7): from here on only what name resolution, TLS and `files` need can be read, and
 * nothing written; no TCP port can be bound and no process outside signalled, where the kernel
 * knows those rules. 0 also without Landlock. Needs PR_SET_NO_NEW_PRIVS. AWS_ROLE_ERR_SYSTEM.
 */
int confine_files(const char *const *files, size_t count);

#endif
