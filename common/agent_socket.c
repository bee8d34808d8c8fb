/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/agent_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"

#define CONNECT_MS 1000

static int
peer_is(int fd, uid_t listener)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer &&
           peer.uid == listener;
}

int
agent_socket_connect(const char *path, uid_t listener, deadline_t deadline, int *fd)
{
    int left = deadline_left(deadline);
    struct timeval limit = {.tv_sec = CONNECT_MS / 1000};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int r = AWS_ROLE_ERR_NOT_FOUND;

    if (strlen(path) >= sizeof address.sun_path)
        return AWS_ROLE_ERR_TOO_BIG;
    if (left == 0)
        return AWS_ROLE_ERR_DEADLINE;
    if (left < CONNECT_MS)
        limit = (struct timeval){.tv_usec = left * 1000};
    memcpy(address.sun_path, path, strlen(path) + 1);
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return AWS_ROLE_ERR_SYSTEM;
    errno = 0;
    /* unix(7): connect waits while the listener's queue is full, and this bounds it. */
    if (setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
        connect(*fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        peer_is(*fd, listener))
        return 0;
    if (errno == ECONNREFUSED)
        r = AWS_ROLE_ERR_PEER_GONE;
    else if (errno == EAGAIN)
        r = AWS_ROLE_ERR_DEADLINE;
    close(*fd);
    *fd = -1;
    return r;
}
