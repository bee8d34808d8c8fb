/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_PEER_H
#define AWS_ROLE_AGENT_PEER_H

#include <sys/types.h>

/*
 * Whose process is at the other end of a TCP connection from this host? A TCP socket has no
 * SO_PEERCRED, but the kernel knows every socket: the client's is the one with our two addresses
 * the other way round. Socket diagnostics (sock_diag(7)) are asked, and where they do not answer,
 * /proc/net/tcp and tcp6 (proc(5)).
 */

/*
 * 1 when the client of `fd` is a socket of this host that is ESTABLISHED, belongs to a process (its
 * inode is not 0) and to exactly `uid`. 0 when it is not, or when nobody can say.
 */
int peer_is(int fd, uid_t uid);

/* What peer_is asks, one by one: 1, 0, or -1 when that source cannot say. For tests. */
int peer_by_diagnostics(int fd, uid_t uid);
int peer_by_proc(int fd, uid_t uid);

#endif
