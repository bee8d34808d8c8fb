/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sts.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/form.h"
#include "helper/region.h"
#include "helper/replies.h"
#include "helper/sts_words.h"
#include "helper/url.h"

#define BODY_MAX ((size_t)256 * 1024)

/* The SDKs' standard mode: three attempts; a wait of up to one second, then two. */
#define CONNECT_MS 5000
#define TRY_MS 10000
#define ATTEMPTS 3
#define BACKOFF_MS 1000

/*
 * What AWS says to a DurationSeconds of more than an hour when the caller's credentials are
 * temporary: a role's, those of GetSessionToken (AWS does not document it of these) or of AWS
 * Sign-In. Nothing is wrong with the role then, and an hour is what it can have.
 */
#define CHAIN_WORDS "role chaining"
#define CHAIN_SECONDS 3600
#define CHAIN_CAP 1 /* no error of common/error.h: run_call's word for it */

static void
start_body(struct buffer *body, const char *action)
{
    buffer_start(body, BODY_MAX);
    form_add(body, "Action", action);
    form_add(body, "Version", "2011-06-15");
}

/* Whose partition it is about. */
static const char *
subject_arn(const struct record *step)
{
    static const enum record_field fields[] = {FIELD_ROLE_ARN, FIELD_MFA_SERIAL};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (record_has(step, fields[i]))
            return record_text(step, fields[i]);
    return record_text(step, FIELD_LOGIN_SESSION);
}

static int
find_endpoint(const struct sts_call *call, struct region_endpoint *endpoint, struct failure *why)
{
    const struct record *step = call->step;
    struct region_choice choice = {
        .region = record_has(step, FIELD_REGION) ? record_text(step, FIELD_REGION) : call->region,
        .arn = subject_arn(step),
        .endpoint = record_text(step, FIELD_STS_ENDPOINT),
        .use_fips = record_number(step, FIELD_USE_FIPS) != 0,
        .use_dualstack = record_number(step, FIELD_USE_DUALSTACK) != 0,
    };

    return region_endpoint(&choice, endpoint, why);
}

/* Puts who answered before why the answer is none. */
static void
name_answerer(const char *url_text, struct failure *why)
{
    char text[sizeof why->text];
    struct url url;

    if (url_split(url_text, &url) != 0)
        return;
    memcpy(text, why->text, sizeof text);
    failure_set(why, why->class, "%s: %s: check sts_endpoint, or what stands between", url.name,
                text);
}

static int
take_answer(const struct exchange *exchange, const struct region_endpoint *endpoint,
            const char *action, const struct http_response *response,
            struct credentials *credentials, struct failure *why)
{
    int r = replies_credentials(action, buffer_string(&response->body), response->body.size,
                                exchange_issuer_now(exchange, response), credentials, why);

    if (r == AWS_ROLE_ERR_NOT_AWS)
        name_answerer(endpoint->url, why);
    return r;
}

static int
explain(const struct sts_call *call, const char *region, const struct reply_error *error,
        struct failure *why)
{
    int r = sts_words_explain(call, region, error, why);

    return r == AWS_ROLE_ERR_REFUSED && strstr(error->message, CHAIN_WORDS) != NULL ? CHAIN_CAP : r;
}

/*
 * Sends `body`, `once` or until it is answered. The caller wipes `response`, and looks into
 * `endpoint` for who has answered.
 */
static int
ask(struct exchange *exchange, const struct sts_call *call, const struct buffer *body, int once,
    struct region_endpoint *endpoint, struct http_response *response, struct failure *why)
{
    struct reply_error error;
    int r;

    *response = (struct http_response){.date = -1};
    if ((r = find_endpoint(call, endpoint, why)) != 0)
        return r;
    if (body->failed != 0)
        return failure_set(why, body->failed, "the request for the role is too long");
    r = exchange_run(exchange,
                     &(struct exchange_call){
                         .method = "POST",
                         .url = endpoint->url,
                         .accept = "application/json",
                         .content_type = "application/x-www-form-urlencoded; charset=utf-8",
                         .body = body,
                         .credentials = call->credentials,
                         .region = endpoint->region,
                         .service = "sts",
                         .ca_bundle = record_text(call->step, FIELD_CA_BUNDLE),
                         .proxy = record_text(call->step, FIELD_HTTPS_PROXY),
                         .connect_ms = CONNECT_MS,
                         .try_ms = TRY_MS,
                         .attempts = ATTEMPTS,
                         .backoff_ms = BACKOFF_MS,
                         .once = once,
                     },
                     response, &error, why);
    return r == 0 ? 0 : explain(call, endpoint->region, &error, why);
}

