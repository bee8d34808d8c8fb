/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_SIGV4_CANONICAL_H
#define AWS_ROLE_HELPER_SIGV4_CANONICAL_H

#include "helper/buffer.h"
#include "helper/sigv4.h"

/* The canonical request of Signature Version 4, for helper/sigv4.c alone. */

/* Headers as they are signed: sorted by name, those of one name in the order they are sent. */
struct sigv4_headers {
    struct http_header list[SIGV4_HEADERS_MAX];
    size_t count;
};

/* Sorts a list of headers. AWS_ROLE_ERR_ARGUMENT when there are too many. */
int sigv4_canonical_sort(const struct http_header *headers, size_t count,
                         struct sigv4_headers *sorted);

/* Adds the names, each once, with `;` between them. */
void sigv4_canonical_names(struct buffer *out, const struct sigv4_headers *headers);

/* Adds the whole canonical request; `digest` is the body's SHA-256. */
int sigv4_canonical_request(struct buffer *out, const struct sigv4_request *request,
                            const struct sigv4_headers *headers, const unsigned char digest[32]);

#endif
