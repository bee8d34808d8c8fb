/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sts_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"

#define CALLER_MAX 256
/* How much of an ARN our sentences hold; the rest of them, and AWS's words, need room too. */
#define ROLE_SHOWN 128

struct situation {
    const struct sts_call *call;
    const char *subject; /* the role, or the MFA device */
    const char *region;
    const struct reply_error *error;
    char caller[CALLER_MAX + 1]; /* who AWS says asked, else where the keys are from */
};

/* "User: ARN is not authorized to perform: …" */
static void
find_caller(struct situation *situation)
{
    const char *message = situation->error->message;
    const char *end;
    size_t length;

    snprintf(situation->caller, sizeof situation->caller, "%s", situation->call->origin);
    if (strncmp(message, "User: ", 6) != 0)
        return;
    message += 6;
    end = strchr(message, ' ');
    length = end == NULL ? 0 : (size_t)(end - message);
    if (length == 0 || length > ROLE_SHOWN)
        return;
    memcpy(situation->caller, message, length);
    situation->caller[length] = '\0';
}

typedef void explain_function(const struct situation *s, struct failure *why);

static void
tag_session(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "the trust policy of %.*s does not allow %s sts:TagSession: add that action to "
                "it, or remove tags",
                ROLE_SHOWN, s->subject, s->caller);
}

static void
set_source_identity(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "the trust policy of %.*s does not allow %s sts:SetSourceIdentity: add that "
                "action to it, or remove source_identity",
                ROLE_SHOWN, s->subject, s->caller);
}

/* The same words for one that was mistyped, is of another time, or was used before. */
static void
code_refused(const struct situation *s, struct failure *why)
{
    failure_set(why, AWS_ROLE_ERR_ANSWER,
                "AWS did not take the MFA code for %.*s: it was mistyped, or used before, or the "
                "device's clock is off; wait for the next one",
                ROLE_SHOWN, s->subject);
}

static void
wrong_device(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "%.*s is no MFA device of the user whose keys are %s: check mfa_serial",
                ROLE_SHOWN, s->subject, s->call->origin);
}

static void
no_user(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "the keys of %s are temporary, and an MFA code is only for those of an IAM user: "
                "remove mfa_serial, or name another profile",
                s->call->origin);
}

static void
session_not_allowed(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "AWS gives the user whose keys are %s no session token for %.*s: check mfa_serial "
                "and the user's policies",
                s->call->origin, ROLE_SHOWN, s->subject);
}

/* AWS says who may not do what. Ceph says nothing, and the same for a key as for a role. */
static void
denied_without_reason(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "access key %s of %s was refused for %.*s without a reason: either there is no "
                "such key, its secret is another, or the role's trust policy does not allow it",
                s->call->credentials->access_key_id, s->call->origin, ROLE_SHOWN, s->subject);
}

static void
not_allowed(const struct situation *s, struct failure *why)
{
    const char *id = record_has(s->call->step, FIELD_EXTERNAL_ID) ? "another" : "an";

    if (s->error->message[0] == '\0') {
        denied_without_reason(s, why);
        return;
    }
    failure_set(why, why->class,
                "the trust policy of %.*s does not allow %s to assume it (it may ask for %s "
                "external_id, or for MFA), or the caller's own policies do not",
                ROLE_SHOWN, s->subject, s->caller, id);
}

static void
explicit_deny(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "a policy explicitly denies %s to assume %.*s: look for a Deny in its own "
                "policies, its boundary and the organization's",
                s->caller, ROLE_SHOWN, s->subject);
}

static void
unknown_key(const struct situation *s, struct failure *why)
{
    if (s->call->credentials->session_token.size > 0) {
        failure_set(why, why->class,
                    "AWS does not know, or no longer, the temporary credentials of %s, access key "
                    "%s; or they are not for this partition",
                    s->call->origin, s->call->credentials->access_key_id);
        return;
    }
    failure_set(why, why->class,
                "access key %s of %s does not exist or is disabled, or not for this partition",
                s->call->credentials->access_key_id, s->call->origin);
}

static void
wrong_secret(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "the secret key of access key %s of %s is not the one AWS knows: write it again",
                s->call->credentials->access_key_id, s->call->origin);
}

static void
expired(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class, "the credentials of %s have expired", s->call->origin);
}

static void
too_long_for_role(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "duration_seconds = %" PRIu64 " is longer than the MaxSessionDuration of %.*s: "
                "lower the one or raise the other",
                record_number(s->call->step, FIELD_DURATION_SECONDS), ROLE_SHOWN, s->subject);
}

static void
too_long_for_chain(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "duration_seconds = %" PRIu64 ", and a role assumed by a role (%s) lasts 3600 s "
                "at most: lower duration_seconds",
                record_number(s->call->step, FIELD_DURATION_SECONDS), s->call->origin);
}

