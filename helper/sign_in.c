/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sign_in.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/base64.h"
#include "helper/json_out.h"
#include "helper/region.h"
#include "helper/replies.h"

/* The AWS CLI's names for itself: AWS Sign-In knows no others. */
#define CROSS_DEVICE "arn:aws:signin:::devtools/cross-device"
#define SAME_DEVICE "arn:aws:signin:::devtools/same-device"

#define URI_MAX 512
#define BODY_MAX 16384
#define CHALLENGE_MAX 64
#define SHA256_SIZE 32

/* The SDKs' standard mode, as in sts.c. */
#define CONNECT_MS 5000
#define TRY_MS 10000
#define ATTEMPTS 3
#define BACKOFF_MS 1000

static const char *
client_id(const struct sign_in_call *call)
{
    return call->same_device ? SAME_DEVICE : CROSS_DEVICE;
}

static int
find_base(const struct sign_in_call *call, char base[URI_MAX], struct failure *why)
{
    const struct region_choice choice = {
        .region = record_text(call->step, FIELD_REGION),
        .arn = record_text(call->step, FIELD_LOGIN_SESSION),
        .use_fips = record_number(call->step, FIELD_USE_FIPS) != 0,
    };
    struct region_endpoint endpoint;
    int r = 0;

    if (call->endpoint == NULL)
        r = region_sign_in(&choice, &endpoint, why);
    if (r == 0)
        snprintf(base, URI_MAX, "%.400s", call->endpoint == NULL ? endpoint.url : call->endpoint);
    return r;
}

static void
redirect_uri(const struct sign_in_call *call, const char *base, char uri[URI_MAX])
{
    if (call->same_device)
        snprintf(uri, URI_MAX, "http://127.0.0.1:%u/oauth/callback", call->port);
    else
        snprintf(uri, URI_MAX, "%.400s/v1/sessions/confirmation", base);
}

static void
add_parameter(struct buffer *url, const char *name, const char *value)
{
    buffer_text(url, strchr(buffer_string(url), '?') == NULL ? "?" : "&");
    buffer_text(url, name);
    buffer_text(url, "=");
    buffer_uri(url, value, strlen(value), "");
}

/* RFC 7636 4.2, which AWS calls SHA-256 and not S256. */
static int
add_challenge(struct buffer *url, const char *verifier)
{
    unsigned char digest[SHA256_SIZE];
    struct buffer challenge;

    if (EVP_Digest(verifier, strlen(verifier), digest, NULL, EVP_sha256(), NULL) != 1)
        return AWS_ROLE_ERR_SYSTEM;
    buffer_start(&challenge, CHALLENGE_MAX);
    base64_add_url(&challenge, digest, sizeof digest);
    add_parameter(url, "code_challenge_method", "SHA-256");
    add_parameter(url, "code_challenge", buffer_string(&challenge));
    buffer_wipe(&challenge);
    return 0;
}

int
sign_in_url(const struct sign_in_call *call, const char *state, const char *verifier,
            struct buffer *url, struct failure *why)
{
    char base[URI_MAX], uri[URI_MAX];
    int r = find_base(call, base, why);

    if (r != 0)
        return r;
    redirect_uri(call, base, uri);
    buffer_text(url, base);
    buffer_text(url, "/v1/authorize");
    add_parameter(url, "response_type", "code");
    add_parameter(url, "client_id", client_id(call));
    add_parameter(url, "state", state);
    add_parameter(url, "scope", "openid");
    add_parameter(url, "redirect_uri", uri);
    r = add_challenge(url, verifier);
    if (r == 0)
        r = url->failed;
    return r == 0 ? 0 : failure_set(why, r, "the sign-in's page cannot be told: %s", error_text(r));
}

/*
 * Posts `json`, which is ended, to the token endpoint at `base` and reads the answer. The words of
 * a refusal are the caller's.
 */
static int
ask(struct exchange *exchange, const struct sign_in_call *call, const char *base, json_t *json,
    int once, struct sign_in_answer *answer, struct reply_error *error, struct failure *why)
{
    struct http_response response = {.date = -1};
    char url[URI_MAX];
    struct buffer body;
    int r;

    snprintf(url, sizeof url, "%.400s/v1/token", base);
    buffer_start(&body, BODY_MAX);
    json_out_add(&body, json);
    r = body.failed;
    if (r != 0)
        r = failure_set(why, r, "the request to AWS Sign-In cannot be made: %s", error_text(r));
    if (r == 0)
        r = exchange_run(exchange,
                         &(struct exchange_call){
                             .method = "POST",
                             .url = url,
                             .accept = "application/json",
                             .content_type = "application/json",
                             .body = &body,
                             .proof_key = call->key,
                             .ca_bundle = record_text(call->step, FIELD_CA_BUNDLE),
                             .proxy = record_text(call->step, FIELD_HTTPS_PROXY),
                             .connect_ms = CONNECT_MS,
                             .try_ms = TRY_MS,
                             .attempts = ATTEMPTS,
                             .backoff_ms = BACKOFF_MS,
                             .once = once,
                         },
                         &response, error, why);
    if (r == 0)
        r = replies_sign_in(buffer_string(&response.body), response.body.size,
                            exchange_issuer_now(exchange, &response), &answer->credentials,
                            &answer->refresh_token, answer->subject, why);
    buffer_wipe(&body);
    http_response_wipe(&response);
    return r;
}

