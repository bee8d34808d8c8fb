/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/steps/instance_metadata.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/region.h"
#include "helper/replies.h"

#define TOKEN_PATH "/latest/api/token"
#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"
#define REGION_PATH "/latest/meta-data/placement/region"

/* The service is on this host: it answers in milliseconds, or never. */
#define CONNECT_MS 1000
#define TRY_MS 2000
#define ATTEMPTS 2
#define BACKOFF_MS 100

/* Long enough for one obtain, and no longer. */
#define TOKEN_TTL_SECONDS "60"
#define TOKEN_SIZE_MAX 512
/* IAM API reference: a role name has 1 to 64 of [\w+=,.@-]; instance profiles 128. */
#define ROLE_NAME_MAX 128
#define URL_MAX 512

/* A session with one endpoint. */
struct session {
    struct exchange *exchange;
    const char *endpoint;
    char token[TOKEN_SIZE_MAX + 1];
};

static int
call(struct session *session, const char *method, const char *path,
     const struct http_header *header, struct http_response *response, struct failure *why)
{
    char url[URL_MAX];
    struct reply_error error;
    struct exchange_call call = {.method = method,
                                 .url = url,
                                 .extra = header,
                                 .extra_count = 1,
                                 .connect_ms = CONNECT_MS,
                                 .try_ms = TRY_MS,
                                 .attempts = ATTEMPTS,
                                 .backoff_ms = BACKOFF_MS};

    snprintf(url, sizeof url, "%s%s", session->endpoint, path);
    return exchange_run(session->exchange, &call, response, &error, why);
}

/* Copies a one-line answer of printable ASCII without blanks. */
static int
take_word(const struct http_response *response, char *word, size_t size)
{
    const char *text = buffer_string(&response->body);
    size_t length = strcspn(text, "\r\n");

    if (length == 0 || length >= size)
        return AWS_ROLE_ERR_NOT_AWS;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return AWS_ROLE_ERR_NOT_AWS;
    memcpy(word, text, length);
    word[length] = '\0';
    return 0;
}

static int
explain_token(int class, const struct http_response *response, struct failure *why)
{
    if (response->status == 0 && class == AWS_ROLE_ERR_UNREACHABLE && response->sent)
        return failure_set(why, class,
                           "the instance metadata service took the request for a token and its "
                           "answer did not arrive: it may not survive the hop limit: set "
                           "HttpPutResponseHopLimit to 2");
    if (response->status == 0 && class == AWS_ROLE_ERR_UNREACHABLE) {
        struct failure first = *why;

        return failure_set(why, class,
                           "%.200s: is this an EC2 instance, and does its firewall let _aws-role "
                           "reach the metadata service?",
                           first.text);
    }
    if (response->status == 0)
        return class; /* exchange_run said it */
    if (response->status == 403)
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "the instance metadata service is switched off for this instance: set "
                           "HttpEndpoint to enabled");
    if (response->status == 404 || response->status == 405)
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "the metadata service answered %ld to the request for a token: it "
                           "does not know IMDSv2, and version 1 is never used",
                           response->status);
    return class;
}

static int
get_token(struct session *session, struct failure *why)
{
    const struct http_header ttl = {"X-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL_SECONDS};
    struct http_response response;
    int r = call(session, "PUT", TOKEN_PATH, &ttl, &response, why);

    if (r != 0)
        r = explain_token(r, &response, why);
    else if (take_word(&response, session->token, sizeof session->token) != 0)
        r = failure_set(why, AWS_ROLE_ERR_NOT_AWS,
                        "the metadata service's answer to the request for a token is none");
    http_response_wipe(&response);
    return r;
}

static int
get(struct session *session, const char *path, struct http_response *response,
    struct failure *why)
{
    const struct http_header token = {"X-aws-ec2-metadata-token", session->token};

    return call(session, "GET", path, &token, response, why);
}

/*
 * Starts a session with the first endpoint that answers. When none does, the reason is that of
 * the first one, unless a later one at least took a connection.
 */
static int
start(struct step_context *context, struct session *session, struct failure *why)
{
    int r = AWS_ROLE_ERR_UNREACHABLE;

    for (size_t i = 0; i < STEP_METADATA_ENDPOINTS && r == AWS_ROLE_ERR_UNREACHABLE; i++) {
        struct failure here = {0};

        if (context->metadata[i] == NULL)
            continue;
        session->exchange = &context->exchange;
        session->endpoint = context->metadata[i];
        r = get_token(session, &here);
        if (i == 0 || r != AWS_ROLE_ERR_UNREACHABLE)
            *why = here;
    }
    return r;
}

static void
end(struct session *session)
{
    explicit_bzero(session, sizeof *session);
}

static int
get_role_name(struct session *session, char *name, struct failure *why)
{
    struct http_response response;
    int r = get(session, ROLE_PATH, &response, why);

    if (r != 0 && response.status == 404)
        r = failure_set(why, AWS_ROLE_ERR_REFUSED,
                        "no role is attached to this instance: give it an instance profile");
    else if (r == 0 && (take_word(&response, name, ROLE_NAME_MAX + 1) != 0 ||
                        strpbrk(name, "/?#%") != NULL))
        r = failure_set(why, AWS_ROLE_ERR_NOT_AWS,
                        "the metadata service's answer to the request for the role's name is "
                        "none");
    http_response_wipe(&response);
    return r;
}

static int
get_credentials(struct session *session, const char *name, struct credentials *credentials,
                struct failure *why)
{
    char path[sizeof ROLE_PATH + ROLE_NAME_MAX];
    struct http_response response;
    int r;

    snprintf(path, sizeof path, "%s%s", ROLE_PATH, name);
    if ((r = get(session, path, &response, why)) != 0)
        goto out;
    r = replies_metadata(response.body.data, response.body.size,
                         exchange_issuer_now(session->exchange, &response), credentials, why);
out:
    http_response_wipe(&response);
    return r;
}

int
instance_metadata_run(const struct step_input *in, struct step_output *out, struct failure *why)
{
    struct session session = {0};
    char name[ROLE_NAME_MAX + 1];
    int r;

    if ((r = start(in->context, &session, why)) != 0)
        goto out;
    if ((r = get_role_name(&session, name, why)) != 0)
        goto out;
    snprintf(out->origin, sizeof out->origin, "this instance's role %s", name);
    r = get_credentials(&session, name, &out->credentials, why);
out:
    end(&session);
    return r;
}

static int
is_region(const char *region)
{
    return region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

int
instance_metadata_region(struct step_context *context, char *region, struct failure *why)
{
    struct session session = {0};
    struct http_response response = {0};
    int r;

    if ((r = start(context, &session, why)) != 0)
        goto out;
    if ((r = get(&session, REGION_PATH, &response, why)) != 0)
        goto out;
    if (take_word(&response, region, REGION_NAME_MAX + 1) != 0 || !is_region(region))
        r = failure_set(why, AWS_ROLE_ERR_NOT_AWS,
                        "the metadata service's answer to the request for the region is none");
out:
    http_response_wipe(&response);
    end(&session);
    return r;
}
