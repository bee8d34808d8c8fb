/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_BUFFER_H
#define AWS_ROLE_HELPER_BUFFER_H

#include <stddef.h>

/*
 * Bytes that grow up to a hard limit, for requests, answers and what is signed. The memory is wiped
 * before it is freed or moved. The first failure (the limit, no memory) is kept in `failed` as an
 * AWS_ROLE_ERR_*, and nothing is added after it, so that a builder checks once, at its end.
 *
 * `data` is NULL while nothing was added, else it holds `size` bytes and a NUL behind them.
 */
struct buffer {
    char *data;
    size_t size;
    size_t room;
    size_t size_max;
    int failed;
};

/* Starts an empty buffer. Whatever `buffer` held is not freed. */
void buffer_start(struct buffer *buffer, size_t size_max);

void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_text(struct buffer *buffer, const char *text);

/*
 * Adds `size` bytes percent-encoded by RFC 3986: all but its unreserved characters become %XX. The
 * bytes in `keep` stay as they are too.
 */
void buffer_uri(struct buffer *buffer, const char *bytes, size_t size, const char *keep);

/* Adds `size` bytes in lower-case hexadecimal. */
void buffer_hex(struct buffer *buffer, const unsigned char *bytes, size_t size);

/* The content as a string, never NULL. */
const char *buffer_string(const struct buffer *buffer);

/* Wipes and frees; the buffer is empty afterwards and may be used again. */
void buffer_wipe(struct buffer *buffer);

#endif
