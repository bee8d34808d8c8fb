/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_AGENT_SOCKET_H
#define AWS_ROLE_COMMON_AGENT_SOCKET_H

#include <sys/types.h>

#include "common/deadline.h"

/*
 * Connects to the socket of a session's agent at `path`, which the caller has looked at: it lies in
 * a folder that root alone can write. SO_PEERCRED (unix(7)) has to say that `listener` called
 * listen(2) on it: 0, the broker while it was root. Waits for a place in the listener's queue until
 * `deadline`, and for a second at most. The descriptor is CLOEXEC and the caller's.
 *
 * AWS_ROLE_ERR_DEADLINE: no place until then. AWS_ROLE_ERR_PEER_GONE: nobody listens there.
 * AWS_ROLE_ERR_NOT_FOUND: no such socket, or not one of that listener's. AWS_ROLE_ERR_TOO_BIG: no
 * path of a socket. AWS_ROLE_ERR_SYSTEM: there is no descriptor left.
 */
int agent_socket_connect(const char *path, uid_t listener, deadline_t deadline, int *fd);

#endif
