/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_RUNDIR_H
#define AWS_ROLE_BROKER_RUNDIR_H

#include <sys/types.h>

#include "broker/person.h"

#define RUNDIR_SOCKET_MAX 108 /* sun_path with its NUL, unix(7) */

/*
 * The run time folder, made and kept by root:
 *   RUNDIR/              root 0755
 *   RUNDIR/UID/          root 0711, one a person; their sessions' sockets lie here
 *   RUNDIR/cache/        the service user's, 0700; root only makes it
 * Root makes, names and removes things only in folders that nobody else can write.
 */

/*
 * Makes what is missing, removes the sockets of sessions whose broker is gone, and binds this
 * session's: SOCK_SEQPACKET, mode 0600, owned by the person, listening, CLOEXEC, non-blocking. Its
 * name begins with this process's id and start time, so that a later login can tell whether it is
 * still alive, and ends in random digits. `path` has room for RUNDIR_SOCKET_MAX bytes. `*ledger` is
 * the session's, see common/ledger.h; -1 when it could not be made.
 *
 * AWS_ROLE_ERR_UNTRUSTED (a folder is not what it has to be; `why` names it), AWS_ROLE_ERR_SYSTEM
 * (errno; `why` names the step), AWS_ROLE_ERR_TOO_BIG (the path does not fit). `why` has room for
 * 512 bytes.
 */
int rundir_listen(const char *rundir, const struct person_identity *person,
                  const struct person_identity *service, int *listener, int *ledger, char *path,
                  char *why);

/*
 * Makes RUNDIR and the cache's folder, and nothing of a person's: for who has no session, and only
 * looks into the cache. The same errors.
 */
int rundir_make(const char *rundir, const struct person_identity *service, char *why);

/*
 * Sweeps the sockets and ledgers of one UID folder: those whose broker is gone are removed. `proc`
 * is where proc(5) is mounted. How many were removed.
 */
unsigned int rundir_sweep(int folder, const char *proc);

#endif
