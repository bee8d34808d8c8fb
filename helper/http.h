/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_HTTP_H
#define AWS_ROLE_HELPER_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/deadline.h"
#include "helper/buffer.h"
#include "helper/failure.h"

/*
 * One request, one bounded answer. https is verified against the system's authorities, TLS 1.2 or
 * newer; plain http goes to loopback and metadata addresses only, by the address that is connected
 * to. Redirects are not followed; no netrc, cookies, environment or configuration is read. This is
 * the only file that knows libcurl.
 */

/* STS and the metadata services answer a few KiB. */
#define HTTP_BODY_MAX ((size_t)256 * 1024)
#define HTTP_HEADERS_MAX 12

struct http_header {
    const char *name;
    const char *value;
};

struct http_request {
    const char *method; /* GET, POST, PUT */
    const char *url;
    const struct http_header *headers; /* HTTP_HEADERS_MAX at most */
    size_t header_count;
    const struct buffer *body;  /* NULL: none */
    const char *ca_bundle;      /* authorities in place of the system's; NULL: the system's */
    const char *proxy;          /* http:// or https:// URL; NULL: none */
    int connect_ms;             /* for the connection, TLS included */
    int fresh;                  /* 1: over a new connection, so that it is sent once at most */
    deadline_t deadline;        /* for all of it */
};

struct http_response {
    long status;
    struct buffer body;
    char content_type[64];                       /* printable ASCII */
    char request_id[FAILURE_REQUEST_ID_MAX + 1]; /* of x-amzn-RequestId; "" when absent */
    int64_t date;                                /* of Date, seconds of the epoch; -1: none */
    int sent;      /* 1 when some of the request may have reached the service */
    int transient; /* after a failure, 1 when the same request may succeed */
};

struct http;

/*
 * Starts libcurl. `watch_fd` is a socket whose hang-up ends every request with
 * AWS_ROLE_ERR_PEER_GONE; -1: none. AWS_ROLE_ERR_MEMORY.
 */
int http_open(struct http **http, int watch_fd);

/* NULL is allowed. */
void http_close(struct http *http);

/*
 * Sends and waits for the answer, whatever its status; connections are kept for the next request.
 * `response` is started here and ended with http_response_wipe, also after a failure:
 * AWS_ROLE_ERR_UNREACHABLE, AWS_ROLE_ERR_NOT_AWS (no HTTP, or over a limit), AWS_ROLE_ERR_REFUSED
 * (URL, ca_bundle or proxy cannot be used), AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_PEER_GONE; `why`
 * tells it in words.
 */
int http_send(struct http *http, const struct http_request *request,
              struct http_response *response, struct failure *why);

void http_response_wipe(struct http_response *response);

#endif
