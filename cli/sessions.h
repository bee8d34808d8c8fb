/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SESSIONS_H
#define AWS_ROLE_CLI_SESSIONS_H

#include <sys/types.h>

#include "common/protocol.h"

/*
 * Every session of this host, as root sees it: from the names of their sockets and from their
 * ledgers (common/ledger.h). Nobody is asked, so nothing is renewed by looking.
 */

struct sessions_entry {
    uid_t uid;
    pid_t broker;
    unsigned long long start; /* of the broker, common/process.h */
    int is_alive;             /* 0: its broker is gone, the next login sweeps what it left */
    int is_seen;              /* 0 while it lives: it is in another PID namespace, or hidden */
    int folder;               /* the person's, to remove what lies there; valid in `visit` alone */
    const char *name;         /* of the socket in it */
    const struct record *held; /* HELD: the session's, or that of a role; NULL: not known. It says
                                  of whom it is, and is passed over when that is somebody else */
};

/*
 * Calls `visit` for each session below `rundir`: once for each role that it was given, or once when
 * it was given none. AWS_ROLE_ERR_NOT_FOUND (there is no such folder: nobody has logged in),
 * AWS_ROLE_ERR_UNTRUSTED (it is not root's own), AWS_ROLE_ERR_SYSTEM.
 */
int sessions_each(const char *rundir,
                  void (*visit)(void *context, const struct sessions_entry *entry), void *context);

/* The same for one person's. */
int sessions_of(const char *rundir, uid_t uid,
                void (*visit)(void *context, const struct sessions_entry *entry), void *context);

#endif
