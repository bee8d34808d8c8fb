/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

#define TRIES 64
#define TOKEN_BYTES 32

/* Dynamic ports, RFC 6335; and when somebody has taken those, some that root alone may bind. */
static const struct {
    unsigned int first, count;
} ranges[] = {{49152, 16384}, {600, 424}};

/* Tries one port; 0 and errno when it cannot be had. */
static int
bind_port(int fd, unsigned int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static int
make_token(struct secret *token)
{
    unsigned char random[TOKEN_BYTES];
    char text[2 * TOKEN_BYTES + 1];
    int r;

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return AWS_ROLE_ERR_SYSTEM;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    r = secret_set(token, text, sizeof text - 1);
    explicit_bzero(random, sizeof random);
    explicit_bzero(text, sizeof text);
    return r;
}

/* Tries ports of a range; its number, 0 when none could be had. */
static unsigned int
bind_any(int fd, unsigned int first, unsigned int count)
{
    uint16_t random;

    for (int i = 0; i < TRIES; i++) {
        if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
            return 0;
        if (bind_port(fd, first + random % count))
            return first + random % count;
        if (errno != EADDRINUSE)
            return 0;
    }
    return 0;
}

int
endpoint_reserve(struct endpoint *endpoint)
{
    int r = AWS_ROLE_ERR_SYSTEM;

    memset(endpoint, 0, sizeof *endpoint);
    endpoint->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (endpoint->listener < 0)
        return AWS_ROLE_ERR_SYSTEM;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && endpoint->port == 0; i++)
        endpoint->port = bind_any(endpoint->listener, ranges[i].first, ranges[i].count);
    if (endpoint->port != 0)
        r = make_token(&endpoint->token);
    if (r != 0) {
        int saved = errno;

        endpoint_close(endpoint);
        errno = saved;
    }
    return r;
}

int
endpoint_listen(const struct endpoint *endpoint)
{
    return listen(endpoint->listener, SOMAXCONN) == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
}

void
endpoint_put(const struct endpoint *endpoint, struct record *record)
{
    char uri[64];

    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/", endpoint->port);
    record_put_text(record, FIELD_ENDPOINT_URI, uri);
    record_put_secret(record, FIELD_ENDPOINT_TOKEN, &endpoint->token);
}

void
endpoint_close(struct endpoint *endpoint)
{
    if (endpoint->listener >= 0)
        close(endpoint->listener);
    endpoint->listener = -1;
    endpoint->port = 0;
    secret_wipe(&endpoint->token);
}
