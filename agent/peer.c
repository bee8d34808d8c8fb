/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/peer.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CANNOT_SAY (-1)
#define ANSWER_SECONDS 1 /* the kernel answers before sendto(2) returns */

/* The connection as its client sees it. */
struct connection {
    struct sockaddr_in client, server;
};

static int
find_connection(int fd, struct connection *connection)
{
    socklen_t client = sizeof connection->client, server = sizeof connection->server;

    return getpeername(fd, (struct sockaddr *)&connection->client, &client) == 0 &&
           getsockname(fd, (struct sockaddr *)&connection->server, &server) == 0 &&
           connection->client.sin_family == AF_INET && connection->server.sin_family == AF_INET;
}

static int
send_question(int netlink, const struct connection *connection)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .request = {.sdiag_family = AF_INET,
                    .sdiag_protocol = IPPROTO_TCP,
                    .idiag_states = UINT32_MAX,
                    .id = {.idiag_sport = connection->client.sin_port,
                           .idiag_dport = connection->server.sin_port,
                           .idiag_src = {connection->client.sin_addr.s_addr},
                           .idiag_dst = {connection->server.sin_addr.s_addr},
                           .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
    };

    return sendto(netlink, &question, sizeof question, 0, (const struct sockaddr *)&kernel,
                  sizeof kernel) == (ssize_t)sizeof question;
}

/* A socket of IPv6 may speak IPv4, and tells its addresses so: ipv6(7), IPV6_V6ONLY. */
static int
is_address(const uint32_t words[4], unsigned int family, const struct in_addr *address)
{
    if (family == AF_INET)
        return words[0] == address->s_addr;
    return family == AF_INET6 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff) &&
           words[3] == address->s_addr;
}

/* 1 when what is told is told of the socket that was asked for. */
static int
is_about(const struct inet_diag_msg *told, const struct connection *connection)
{
    const struct inet_diag_sockid *id = &told->id;

    return id->idiag_sport == connection->client.sin_port &&
           id->idiag_dport == connection->server.sin_port &&
           is_address(id->idiag_src, told->idiag_family, &connection->client.sin_addr) &&
           is_address(id->idiag_dst, told->idiag_family, &connection->server.sin_addr);
}

static int
read_answer(int netlink, const struct connection *connection, uid_t uid)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_msg told;
        unsigned char attributes[4096];
    } answer;
    struct sockaddr_nl from;
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(netlink, &answer, sizeof answer, 0, (struct sockaddr *)&from, &size);

    if (got < (ssize_t)(sizeof answer.header + sizeof answer.told) || size != sizeof from ||
        from.nl_pid != 0 || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return CANNOT_SAY;
    return is_about(&answer.told, connection) && answer.told.idiag_state == TCP_ESTABLISHED &&
           answer.told.idiag_inode != 0 && answer.told.idiag_uid == uid;
}

int
peer_by_diagnostics(int fd, uid_t uid)
{
    const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    struct connection connection;
    int netlink, r = CANNOT_SAY;

    if (!find_connection(fd, &connection))
        return 0;
    netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0)
        return CANNOT_SAY;
    if (setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
        send_question(netlink, &connection))
        r = read_answer(netlink, &connection, uid);
    close(netlink);
    return r;
}

/* How proc(5) writes an address: 32-bit words as they lie in memory. */
static void
write_address(const struct sockaddr_in *address, int mapped, char *text, size_t size)
{
    snprintf(text, size, "%s%08X:%04X", mapped ? "0000000000000000FFFF0000" : "",
             (unsigned int)address->sin_addr.s_addr, (unsigned int)ntohs(address->sin_port));
}

/* Looks for the client's socket in one of the two files. */
static int
look_into(const char *path, int mapped, const struct connection *connection, uid_t uid)
{
    char client[64], server[64], *line = NULL;
    FILE *file = fopen(path, "re");
    size_t room = 0;
    int r = CANNOT_SAY;

    if (file == NULL)
        return CANNOT_SAY;
    write_address(&connection->client, mapped, client, sizeof client);
    write_address(&connection->server, mapped, server, sizeof server);
    while (r == CANNOT_SAY && getline(&line, &room, file) >= 0) {
        char local[64], remote[64];
        unsigned int state, owner;
        unsigned long inode;

        if (sscanf(line, "%*s %63s %63s %x %*s %*s %*s %u %*s %lu", local, remote, &state, &owner,
                   &inode) == 5 &&
            strcmp(local, client) == 0 && strcmp(remote, server) == 0)
            r = state == TCP_ESTABLISHED && inode != 0 && owner == uid;
    }
    free(line);
    fclose(file);
    return r;
}

int
peer_by_proc(int fd, uid_t uid)
{
    struct connection connection;
    int r;

    if (!find_connection(fd, &connection))
        return 0;
    r = look_into("/proc/net/tcp", 0, &connection, uid);
    return r != CANNOT_SAY ? r : look_into("/proc/net/tcp6", 1, &connection, uid);
}

int
peer_is(int fd, uid_t uid)
{
    int r = peer_by_diagnostics(fd, uid);

    if (r == CANNOT_SAY)
        r = peer_by_proc(fd, uid);
    return r == 1;
}