static int
has_code(const struct reply_error *error, const char *code)
{
    return strcmp(error->code, code) == 0;
}

static int
not_permitted(const struct sign_in_call *call, const struct reply_error *error,
              struct failure *why)
{
    failure_set(why, AWS_ROLE_ERR_DENIED,
                "%.200s may sign in, but get no credentials by it: attach the managed policy "
                "SignInLocalDevelopmentAccess",
                record_text(call->step, FIELD_LOGIN_SESSION));
    failure_quote(why, error->message, error->request_id);
    return why->class;
}

/* Why a code was not taken, for the person who brought it. */
static int
explain_redeem(int r, const struct sign_in_call *call, const struct reply_error *error,
               struct failure *why)
{
    char clock[sizeof why->text];

    if (r == AWS_ROLE_ERR_SKEW) {
        memcpy(clock, why->text, sizeof clock);
        return failure_set(why, AWS_ROLE_ERR_ANSWER,
                           "AWS did not take the code, because %.300s; it is allowed for from now "
                           "on: give the code again",
                           clock);
    }
    if (has_code(error, "INSUFFICIENT_PERMISSIONS"))
        return not_permitted(call, error, why);
    if (has_code(error, "AUTHCODE_EXPIRED") || has_code(error, "TOKEN_EXPIRED"))
        return failure_set(why, AWS_ROLE_ERR_ANSWER,
                           "the code is too old: open the page again for another one");
    if (has_code(error, "USER_CREDENTIALS_CHANGED"))
        return failure_set(why, AWS_ROLE_ERR_ANSWER,
                           "the password was changed after the sign-in: open the page again and "
                           "sign in with the new one");
    if (r == AWS_ROLE_ERR_REFUSED && has_code(error, "INVALID_REQUEST"))
        return failure_set(why, AWS_ROLE_ERR_ANSWER,
                           "AWS does not know the code: it was used before, or is not whole; open "
                           "the page again for another one");
    return r;
}

int
sign_in_redeem(struct exchange *exchange, const struct sign_in_call *call,
               const struct secret *code, const char *verifier, struct sign_in_answer *answer,
               struct failure *why)
{
    struct reply_error error = {.code = ""};
    char base[URI_MAX], uri[URI_MAX];
    json_t *json;
    int r = find_base(call, base, why);

    if (r != 0)
        return r;
    redirect_uri(call, base, uri);
    json_out_begin();
    json = json_pack("{ss ss ss% ss ss}", "clientId", client_id(call), "grantType",
                     "authorization_code", "code", code->data, code->size, "codeVerifier", verifier,
                     "redirectUri", uri);
    r = ask(exchange, call, base, json, 1, answer, &error, why);
    if (r == 0 && answer->refresh_token.size == 0)
        r = failure_set(why, AWS_ROLE_ERR_NOT_AWS, "AWS Sign-In gave no refresh token");
    return r == 0 ? 0 : explain_redeem(r, call, &error, why);
}

/* Why nothing is renewed; what can be said of it in one line. */
static int
explain_refresh(int r, const struct sign_in_call *call, const struct reply_error *error,
                struct failure *why)
{
    const char *who = record_text(call->step, FIELD_LOGIN_SESSION);

    if (has_code(error, "INSUFFICIENT_PERMISSIONS"))
        return not_permitted(call, error, why);
    if (has_code(error, "USER_CREDENTIALS_CHANGED"))
        return failure_set(why, AWS_ROLE_ERR_NEEDS_PERSON,
                           "the password of %.200s was changed, which ends its sign-in", who);
    if (has_code(error, "TOKEN_EXPIRED") && r != AWS_ROLE_ERR_SKEW)
        return failure_set(why, AWS_ROLE_ERR_NEEDS_PERSON, "the sign-in of %.200s is over", who);
    if (r == AWS_ROLE_ERR_REFUSED && has_code(error, "INVALID_REQUEST"))
        return failure_set(why, AWS_ROLE_ERR_NEEDS_PERSON, "AWS has ended the sign-in of %.200s",
                           who);
    return r;
}

int
sign_in_refresh(struct exchange *exchange, const struct sign_in_call *call,
                const struct secret *refresh_token, struct sign_in_answer *answer,
                struct failure *why)
{
    struct reply_error error = {.code = ""};
    char base[URI_MAX];
    json_t *json;
    int r = find_base(call, base, why);

    if (r != 0)
        return r;
    json_out_begin();
    json = json_pack("{ss ss ss%}", "clientId", client_id(call), "grantType", "refresh_token",
                     "refreshToken", refresh_token->data, refresh_token->size);
    r = ask(exchange, call, base, json, 0, answer, &error, why);
    return r == 0 ? 0 : explain_refresh(r, call, &error, why);
}

void
sign_in_wipe(struct sign_in_answer *answer)
{
    credentials_wipe(&answer->credentials);
    secret_wipe(&answer->refresh_token);
    explicit_bzero(answer, sizeof *answer);
}
