/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/session.h"

#include <syslog.h>

#include "common/error.h"
#include "pam_module/environment.h"
#include "pam_module/lifeline.h"
#include "pam_module/module_log.h"
#include "pam_module/renewal.h"
#include "pam_module/request.h"

/* The agent answers within a second; the rest is for its start. */
#define RENEW_MS 2000

/* Keeps the reply's socket for close_session; its path, or NULL when there is none to keep. */
static const char *
take_socket(pam_handle_t *pamh, struct lifeline *lifeline, const char *rundir,
            const struct record *reply)
{
    const char *socket = record_text(reply, FIELD_SOCKET);

    if (socket == NULL)
        return NULL;
    if (lifeline_set_socket(lifeline, rundir, socket, record_has(reply, FIELD_LINGER)))
        return socket;
    module_log(pamh, LOG_ERR, "the broker names a socket outside its folder, which is ignored",
               "socket", socket, NULL);
    return NULL;
}

static int
take_grant(pam_handle_t *pamh, const struct record *reply, const char *socket,
           unsigned int *exported)
{
    if (record_has(reply, FIELD_SOCKET) != (socket != NULL) ||
        environment_export(pamh, reply, exported) != PAM_SUCCESS) {
        module_log(pamh, LOG_ERR, "no AWS role: the broker's reply breaks a rule and is dropped",
                   NULL);
        return PAM_SESSION_ERR;
    }
    return PAM_SUCCESS;
}

/* Why there are no credentials, in a PENDING or ASK. */
static const char *
reason_of(const struct record *reply)
{
    return record_text(reply, record_has(reply, FIELD_WHY) ? FIELD_WHY : FIELD_PROMPT);
}

/* A PENDING or ASK: the session starts without credentials, and can have them later. */
static int
take_pending(pam_handle_t *pamh, const char *user, const struct record *reply,
             const char *socket, unsigned int *exported)
{
    const char *reason = reason_of(reply);

    if (socket == NULL) {
        module_log(pamh, LOG_ERR, "no AWS role", "user", user, "reason", reason, NULL);
        return PAM_SESSION_ERR;
    }
    module_log(pamh, LOG_WARNING, "no AWS role yet, the login goes on", "user", user, "reason",
               reason, NULL);
    return environment_export_pending(pamh, reply, socket, exported);
}

static int
take_reply(pam_handle_t *pamh, const char *user, const struct record *reply, const char *socket,
           unsigned int *exported)
{
    switch (reply->kind) {
    case RECORD_GRANT:
        return take_grant(pamh, reply, socket, exported);
    case RECORD_PENDING:
    case RECORD_ASK:
        return take_pending(pamh, user, reply, socket, exported);
    case RECORD_NONE:
        return PAM_IGNORE;
    default:
        module_log(pamh, LOG_ERR, "no AWS role: the broker's reply is of a wrong kind", "kind",
                   record_kind_name(reply->kind), NULL);
        return PAM_SESSION_ERR;
    }
}

/* Ends the session that was opened on this handle, if one was, and takes its variables back. */
static void
drop(pam_handle_t *pamh)
{
    unsigned int exported = renewal_exported(pamh);

    environment_delete(pamh, &exported);
    renewal_drop(pamh);
    lifeline_drop(pamh);
}

int
session_open(pam_handle_t *pamh, const struct options *options, const struct session_paths *paths)
{
    deadline_t until = deadline_in((uint64_t)options->timeout * 1000);
    struct record who = {0}, open = {0}, reply = {0};
    unsigned int exported = 0;
    struct lifeline *lifeline;
    int r, result = PAM_SESSION_ERR;

    drop(pamh);
    if (request_make(pamh, options->config, until - REQUEST_MARGIN_MS, &who, &open) != PAM_SUCCESS)
        goto out;
    lifeline = lifeline_start(pamh, paths->broker);
    if (lifeline == NULL)
        goto out;
    r = request_ask(lifeline_fd(lifeline), &who, &open, until, &reply);
    if (r != 0) {
        module_log(pamh, LOG_ERR, "no AWS role: no reply from the broker", "user",
                   record_text(&who, FIELD_USER), "reason", error_text(r), NULL);
        goto out;
    }
    if (options->debug)
        module_log(pamh, LOG_DEBUG, "reply", "user", record_text(&who, FIELD_USER), "kind",
                   record_kind_name(reply.kind), NULL);
    result = take_reply(pamh, record_text(&who, FIELD_USER), &reply,
                        take_socket(pamh, lifeline, paths->rundir, &reply), &exported);
    if (result == PAM_SUCCESS)
        result = renewal_remember(pamh, &reply, exported);
out:
    if (result != PAM_SUCCESS) {
        environment_delete(pamh, &exported);
        lifeline_drop(pamh);
    }
    record_wipe(&reply);
    record_wipe(&open);
    record_wipe(&who);
    return result;
}

void
session_close(pam_handle_t *pamh)
{
    struct lifeline *lifeline = lifeline_find(pamh);

    if (lifeline != NULL)
        lifeline_end(lifeline);
}

void
session_renew(pam_handle_t *pamh, const struct options *options)
{
    const struct lifeline *lifeline = lifeline_find(pamh);
    uint64_t patience = (uint64_t)options->timeout * 1000;
    unsigned int exported = renewal_exported(pamh);
    struct record answer = {0};
    int r;

    if (lifeline == NULL || lifeline_socket(lifeline) == NULL || !renewal_is_due(pamh))
        return;
    r = renewal_ask(lifeline_socket(lifeline),
                    deadline_in(patience < RENEW_MS ? patience : RENEW_MS), &answer);
    if (r != 0)
        module_log(pamh, LOG_WARNING, "the session's variables stay as they are", "reason",
                   error_text(r), NULL);
    else if (answer.kind != RECORD_GRANT)
        module_log(pamh, LOG_WARNING, "the session's variables stay as they are", "reason",
                   reason_of(&answer), NULL);
    else if (environment_renew(pamh, &answer, &exported) != PAM_SUCCESS ||
             renewal_remember(pamh, &answer, exported) != PAM_SUCCESS)
        module_log(pamh, LOG_ERR, "the agent's answer breaks a rule and is dropped", NULL);
    record_wipe(&answer);
}

void
session_delete(pam_handle_t *pamh)
{
    struct lifeline *lifeline = lifeline_find(pamh);
    unsigned int exported = renewal_exported(pamh);

    if (lifeline == NULL)
        return;
    environment_delete(pamh, &exported);
    renewal_drop(pamh);
    lifeline_delete(lifeline);
}