/* The same, for the credentials of the answer. */
static int
run_call(struct exchange *exchange, const struct sts_call *call, const char *action,
         const struct buffer *body, int once, struct credentials *credentials,
         struct failure *why)
{
    struct region_endpoint endpoint;
    struct http_response response;
    int r = ask(exchange, call, body, once, &endpoint, &response, why);

    if (r == 0)
        r = take_answer(exchange, &endpoint, action, &response, credentials, why);
    http_response_wipe(&response);
    return r;
}

/* AWS STS API reference, AssumeRole, "Request Parameters". */
static int
assume_role_for(struct exchange *exchange, const struct sts_call *call, uint64_t seconds,
                struct credentials *credentials, struct failure *why)
{
    const struct record *step = call->step;
    struct buffer body;
    int r;

    start_body(&body, "AssumeRole");
    form_add(&body, "RoleArn", record_text(step, FIELD_ROLE_ARN));
    form_add(&body, "RoleSessionName", record_text(step, FIELD_ROLE_SESSION_NAME));
    form_add_number(&body, "DurationSeconds", seconds);
    form_add(&body, "ExternalId", record_text(step, FIELD_EXTERNAL_ID));
    form_add(&body, "SourceIdentity", record_text(step, FIELD_SOURCE_IDENTITY));
    form_add_pairs(&body, "Tags", step, FIELD_TAGS);
    form_add_list(&body, "TransitiveTagKeys", "", step, FIELD_TRANSITIVE_TAG_KEYS);
    form_add(&body, "Policy", record_text(step, FIELD_POLICY));
    form_add_list(&body, "PolicyArns", ".arn", step, FIELD_POLICY_ARNS);
    r = run_call(exchange, call, "AssumeRole", &body, 0, credentials, why);
    buffer_wipe(&body);
    return r;
}

int
sts_assume_role(struct exchange *exchange, const struct sts_call *call,
                struct credentials *credentials, struct failure *why)
{
    uint64_t seconds = record_number(call->step, FIELD_DURATION_SECONDS);
    int r = assume_role_for(exchange, call, seconds, credentials, why);

    if (r == CHAIN_CAP && seconds > CHAIN_SECONDS) {
        memset(why, 0, sizeof *why);
        r = assume_role_for(exchange, call, CHAIN_SECONDS, credentials, why);
    }
    return r == CHAIN_CAP ? why->class : r;
}

/* AWS STS API reference, GetSessionToken, "Request Parameters". */
int
sts_get_session_token(struct exchange *exchange, const struct sts_call *call, const char *code,
                      struct credentials *credentials, struct failure *why)
{
    struct buffer body;
    int r;

    start_body(&body, "GetSessionToken");
    form_add_number(&body, "DurationSeconds", record_number(call->step, FIELD_DURATION_SECONDS));
    form_add(&body, "SerialNumber", record_text(call->step, FIELD_MFA_SERIAL));
    form_add(&body, "TokenCode", code);
    r = run_call(exchange, call, "GetSessionToken", &body, 1, credentials, why);
    buffer_wipe(&body);
    return r;
}

int
sts_get_caller_identity(struct exchange *exchange, const struct sts_call *call, char *arn,
                        struct failure *why)
{
    struct region_endpoint endpoint;
    struct http_response response;
    struct buffer body;
    int r;

    start_body(&body, "GetCallerIdentity");
    r = ask(exchange, call, &body, 0, &endpoint, &response, why);
    if (r == 0) {
        r = replies_caller(buffer_string(&response.body), response.body.size, arn, why);
        if (r == AWS_ROLE_ERR_NOT_AWS)
            name_answerer(endpoint.url, why);
    }
    buffer_wipe(&body);
    http_response_wipe(&response);
    return r == CHAIN_CAP ? why->class : r;
}
