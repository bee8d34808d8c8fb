/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_DPOP_H
#define AWS_ROLE_HELPER_DPOP_H

#include <stdint.h>

#include "common/secret.h"
#include "helper/buffer.h"

/*
 * Proof of possession of a key (RFC 9449), as AWS Sign-In wants it: ES256, a key on P-256, no `ath`
 * and no `nonce`.
 */

#define DPOP_KEY_MAX 160 /* bytes of a key: RFC 5915, in DER */

/* A new key. AWS_ROLE_ERR_SYSTEM (libcrypto, or no randomness), AWS_ROLE_ERR_MEMORY. */
int dpop_key_new(struct secret *key);

/*
 * Adds the value of a DPoP header, good for one request: it has a number of its own (`jti`). `now`
 * is the server's clock, in seconds of the epoch. AWS_ROLE_ERR_ARGUMENT: `key` is none;
 * AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY.
 */
int dpop_proof(const struct secret *key, const char *method, const char *url, int64_t now,
               struct buffer *proof);

#endif
