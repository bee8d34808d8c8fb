/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/own_session.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/variables.h"
#include "common/error.h"
#include "common/role_name.h"

void
own_session_open(struct own_session *session, const struct installed *installed)
{
    memset(session, 0, sizeof *session);
    session->place.rundir = installed->rundir;
    session->place.given = getenv("AWS_ROLE_SOCKET");
    session->place.uid = geteuid();
    session->place.listener = installed->listener;
}

const char *
own_session_role(const char *given)
{
    const char *name = given != NULL ? given : getenv("AWS_ROLE_NAME");

    return role_name_is_good(name) ? name : NULL;
}

/* Anybody may run what is named: it reads what the person may read. */
static void
explain_no_session(struct own_session *session)
{
    const struct passwd *user = session->in_hurry ? NULL : getpwuid(geteuid());

    snprintf(session->why, sizeof session->why,
             "no session of yours on this host holds a role: log in again, or run "
             "'aws-role check --user %s' to see whether there should be one",
             user != NULL ? user->pw_name : "NAME");
}

int
own_session_fail(struct own_session *session, int error)
{
    if (error == AWS_ROLE_ERR_NOT_FOUND) {
        explain_no_session(session);
        return VERB_NO_AGENT;
    }
    snprintf(session->why, sizeof session->why, "the session's agent cannot be asked: %s; %s",
             error_text(error), error == AWS_ROLE_ERR_PEER_GONE ? "log in again" : "try again");
    return VERB_FAILED;
}

int
own_session_refused(struct own_session *session, const struct record *answer)
{
    const char *why = NULL;

    if (answer->kind == RECORD_NONE)
        why = record_has(answer, FIELD_WHY) ? record_text(answer, FIELD_WHY)
                                            : "nobody gives this role";
    else if (answer->kind == RECORD_PENDING)
        why = record_text(answer, FIELD_WHY);
    else if (answer->kind == RECORD_ASK)
        why = record_has(answer, FIELD_WHY) ? record_text(answer, FIELD_WHY)
                                            : "this role needs an answer from you: run aws-role "
                                              "login";
    if (why == NULL)
        return own_session_fail(session, AWS_ROLE_ERR_PROTOCOL);
    snprintf(session->why, sizeof session->why, "%s", why);
    return VERB_FAILED;
}

int
own_session_ask(struct own_session *session, const struct record *request,
                struct record *answer, deadline_t deadline)
{
    int r;

    memset(answer, 0, sizeof *answer);
    r = agent_client_ask(&session->place, request, answer, deadline, session->socket);
    return r == 0 ? VERB_OK : own_session_fail(session, r);
}

int
own_session_get(struct own_session *session, const char *role, enum export export,
                struct record *grant, deadline_t deadline)
{
    struct record request;
    int r;

    if (export == 0 && variables_have_endpoint())
        export = EXPORT_ENDPOINT;
    record_start(&request, RECORD_GET);
    record_put_text(&request, FIELD_ROLE, role);
    if (export != 0)
        record_put_number(&request, FIELD_EXPORT, export);
    r = own_session_ask(session, &request, grant, deadline);
    record_wipe(&request);
    if (r != VERB_OK)
        return r;
    if (grant->kind != RECORD_GRANT)
        return own_session_refused(session, grant);
    if (role != NULL && strcmp(record_text(grant, FIELD_ROLE), role) != 0)
        return own_session_fail(session, AWS_ROLE_ERR_PROTOCOL);
    return VERB_OK;
}

int
own_session_list(struct own_session *session, struct record *list, deadline_t deadline)
{
    struct record request;
    int r;

    record_start(&request, RECORD_ROLES);
    r = own_session_ask(session, &request, list, deadline);
    record_wipe(&request);
    if (r != VERB_OK)
        return r;
    return list->kind == RECORD_ROLE_LIST ? VERB_OK : own_session_refused(session, list);
}

int
own_session_tell(const struct own_session *session, const char *verb, int code)
{
    struct terminal errors;

    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN, "aws-role %s: %s", verb, session->why);
    return code;
}