/* Ceph's answer, without a word, when the role's sessions may not last as long as was asked for. */
static void
bad_value_without_reason(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "a value in the request for %.*s was refused without a reason: perhaps "
                "duration_seconds = %" PRIu64 ", when it is longer than the role's maximum",
                ROLE_SHOWN, s->subject, record_number(s->call->step, FIELD_DURATION_SECONDS));
}

static void
bad_value(const struct situation *s, struct failure *why)
{
    if (s->error->message[0] == '\0' && record_has(s->call->step, FIELD_DURATION_SECONDS)) {
        bad_value_without_reason(s, why);
        return;
    }
    failure_set(why, why->class, "AWS does not accept a value in the request for %.*s",
                ROLE_SHOWN, s->subject);
}

static void
region_disabled(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "STS is not active in %s for this account: activate it in IAM's account settings, "
                "or set another region",
                s->region);
}

static void
bad_policy(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class, "the policy configured for %.*s is not one AWS can read",
                ROLE_SHOWN, s->subject);
}

static void
policy_too_large(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class,
                "policy, policy_arns and tags for %.*s are too large together: shorten them",
                ROLE_SHOWN, s->subject);
}

static void
no_role(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class, "there is no role %.*s, or not in this account", ROLE_SHOWN,
                s->subject);
}

static void
not_opted_in(const struct situation *s, struct failure *why)
{
    failure_set(why, why->class, "the account of %s is not subscribed to this service",
                s->call->origin);
}

/* The first row whose code is the error's and whose words are in its message. */
static const struct {
    const char *code;
    const char *words; /* NULL: any */
    explain_function *explain;
    enum step_kind step; /* 0: any */
} explanations[] = {
    {"AccessDenied", "one time pass code", code_refused, STEP_SESSION_TOKEN},
    {"AccessDenied", "MFA code", wrong_device, STEP_SESSION_TOKEN},
    {"AccessDenied", "session credentials", no_user, STEP_SESSION_TOKEN},
    {"AccessDenied", NULL, session_not_allowed, STEP_SESSION_TOKEN},
    {"AccessDenied", "sts:TagSession", tag_session, 0},
    {"AccessDenied", "sts:SetSourceIdentity", set_source_identity, 0},
    {"AccessDenied", "explicit deny", explicit_deny, 0},
    {"AccessDenied", NULL, not_allowed, 0},
    {"AccessDeniedException", NULL, not_allowed, 0},
    {"InvalidClientTokenId", NULL, unknown_key, 0},
    {"InvalidAccessKeyId", NULL, unknown_key, 0},
    {"UnrecognizedClientException", NULL, unknown_key, 0},
    {"SignatureDoesNotMatch", NULL, wrong_secret, 0},
    {"InvalidSignatureException", NULL, wrong_secret, 0},
    {"ExpiredToken", NULL, expired, 0},
    {"ExpiredTokenException", NULL, expired, 0},
    {"ValidationError", "MaxSessionDuration", too_long_for_role, 0},
    {"ValidationError", "role chaining", too_long_for_chain, 0},
    {"ValidationError", NULL, bad_value, 0},
    {"InvalidParameterValue", NULL, bad_value, 0},
    {"InvalidArgument", NULL, bad_value, 0},
    {"RegionDisabledException", NULL, region_disabled, 0},
    {"MalformedPolicyDocument", NULL, bad_policy, 0},
    {"PackedPolicyTooLarge", NULL, policy_too_large, 0},
    {"NoSuchEntity", NULL, no_role, 0},
    {"OptInRequired", NULL, not_opted_in, 0},
};

/* 1 when that row tells what the service's error is about. */
static int
fits(size_t row, const struct situation *s)
{
    return strcmp(s->error->code, explanations[row].code) == 0 &&
           (explanations[row].words == NULL ||
            strstr(s->error->message, explanations[row].words) != NULL) &&
           (explanations[row].step == 0 ||
            explanations[row].step == record_number(s->call->step, FIELD_STEP));
}

static const char *
subject(const struct record *step)
{
    if (record_has(step, FIELD_ROLE_ARN))
        return record_text(step, FIELD_ROLE_ARN);
    return record_has(step, FIELD_MFA_SERIAL) ? record_text(step, FIELD_MFA_SERIAL) : "the role";
}

int
sts_words_explain(const struct sts_call *call, const char *region,
                  const struct reply_error *error, struct failure *why)
{
    struct situation situation = {
        .call = call, .subject = subject(call->step), .region = region, .error = error};
    size_t row = 0;

    if (error->code[0] == '\0')
        return why->class;
    find_caller(&situation);
    while (row < sizeof explanations / sizeof explanations[0] && !fits(row, &situation))
        row++;
    if (why->class != AWS_ROLE_ERR_SKEW && why->class != AWS_ROLE_ERR_RETRY &&
        row < sizeof explanations / sizeof explanations[0])
        explanations[row].explain(&situation, why);
    failure_quote(why, error->message, error->request_id);
    return why->class;
}
