/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/steps/console_sign_in.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/sign_in.h"
#include "helper/sign_in_code.h"
#include "helper/sign_in_state.h"
#include "helper/sts.h"

/* AWS CLI User Guide, "Login for AWS local development using console credentials". */
#define SESSION_MS ((uint64_t)12 * 3600 * 1000)
#define WHO_SHOWN 150

static const char *
who(const struct step_input *in)
{
    return record_text(in->step, FIELD_LOGIN_SESSION);
}

static struct sign_in_call
call_of(const struct step_input *in, unsigned int port, const struct secret *key)
{
    return (struct sign_in_call){.step = in->step,
                                 .endpoint = in->context->sign_in,
                                 .same_device = port != 0,
                                 .port = port,
                                 .key = key};
}

/* Asks a person who is there: with the page of what was begun before, or a new one. */
static int
ask_with_page(const struct step_input *in, struct step_output *out, struct failure *why)
{
    struct sign_in_begun begun;
    struct sign_in_call call;
    struct buffer url;
    int r = sign_in_state_read_begun(in->begun, in->step, &begun);

    if (r == 0 && begun.port != in->context->port)
        sign_in_state_wipe_begun(&begun);
    if (r != 0 || begun.key.size == 0)
        r = sign_in_state_begin(in->step, (uint16_t)in->context->port, &begun);
    if (r != 0)
        return failure_set(why, r, "a sign-in cannot be begun: %s", error_text(r));
    call = call_of(in, begun.port, &begun.key);
    buffer_start(&url, RECORD_URL_MAX);
    r = sign_in_url(&call, begun.state, begun.verifier, &url, why);
    if (r == 0)
        r = sign_in_state_write_begun(&begun, &out->begun);
    if (r == 0)
        snprintf(out->url, sizeof out->url, "%s", buffer_string(&url));
    buffer_wipe(&url);
    sign_in_state_wipe_begun(&begun);
    return r == 0 ? AWS_ROLE_ERR_NEEDS_PERSON : r;
}

/* `reason`, or "" for none, says why what was kept is of no use. */
static int
ask(const struct step_input *in, struct step_output *out, const char *reason, struct failure *why)
{
    snprintf(out->prompt, sizeof out->prompt, "Code from the page, signed in as %.*s: ", WHO_SHOWN,
             who(in));
    snprintf(out->why, sizeof out->why, "%.250s%ssign in to the AWS console as %.*s: run aws-role "
             "login", reason, reason[0] == '\0' ? "" : "; ", WHO_SHOWN, who(in));
    return in->context->person ? ask_with_page(in, out, why) : AWS_ROLE_ERR_NEEDS_PERSON;
}

static int
somebody_else(const struct step_input *in, const char *arn, struct failure *why)
{
    return failure_set(why, AWS_ROLE_ERR_ANSWER,
                       "that is the sign-in of %.*s, and this role is taken as %.*s: sign out in "
                       "the browser, then in as the latter",
                       WHO_SHOWN, arn, WHO_SHOWN, who(in));
}

/* Whose sign-in it is, by the ID token and then by STS. */
static int
compare(const struct step_input *in, struct sign_in_answer *answer, struct failure *why)
{
    const struct sts_call call = {
        .step = in->step, .credentials = &answer->credentials, .origin = "the sign-in"};
    char arn[CREDENTIALS_ARN_MAX + 1];
    int r;

    if (answer->subject[0] == '\0')
        return failure_set(why, AWS_ROLE_ERR_NOT_AWS,
                           "AWS Sign-In's answer does not say who has signed in");
    if (strcmp(answer->subject, who(in)) != 0)
        return somebody_else(in, answer->subject, why);
    r = sts_get_caller_identity(&in->context->exchange, &call, arn, why);
    if (r == 0 && strcmp(arn, who(in)) != 0)
        r = somebody_else(in, arn, why);
    return r;
}

static int
give(const struct step_input *in, struct sign_in_answer *answer, struct sign_in_kept *kept,
     struct step_output *out, struct failure *why)
{
    int r;

