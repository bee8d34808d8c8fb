/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/auth_line.h"

#include <syslog.h>

#include "common/error.h"
#include "common/protocol.h"
#include "pam_module/lifeline.h"
#include "pam_module/module_log.h"
#include "pam_module/prompt.h"
#include "pam_module/request.h"

#define QUESTIONS_MAX 3

static const char no_code[] = "an MFA code has six digits and no more: nothing was sent";

struct asking {
    pam_handle_t *pamh;
    const struct options *options;
    const char *user; /* lies in the request */
    int silent;
    struct lifeline *lifeline;
};

static deadline_t
patience(const struct options *options)
{
    return deadline_in((uint64_t)options->timeout * 1000);
}

static void
tell(const struct asking *asking, const char *text)
{
    if (!asking->silent)
        prompt_tell(asking->pamh, text);
}

static void
log_no_reply(const struct asking *asking, int error)
{
    module_log_auth(asking->pamh, LOG_WARNING, "no MFA session: no reply from the broker",
                    "user", asking->user, "reason", error_text(error), NULL);
}

static void
log_reply(const struct asking *asking, const struct record *reply)
{
    if (asking->options->debug)
        module_log_auth(asking->pamh, LOG_DEBUG, "reply", "user", asking->user, "kind",
                        record_kind_name(reply->kind), "reason", record_text(reply, FIELD_WHY),
                        NULL);
}

/* Has the code spent. 1 when another may be asked for. */
static int
spend(const struct asking *asking, const struct secret *code)
{
    deadline_t until = patience(asking->options);
    struct record record, reply = {0};
    int r, again = 0;

    record_start(&record, RECORD_ANSWER);
    record_put_secret(&record, FIELD_ANSWER, code);
    r = record_send(lifeline_fd(asking->lifeline), &record, until);
    record_wipe(&record);
    if (r == 0)
        r = record_receive(lifeline_fd(asking->lifeline), &reply, until);
    if (r != 0) {
        log_no_reply(asking, r);
        tell(asking, "the MFA code could not be used; aws-role login asks again");
        return 0;
    }
    log_reply(asking, &reply);
    if (reply.kind == RECORD_PENDING) {
        again = record_number(&reply, FIELD_CLASS) == -AWS_ROLE_ERR_ANSWER;
        tell(asking, record_text(&reply, FIELD_WHY));
    }
    record_wipe(&reply);
    return again;
}

/* Asks until a code is taken, or there is none to be had. */
static void
ask_person(const struct asking *asking, const char *prompt)
{
    struct secret code = SECRET_EMPTY;
    enum prompt_answer answer = PROMPT_OTHER;
    int again = 1;

    for (int i = 0; again && i < QUESTIONS_MAX; i++) {
        answer = prompt_ask(asking->pamh, prompt, &code);
        again = answer == PROMPT_CODE ? spend(asking, &code) : answer == PROMPT_OTHER;
        if (answer == PROMPT_OTHER)
            tell(asking, no_code);
    }
    secret_wipe(&code);
    if (answer == PROMPT_FAILED)
        module_log_auth(asking->pamh, LOG_INFO, "nobody could be asked for the MFA code", "user",
                        asking->user, NULL);
}

/* Only a session token takes what can be typed here: what a browser shows is too long for PAM. */
static int
asks_for_code(const struct record *reply)
{
    return reply->kind == RECORD_ASK && record_number(reply, FIELD_STEP) == STEP_SESSION_TOKEN;
}

static void
ask_broker(struct asking *asking, const char *broker, const struct record *who,
           const struct record *open, deadline_t until)
{
    struct record reply = {0};
    int r;

    asking->lifeline = lifeline_begin(asking->pamh, broker, "--ask");
    if (asking->lifeline == NULL)
        return;
    r = request_ask(lifeline_fd(asking->lifeline), who, open, until, &reply);
    if (r != 0)
        log_no_reply(asking, r);
    else
        log_reply(asking, &reply);
    if (r == 0 && asks_for_code(&reply))
        ask_person(asking, record_text(&reply, FIELD_PROMPT));
    record_wipe(&reply);
    lifeline_discard(asking->lifeline);
}

void
auth_line_ask(pam_handle_t *pamh, int silent, const struct options *options, const char *broker)
{
    deadline_t until = patience(options);
    struct asking asking = {.pamh = pamh, .options = options, .silent = silent};
    struct record who = {0}, open = {0};

    if (!prompt_is_possible(pamh) || prompt_is_premature(pamh))
        return;
    if (request_make(pamh, options->config, until - REQUEST_MARGIN_MS, &who, &open) ==
        PAM_SUCCESS) {
        asking.user = record_text(&who, FIELD_USER);
        ask_broker(&asking, broker, &who, &open, until);
    }
    record_wipe(&open);
    record_wipe(&who);
}
