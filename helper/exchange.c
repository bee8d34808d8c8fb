/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/exchange.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/error.h"
#include "helper/dpop.h"
#include "helper/error_class.h"
#include "helper/sigv4.h"

/* A smaller difference is not worth a second request (the SDKs' threshold). */
#define SKEW_MIN (4 * 60)
/* Of a proof: AWS Sign-In has been seen to refuse one that was 35 s ahead. */
#define SKEW_MIN_PROOF 15
#define PROOF_MAX 4096
#define BACKOFF_MAX_MS 20000

#define USER_AGENT "pam_aws_role"

void
exchange_start(struct exchange *exchange, deadline_t give_up, int64_t clock_offset, int watch_fd)
{
    *exchange = (struct exchange){
        .give_up = give_up, .clock_offset = clock_offset, .watch_fd = watch_fd};
}

void
exchange_end(struct exchange *exchange)
{
    http_close(exchange->http);
    exchange->http = NULL;
}

/* The offset of a host's clock: what its own answers taught, else the newest that is known. */
static int64_t
offset_of(const struct exchange *exchange, const char *host)
{
    for (size_t i = 0; i < exchange->host_count; i++)
        if (strcmp(exchange->hosts[i].host, host) == 0)
            return exchange->hosts[i].offset;
    return exchange->clock_offset;
}

static void
learn_offset(struct exchange *exchange, const char *host, int64_t offset)
{
    size_t i = 0;

    exchange->clock_offset = offset;
    while (i < exchange->host_count && strcmp(exchange->hosts[i].host, host) != 0)
        i++;
    if (i == EXCHANGE_HOSTS_MAX)
        return;
    if (i == exchange->host_count)
        exchange->host_count++;
    snprintf(exchange->hosts[i].host, sizeof exchange->hosts[i].host, "%s", host);
    exchange->hosts[i].offset = offset;
}

int64_t
exchange_issuer_now(const struct exchange *exchange, const struct http_response *response)
{
    return response->date >= 0 ? response->date : (int64_t)time(NULL) + exchange->clock_offset;
}

/* One attempt's headers. */
struct headers {
    struct http_header list[HTTP_HEADERS_MAX];
    size_t count;
    int failed;
};

static void
add(struct headers *headers, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (headers->count == HTTP_HEADERS_MAX)
        headers->failed = AWS_ROLE_ERR_ARGUMENT;
    else
        headers->list[headers->count++] = (struct http_header){name, value};
}

/* Signs what is in `headers` and adds the headers that signing makes. */
static int
sign(const struct exchange *exchange, const struct exchange_call *call, const struct url *url,
     struct headers *headers, struct sigv4_signature *signature)
{
    struct sigv4_request request = {
        .method = call->method,
        .path = url->path,
        .normalize_path = 1,
        .headers = headers->list,
        .header_count = headers->count,
        .body = call->body == NULL ? NULL : call->body->data,
        .body_size = call->body == NULL ? 0 : call->body->size,
        .region = call->region,
        .service = call->service,
        .when = (int64_t)time(NULL) + offset_of(exchange, url->name),
        .credentials = call->credentials,
    };
    int r = sigv4_sign(&request, signature);

    if (r != 0)
        return r;
    add(headers, "X-Amz-Date", signature->date);
    add(headers, "X-Amz-Security-Token", call->credentials->session_token.data);
    add(headers, "Authorization", buffer_string(&signature->authorization));
    return headers->failed;
}

/* Adds the proof that the caller has the key of its sign-in, in `proof`. */
static int
prove(const struct exchange *exchange, const struct exchange_call *call, const struct url *url,
      struct headers *headers, struct buffer *proof)
{
    int r = dpop_proof(call->proof_key, call->method, call->url,
                       (int64_t)time(NULL) + offset_of(exchange, url->name), proof);

    if (r == 0)
        add(headers, "DPoP", buffer_string(proof));
    return r;
}

static deadline_t
try_until(const struct exchange *exchange, const struct exchange_call *call)
{
    deadline_t end = deadline_in((uint64_t)call->try_ms);

    return end < exchange->give_up ? end : exchange->give_up;
}

static int
send_once(struct exchange *exchange, const struct exchange_call *call, const struct url *url,
          struct http_response *response, struct failure *why)
{
    struct headers headers = {.count = 0};
    struct sigv4_signature signature = {.date = ""};
    struct buffer proof;
    struct http_request request = {.method = call->method,
                                   .url = call->url,
                                   .body = call->body,
                                   .ca_bundle = call->ca_bundle,
                                   .proxy = call->proxy,
                                   .connect_ms = call->connect_ms,
                                   .fresh = call->once || call->proof_key != NULL,
                                   .deadline = try_until(exchange, call)};
    int r = 0;

    buffer_start(&proof, PROOF_MAX);
    add(&headers, "Host", url->host);
    add(&headers, "Accept", call->accept);
    add(&headers, "Content-Type", call->content_type);
    if (call->credentials != NULL)
        r = sign(exchange, call, url, &headers, &signature);
    if (r == 0 && call->proof_key != NULL)
        r = prove(exchange, call, url, &headers, &proof);
    for (size_t i = 0; i < call->extra_count; i++)
        add(&headers, call->extra[i].name, call->extra[i].value);
    add(&headers, "User-Agent", USER_AGENT);
    if (r == 0)
        r = headers.failed;
    if (r != 0) {
        r = failure_set(why, r, "the request cannot be signed: %s", error_text(r));
        goto out;
    }
    request.headers = headers.list;
    request.header_count = headers.count;
    r = http_send(exchange->http, &request, response, why);
out:
    sigv4_wipe(&signature);
    buffer_wipe(&proof);
    explicit_bzero(&headers, sizeof headers);
    return r;
}

