/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_AGENT_CLIENT_H
#define AWS_ROLE_CLI_AGENT_CLIENT_H

#include <sys/types.h>

#include "common/deadline.h"
#include "common/protocol.h"

/* Talking to the agent of one of the person's own sessions. */

#define AGENT_CLIENT_PATH_MAX 108 /* sun_path, unix(7): a path with its NUL */

/* Where agents are, and whose they have to be. */
struct agent_place {
    const char *rundir;
    const char *given; /* AWS_ROLE_SOCKET; NULL: not set */
    uid_t uid;         /* the person's: owns the socket */
    uid_t listener;    /* who called listen(2) on it: 0, the broker while it was root */
};

/*
 * Connects to `given` if it lies directly in RUNDIR/UID, else, or when nobody listens there, to the
 * newest socket in RUNDIR/UID that somebody listens on; they are found in /proc/net/unix, since the
 * folder cannot be listed by a person. The socket has to be owned by `uid`, and SO_PEERCRED
 * (unix(7)) has to say `listener`. The descriptor is the caller's; the path goes into `path` unless
 * that is NULL.
 * AWS_ROLE_ERR_PEER_GONE: `given` is there, nobody listens on it, and there is no other.
 * AWS_ROLE_ERR_DEADLINE: it was over before somebody took the connection.
 * AWS_ROLE_ERR_NOT_FOUND: there is none.
 */
int agent_client_connect(const struct agent_place *place, deadline_t deadline, int *fd,
                         char path[AGENT_CLIENT_PATH_MAX]);

/*
 * Connects, sends one request and receives its answer, which the caller wipes; an agent that was
 * just ending is tried once more. The path of its socket goes into `path` unless that is NULL.
 * AWS_ROLE_ERR_NOT_FOUND, AWS_ROLE_ERR_DEADLINE,
 * AWS_ROLE_ERR_PEER_GONE, AWS_ROLE_ERR_PROTOCOL, AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_SYSTEM.
 */
int agent_client_ask(const struct agent_place *place, const struct record *request,
                     struct record *answer, deadline_t deadline,
                     char path[AGENT_CLIENT_PATH_MAX]);

#endif
