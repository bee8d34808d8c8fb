/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ENDPOINT_H
#define AWS_ROLE_BROKER_ENDPOINT_H

#include "common/protocol.h"
#include "common/secret.h"

/*
 * A session's place for the container-credentials endpoint: a port of 127.0.0.1 and the token that
 * its programs are to show. Every session reserves one, since whether it will be used is known only
 * once the configuration has been read; until then nothing listens on it.
 */
struct endpoint {
    int listener; /* bound, close-on-exec, non-blocking; -1: no port could be had */
    unsigned int port;
    struct secret token;
};

/*
 * Binds a port of the range that RFC 6335 assigns to nobody, or, where none of 64 is free, one
 * below 1024, which no user can take from root. It is bound by its number, so that it stays bound,
 * and nobody else can take it, when the listener is shut down (bind(2) to port 0 would give it
 * back). Makes the token: 32 random bytes in hexadecimal. AWS_ROLE_ERR_SYSTEM, with errno, and
 * AWS_ROLE_ERR_MEMORY; `endpoint` is without a listener then.
 */
int endpoint_reserve(struct endpoint *endpoint);

/* From now on connections queue up. AWS_ROLE_ERR_SYSTEM, with errno. */
int endpoint_listen(const struct endpoint *endpoint);

/* Adds ENDPOINT_URI and ENDPOINT_TOKEN. */
void endpoint_put(const struct endpoint *endpoint, struct record *record);

/* Closes and wipes. */
void endpoint_close(struct endpoint *endpoint);

#endif
