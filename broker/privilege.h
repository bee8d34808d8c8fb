/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_PRIVILEGE_H
#define AWS_ROLE_BROKER_PRIVILEGE_H

#include <sys/types.h>

/* The one room that changes what a process may do. No other file calls set*id. */

/*
 * Becomes root in every id, without supplementary groups, and makes nothing of the application's
 * stay with us: signals, mask, umask, working directory, resource limits (pam_limits has set the
 * person's by now), priority, session keyring, controlling terminal. Core dumps and tracing by the
 * same uid are off. AWS_ROLE_ERR_PRIVILEGE: not started as root; AWS_ROLE_ERR_SYSTEM.
 */
int privilege_reset(void);

/*
 * Becomes `uid` and `gid` for good, without supplementary groups, and checks that it cannot be
 * undone. Every capability set is emptied and no_new_privs is set. AWS_ROLE_ERR_PRIVILEGE: the
 * process must end.
 */
int privilege_drop(uid_t uid, gid_t gid);

#endif
