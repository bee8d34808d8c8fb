/* SPDX-License-Identifier: BSD-3-Clause */
/* How records travel: the part of common/protocol.h that knows sockets. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"
#include "common/protocol.h"

static int
error_of_errno(void)
{
    switch (errno) {
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
        return AWS_ROLE_ERR_PEER_GONE;
    default:
        return AWS_ROLE_ERR_SYSTEM;
    }
}

/* Waits until `fd` is ready for `events`, or anything that a read or write will tell. */
static int
wait_for(int fd, short events, deadline_t deadline)
{
    struct pollfd ready = {.fd = fd, .events = events};
    int n;

    do {
        int left = deadline_left(deadline);

        if (left == 0)
            return AWS_ROLE_ERR_DEADLINE;
        n = poll(&ready, 1, left);
    } while (n == 0 || (n < 0 && errno == EINTR));
    return n < 0 ? AWS_ROLE_ERR_SYSTEM : 0;
}

int
record_send(int fd, const struct record *record, deadline_t deadline)
{
    int r = record_check(record);

    while (r == 0) {
        ssize_t n = send(fd, record->bytes.data, record->bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n >= 0)
            return 0;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != ENOBUFS)
            return error_of_errno();
        r = wait_for(fd, POLLOUT, deadline);
    }
    return r;
}

/* Closes the descriptors that a peer attached to a packet; nobody of ours ever does. */
static int
close_attached(struct msghdr *message)
{
    int found = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        int *fds = (int *)(void *)CMSG_DATA(c);
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds;

        found = 1;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++)
            close(fds[i]);
    }
    return found;
}

/*
 * Reads one packet into `buffer`; its size, or an error. An end of file is AWS_ROLE_ERR_PEER_GONE.
 */
static ssize_t
receive_packet(int fd, char *buffer, deadline_t deadline)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * 4)];
        struct cmsghdr align;
    } control;
    int resets = 0;

    for (;;) {
        struct iovec into = {.iov_base = buffer, .iov_len = RECORD_SIZE_MAX};
        struct msghdr message = {.msg_iov = &into,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof control.bytes};
        ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        if (n >= 0) {
            if (close_attached(&message) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
                return AWS_ROLE_ERR_PROTOCOL;
            return n == 0 ? AWS_ROLE_ERR_PEER_GONE : n;
        }
        if (errno == EAGAIN) {
            int r = wait_for(fd, POLLIN, deadline);

            if (r != 0)
                return r;
        } else if (errno == ECONNRESET && resets++ == 0) {
            /* The peer died with something of ours unread; what it said before may be queued. */
        } else if (errno != EINTR) {
            return error_of_errno();
        }
    }
}

int
record_receive(int fd, struct record *record, deadline_t deadline)
{
    struct secret packet;
    ssize_t n;
    int r;

    memset(record, 0, sizeof *record);
    packet.data = malloc(RECORD_SIZE_MAX);
    if (packet.data == NULL)
        return AWS_ROLE_ERR_MEMORY;
    packet.size = RECORD_SIZE_MAX;
    n = receive_packet(fd, packet.data, deadline);
    r = n < 0 ? (int)n : record_decode(record, packet.data, (size_t)n);
    if (n > 0)
        packet.size = (size_t)n; /* wiping more would make pages of it that nobody has used */
    secret_wipe(&packet);
    return r;
}
