/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_SIGV4_H
#define AWS_ROLE_HELPER_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "common/credentials.h"
#include "helper/buffer.h"
#include "helper/http.h"

/*
 * AWS Signature Version 4 in headers: "Create a signed AWS API request", IAM User Guide. All
 * headers of the request are signed, and x-amz-date with them, and x-amz-security-token when the
 * credentials have one; the caller sends those two as well.
 */

#define SIGV4_HEADERS_MAX 24
#define SIGV4_QUERY_MAX 64

struct sigv4_request {
    const char *method;
    const char *path;  /* as it is sent; "" is "/" */
    const char *query; /* without `?`; NULL or "": none */
    int normalize_path; /* 1: `.`, `..` and empty segments are removed first (all but S3) */
    const struct http_header *headers; /* host among them */
    size_t header_count;
    const void *body;
    size_t body_size;
    const char *region;
    const char *service;
    int64_t when; /* seconds of the epoch on the service's clock */
    const struct credentials *credentials;
    int token_unsigned; /* 1: x-amz-security-token is sent, and not signed */
};

/* Start with zeroes; ended with sigv4_wipe. */
struct sigv4_signature {
    char date[17];               /* the value of x-amz-date */
    struct buffer canonical;     /* the canonical request, for tests and debugging */
    struct buffer to_sign;       /* the string to sign, likewise */
    struct buffer authorization; /* the value of Authorization */
};

/*
 * Signs. AWS_ROLE_ERR_ARGUMENT (more headers or query parts than the limits, no host header, a time
 * outside the years 1970 to 9999), AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_TOO_BIG, AWS_ROLE_ERR_SYSTEM
 * (libcrypto refused).
 */
int sigv4_sign(const struct sigv4_request *request, struct sigv4_signature *signature);

void sigv4_wipe(struct sigv4_signature *signature);

#endif
