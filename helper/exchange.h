/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_EXCHANGE_H
#define AWS_ROLE_HELPER_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/credentials.h"
#include "common/deadline.h"
#include "helper/buffer.h"
#include "helper/failure.h"
#include "helper/http.h"
#include "helper/replies.h"
#include "helper/url.h"

/*
 * A request until it is answered: signing, retries, back-off, clock skew, and the class of what
 * came back. Nothing else in the helper repeats a request.
 */

#define EXCHANGE_HOSTS_MAX 8

struct exchange {
    struct http *http; /* opened by the first request */
    deadline_t give_up;
    int watch_fd;         /* as in http_open */
    int64_t clock_offset; /* the service's clock minus ours in seconds, the newest that is known */
    struct {
        char host[URL_NAME_MAX + 1];
        int64_t offset;
    } hosts[EXCHANGE_HOSTS_MAX]; /* what each host's Date taught */
    size_t host_count;
};

struct exchange_call {
    const char *method;
    const char *url;
    const char *accept;                    /* NULL: none */
    const char *content_type;              /* NULL: none */
    const struct http_header *extra;       /* further headers, not signed */
    size_t extra_count;
    const struct buffer *body;             /* NULL: none */
    const struct credentials *credentials; /* NULL: not signed */
    const struct secret *proof_key;        /* NULL: no proof; else helper/dpop.h, one an attempt,
                                              each over a connection of its own */
    const char *region;                    /* to sign with */
    const char *service;                   /* to sign with */
    const char *ca_bundle;
    const char *proxy;
    int connect_ms;
    int try_ms;     /* for one attempt */
    int attempts;   /* 1 or more */
    int backoff_ms; /* the longest wait before the second attempt; it doubles */
    int once;       /* 1: carries a code that is burnt by being seen; never sent twice */
};

/* `clock_offset` is what an earlier obtain learned, 0 at first. */
void exchange_start(struct exchange *exchange, deadline_t give_up, int64_t clock_offset,
                    int watch_fd);

void exchange_end(struct exchange *exchange);

/*
 * 0 when the answer's status is 2xx. Else AWS_ROLE_ERR_RETRY, SKEW, DENIED, REFUSED, UNREACHABLE or
 * NOT_AWS, or PEER_GONE, MEMORY, SYSTEM: `why` says it in general words (code and request id set),
 * `error` holds what the service said ("" everywhere when it said nothing that can be read), and
 * `response` the last answer (status 0: there was none). The caller wipes `response`.
 */
int exchange_run(struct exchange *exchange, const struct exchange_call *call,
                 struct http_response *response, struct reply_error *error, struct failure *why);

/* The service's clock when it answered: its Date, or our clock and what is known of its offset. */
int64_t exchange_issuer_now(const struct exchange *exchange, const struct http_response *response);

#endif