    if (answer->refresh_token.size > 0)
        secret_move(&kept->refresh_token, &answer->refresh_token);
    r = sign_in_state_write_kept(kept, &out->keep);
    if (r != 0)
        return failure_set(why, r, "the sign-in cannot be kept: %s", error_text(r));
    out->keep_until = kept->until;
    out->credentials = answer->credentials; /* moved */
    memset(&answer->credentials, 0, sizeof answer->credentials);
    snprintf(out->credentials.arn, sizeof out->credentials.arn, "%s", who(in));
    return 0;
}

static int
redeem(const struct step_input *in, const struct sign_in_begun *begun,
       const struct sign_in_code *code, struct step_output *out, struct failure *why)
{
    const struct sign_in_call call = call_of(in, begun->port, &begun->key);
    struct sign_in_kept kept = {.until = deadline_in(SESSION_MS), .same_device = begun->port != 0};
    struct sign_in_answer answer = {.subject = ""};
    int r;

    if (strlen(begun->state) != code->state.size ||
        memcmp(begun->state, code->state.data, code->state.size) != 0)
        return failure_set(why, AWS_ROLE_ERR_ANSWER,
                           "the code is of another sign-in: open the page that is shown now");
    r = sign_in_redeem(&in->context->exchange, &call, &code->code, begun->verifier, &answer, why);
    if (r == 0)
        r = compare(in, &answer, why);
    if (r == 0 && (r = secret_copy(&kept.key, &begun->key)) != 0)
        failure_set(why, r, "out of memory");
    if (r == 0)
        r = give(in, &answer, &kept, out, why);
    sign_in_state_wipe_kept(&kept);
    sign_in_wipe(&answer);
    return r;
}

static int
take_answer(const struct step_input *in, struct step_output *out, struct failure *why)
{
    struct sign_in_begun begun;
    struct sign_in_code code;
    int r = sign_in_state_read_begun(in->begun, in->step, &begun);

    if (r != 0)
        return failure_set(why, AWS_ROLE_ERR_ANSWER,
                           "no sign-in is waiting for a code here: begin with aws-role login");
    r = sign_in_code_read(in->answer, &code);
    if (r != 0)
        failure_set(why, r, "%s",
                    r != AWS_ROLE_ERR_ANSWER
                        ? "out of memory"
                        : (begun.port != 0
                               ? "the browser has brought no code: the sign-in was refused there"
                               : "that is no code of the sign-in page: copy all of it"));
    else
        r = redeem(in, &begun, &code, out, why);
    sign_in_code_wipe(&code);
    sign_in_state_wipe_begun(&begun);
    return r;
}

/* With what an earlier sign-in left. AWS_ROLE_ERR_NEEDS_PERSON: it is of no use any more. */
static int
renew(const struct step_input *in, struct sign_in_kept *kept, struct step_output *out,
      struct failure *why)
{
    struct sign_in_call call = call_of(in, 0, &kept->key);
    struct sign_in_answer answer = {.subject = ""};
    int r;

    call.same_device = kept->same_device;
    r = sign_in_refresh(&in->context->exchange, &call, &kept->refresh_token, &answer, why);

    if (r == 0)
        r = give(in, &answer, kept, out, why);
    sign_in_wipe(&answer);
    return r;
}

int
console_sign_in_run(const struct step_input *in, struct step_output *out, struct failure *why)
{
    struct sign_in_kept kept;
    int r;

    if (who(in) == NULL)
        return failure_set(why, AWS_ROLE_ERR_PROTOCOL,
                           "a console sign-in was asked for without a name");
    snprintf(out->origin, sizeof out->origin, "console sign-in as %.*s", WHO_SHOWN, who(in));
    if (in->answer->size > 0)
        return take_answer(in, out, why);
    if (sign_in_state_read_kept(in->kept, &kept) != 0)
        return ask(in, out, "", why);
    r = renew(in, &kept, out, why);
    sign_in_state_wipe_kept(&kept);
    return r == AWS_ROLE_ERR_NEEDS_PERSON ? ask(in, out, why->text, why) : r;
}
