/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_BASE64_H
#define AWS_ROLE_HELPER_BASE64_H

#include <stddef.h>

#include "common/secret.h"
#include "helper/buffer.h"

/* RFC 4648: base64 and base64url, the latter without padding, as JOSE has it (RFC 7515 2). */

/* Adds `size` bytes in base64url. */
void base64_add_url(struct buffer *text, const void *bytes, size_t size);

/*
 * The bytes of a text in either alphabet, with its padding or without. What is left of the last
 * character's bits is not looked at. AWS_ROLE_ERR_ARGUMENT: it is none, or empty;
 * AWS_ROLE_ERR_MEMORY.
 */
int base64_read(const char *text, size_t size, struct secret *bytes);

#endif
