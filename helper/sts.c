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

/* AWS STS API reference, AssumeRole, "Request Parameters". */
static int
build_assume_role(struct buffer *body, const struct record *step)
{
    buffer_start(body, BODY_MAX);
    form_add(body, "Action", "AssumeRole");
    form_add(body, "Version", "2011-06-15");
    form_add(body, "RoleArn", record_text(step, FIELD_ROLE_ARN));
    form_add(body, "RoleSessionName", record_text(step, FIELD_ROLE_SESSION_NAME));
    form_add_number(body, "DurationSeconds", record_number(step, FIELD_DURATION_SECONDS));
    form_add(body, "ExternalId", record_text(step, FIELD_EXTERNAL_ID));
    form_add(body, "SourceIdentity", record_text(step, FIELD_SOURCE_IDENTITY));
    form_add_pairs(body, "Tags", step, FIELD_TAGS);
    form_add_list(body, "TransitiveTagKeys", "", step, FIELD_TRANSITIVE_TAG_KEYS);
    form_add(body, "Policy", record_text(step, FIELD_POLICY));
    form_add_list(body, "PolicyArns", ".arn", step, FIELD_POLICY_ARNS);
    return body->failed;
}

static int
find_endpoint(const struct sts_call *call, struct region_endpoint *endpoint, struct failure *why)
{
    const struct record *step = call->step;
    struct region_choice choice = {
        .region = record_has(step, FIELD_REGION) ? record_text(step, FIELD_REGION) : call->region,
        .role_arn = record_text(step, FIELD_ROLE_ARN),
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
take_answer(struct exchange *exchange, const struct region_endpoint *endpoint,
            const struct http_response *response, struct credentials *credentials,
            struct failure *why)
{
    int r = replies_credentials("AssumeRole", buffer_string(&response->body), response->body.size,
                                exchange_issuer_now(exchange, response), credentials, why);

    if (r == AWS_ROLE_ERR_NOT_AWS)
        name_answerer(endpoint->url, why);
    return r;
}

int
sts_assume_role(struct exchange *exchange, const struct sts_call *call,
                struct credentials *credentials, struct failure *why)
{
    struct region_endpoint endpoint;
    struct http_response response = {.date = -1};
    struct reply_error error;
    struct buffer body;
    int r;

    if ((r = find_endpoint(call, &endpoint, why)) != 0)
        return r;
    if ((r = build_assume_role(&body, call->step)) != 0) {
        failure_set(why, r, "the request for the role is too long");
        goto out;
    }
    r = exchange_run(exchange,
                     &(struct exchange_call){
                         .method = "POST",
                         .url = endpoint.url,
                         .accept = "application/json",
                         .content_type = "application/x-www-form-urlencoded; charset=utf-8",
                         .body = &body,
                         .credentials = call->credentials,
                         .region = endpoint.region,
                         .service = "sts",
                         .ca_bundle = record_text(call->step, FIELD_CA_BUNDLE),
                         .proxy = record_text(call->step, FIELD_HTTPS_PROXY),
                         .connect_ms = CONNECT_MS,
                         .try_ms = TRY_MS,
                         .attempts = ATTEMPTS,
                         .backoff_ms = BACKOFF_MS,
                     },
                     &response, &error, why);
    if (r != 0)
        sts_words_explain(call, endpoint.region, &error, why);
    else
        r = take_answer(exchange, &endpoint, &response, credentials, why);
out:
    http_response_wipe(&response);
    buffer_wipe(&body);
    return r;
}