/* Waits a random part of a bound that doubles with each attempt; ends when the peer goes. */
static int
back_off(const struct exchange *exchange, const struct exchange_call *call, int attempt)
{
    struct pollfd peer = {.fd = exchange->watch_fd};
    int64_t bound = call->backoff_ms;
    uint32_t random = 0;
    int milliseconds;

    for (int i = 1; i < attempt && bound < BACKOFF_MAX_MS; i++)
        bound *= 2;
    if (bound > BACKOFF_MAX_MS)
        bound = BACKOFF_MAX_MS;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = UINT32_MAX / 2;
    milliseconds = (int)(bound * random / UINT32_MAX);
    if (milliseconds >= deadline_left(exchange->give_up))
        return AWS_ROLE_ERR_DEADLINE;
    /* No event is asked for: only a hang-up ends the wait early. */
    if (poll(&peer, 1, milliseconds) > 0)
        return AWS_ROLE_ERR_PEER_GONE;
    return 0;
}

/* General words for an error answer, for want of better ones. */
static void
explain(int class, const struct url *url, const struct http_response *response,
        const struct reply_error *error, struct failure *why)
{
    const char *type = response->content_type[0] == '\0' ? "no type" : response->content_type;

    if (response->status >= 300 && response->status < 400)
        failure_set(why, class,
                    "%s answered with a redirect (%ld), which is never followed: correct the "
                    "endpoint",
                    url->name, response->status);
    else if (error->code[0] == '\0')
        failure_set(why, class, "%s answered %ld (%s), which is no answer of the service asked",
                    url->name, response->status, type);
    else
        failure_set(why, class, "%s: %s answered %s", error_text(class), url->name, error->code);
    snprintf(why->code, sizeof why->code, "%s", error->code);
    snprintf(why->request_id, sizeof why->request_id, "%s", error->request_id);
}

/* 0 for 2xx, else the class of the answer. */
static int
judge(const struct url *url, const struct http_response *response, struct reply_error *error,
      struct failure *why)
{
    int class;

    if (response->status >= 200 && response->status < 300)
        return 0;
    (void)replies_error(buffer_string(&response->body), response->body.size, error);
    if (error->request_id[0] == '\0')
        snprintf(error->request_id, sizeof error->request_id, "%s", response->request_id);
    class = error_class(error->code, error->message, response->status);
    explain(class, url, response, error, why);
    return class;
}

/*
 * 1 when the answer may be the clocks' fault and its Date shows it: the offset is corrected, and
 * the same request may be signed again.
 */
static int
correct_clock(struct exchange *exchange, const struct exchange_call *call, const struct url *url,
              const struct http_response *response, const struct reply_error *error)
{
    const int64_t least = call->proof_key != NULL ? SKEW_MIN_PROOF : SKEW_MIN;
    int64_t offset, wrong;

    if (!error_class_may_be_skew(error->code) || response->date < 0)
        return 0;
    offset = response->date - (int64_t)time(NULL);
    wrong = offset - offset_of(exchange, url->name);
    if (wrong > -least && wrong < least)
        return 0;
    learn_offset(exchange, url->name, offset);
    return 1;
}

static int
explain_skew(int class, const struct exchange *exchange, const struct url *url,
             struct failure *why)
{
    int64_t offset = offset_of(exchange, url->name);

    if (class != AWS_ROLE_ERR_SKEW)
        return class;
    if (offset == 0)
        return failure_set(why, class,
                           "%s says that this host's clock is wrong: check its time service",
                           url->name);
    return failure_set(why, class, "this host's clock is %lld s %s that of %s: correct it",
                       (long long)(offset < 0 ? -offset : offset),
                       offset < 0 ? "ahead of" : "behind", url->name);
}

/* 1 when the request may be sent once more after this outcome. */
static int
may_repeat(int class, const struct exchange_call *call, const struct http_response *response)
{
    if (call->once && response->sent)
        return 0;
    if (class == AWS_ROLE_ERR_RETRY)
        return 1;
    return class == AWS_ROLE_ERR_UNREACHABLE && response->transient;
}

static int
repeat(struct exchange *exchange, const struct exchange_call *call, const struct url *url,
       struct http_response *response, struct reply_error *error, struct failure *why)
{
    int corrected = 0;
    int class;

    for (int attempt = 1;; attempt++) {
        http_response_wipe(response);
        *error = (struct reply_error){.code = ""};
        class = send_once(exchange, call, url, response, why);
        if (class == 0)
            class = judge(url, response, error, why);
        if (class == 0)
            return 0;
        if (!corrected && correct_clock(exchange, call, url, response, error)) {
            corrected = 1;
            if (!call->once) {
                attempt--; /* not the service's failure: signed again, at once */
                continue;
            }
            class = AWS_ROLE_ERR_SKEW;
        }
        if (attempt >= call->attempts || !may_repeat(class, call, response) ||
            back_off(exchange, call, attempt) != 0)
            return explain_skew(class, exchange, url, why);
    }
}

int
exchange_run(struct exchange *exchange, const struct exchange_call *call,
             struct http_response *response, struct reply_error *error, struct failure *why)
{
    struct url url;
    int r;

    *response = (struct http_response){.date = -1};
    *error = (struct reply_error){.code = ""};
    if (url_split(call->url, &url) != 0)
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "the endpoint is no https:// URL of a host, a port and a path");
    if (deadline_left(exchange->give_up) == 0)
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "no time was left to ask %s", url.name);
    if (exchange->http == NULL && http_open(&exchange->http, exchange->watch_fd) != 0)
        return failure_set(why, AWS_ROLE_ERR_MEMORY, "out of memory");
    r = repeat(exchange, call, &url, response, error, why);
    why->sent = r != 0 && call->once && response->sent;
    return r;
}
