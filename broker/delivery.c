/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/delivery.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "broker/reply.h"
#include "common/error.h"
#include "common/log.h"

#define SEND_MS 1000  /* nobody of ours leaves a record unread for that long */
#define RENEW_MS 1000 /* how long a login waits for newer ones than those that are due */

/* No credentials of a role live longer: AWS STS API reference, AssumeRole, DurationSeconds. */
#define LINGER_DEFAULT_MAX 43200

/* Whoever gets it: what the session was given, and what it may not have any more. */
static void
audit_given(struct delivery *delivery, const struct record *answer)
{
    const char *why = record_text(answer, FIELD_WHY);

    if (answer->kind == RECORD_GRANT)
        audit_grant(&delivery->audit, answer);
    else if (answer->kind == RECORD_PENDING || answer->kind == RECORD_ASK)
        audit_pending(&delivery->audit, record_text(answer, FIELD_ROLE),
                      why != NULL ? why : record_text(answer, FIELD_PROMPT));
    else if (answer->kind == RECORD_NONE && !record_has(answer, FIELD_ROLES))
        audit_withdraw(&delivery->audit, NULL, why);
    else if (answer->kind == RECORD_NONE && record_has(answer, FIELD_ROLE))
        audit_withdraw(&delivery->audit, record_text(answer, FIELD_ROLE), why);
}

/*
 * The stub begins to wait for clients. What the session exports is settled now; without a plan it
 * is what the plan of a role says, once there is one.
 */
static void
begin_serving(const struct delivery *delivery)
{
    struct record serve;

    record_start(&serve, RECORD_SERVE);
    if (delivery->planned)
        record_put_number(&serve, FIELD_EXPORT, delivery->export_as);
    if (delivery->session->agent >= 0)
        (void)record_send(delivery->session->agent, &serve, 0); /* one that is gone is noticed */
    record_wipe(&serve);
}

void
delivery_start(struct delivery *delivery, struct session *session, deadline_t reply_by)
{
    memset(delivery, 0, sizeof *delivery);
    delivery->session = session;
    delivery->reply_by = reply_by;
    delivery->replied = reply_by == 0;
    delivery->export_as = EXPORT_KEYS;
    audit_start(&delivery->audit, session->login, session->ledger);
    if (delivery->replied)
        begin_serving(delivery);
}

/* The port, for a session whose role is exported by it. */
static void
open_endpoint(struct delivery *delivery)
{
    const struct session *session = delivery->session;

    delivery->listens =
        session->endpoint.listener >= 0 && endpoint_listen(&session->endpoint) == 0;
    if (!delivery->listens)
        log_line(LOG_ERR, "no port for the session's endpoint", "user",
                 session->login->person.name, "reason",
                 session->endpoint.listener >= 0 ? strerror(errno) : "none could be bound", NULL);
}

void
delivery_plan(struct delivery *delivery, const struct record *plan)
{
    if (delivery->planned || delivery->replied)
        return;
    delivery->planned = 1;
    delivery->export_as = (enum export)record_number(plan, FIELD_EXPORT);
    delivery->linger = record_number(plan, FIELD_LINGER);
    if (delivery->export_as != EXPORT_ENDPOINT)
        return;
    delivery->linger_is_default = !record_has(plan, FIELD_LINGER);
    if (delivery->linger_is_default)
        delivery->linger = LINGER_DEFAULT_MAX;
    open_endpoint(delivery);
}

static void
reply(struct delivery *delivery, const struct record *answer)
{
    const struct session *session = delivery->session;
    const struct reply_session with = {
        .socket = session->socket,
        .endpoint = delivery->listens ? &session->endpoint : NULL,
        .linger = delivery->linger,
    };
    struct record record;
    int r;

    if (delivery->replied)
        return;
    delivery->replied = 1;
    audit_given(delivery, answer);
    begin_serving(delivery);
    reply_make(answer, &with, &record);
    r = record_send(session->lifeline, &record, deadline_in(SEND_MS));
    if (r != 0 && r != AWS_ROLE_ERR_PEER_GONE)
        log_line(LOG_ERR, "the login could not be answered", "user", session->login->person.name,
                 "reason", error_text(r), NULL);
    record_wipe(&record);
    record_wipe(&delivery->provisional);
}

/*
 * The reply to the login. Whoever wanted no keys in the environment does not get them for want of a
 * port either.
 */
static void
reply_or_refuse(struct delivery *delivery, const struct record *answer)
{
    struct record pending;

    if (answer->kind != RECORD_GRANT || delivery->export_as == EXPORT_KEYS || delivery->listens) {
        reply(delivery, answer);
        return;
    }
    reply_pending("no port of 127.0.0.1 could be had for the endpoint: aws-role exec gives keys",
                  AWS_ROLE_ERR_SYSTEM, record_text(answer, FIELD_ROLE), &pending);
    reply(delivery, &pending);
    record_wipe(&pending);
}

void
delivery_tell_agent(struct delivery *delivery, const struct record *answer)
{
    audit_given(delivery, answer);
    /* An agent that does not read is its person's own trouble: nobody waits for it. */
    if (delivery->session->agent >= 0)
        (void)record_send(delivery->session->agent, answer, 0);
}

void
delivery_answer(struct delivery *delivery, struct job *job, const struct record *answer)
{
    job->answered = 1;
    /* Credentials that are due but valid are better than a failure to renew them. */
    if (job->for_login && answer->kind != RECORD_GRANT &&
        delivery->provisional.kind == RECORD_GRANT)
        reply_or_refuse(delivery, &delivery->provisional);
    else if (job->for_login)
        reply_or_refuse(delivery, answer);
    if (job->for_agent)
        delivery_tell_agent(delivery, answer);
}

void
delivery_provisional(struct delivery *delivery, const struct job *job,
                     const struct record *grant)
{
    if (job->for_agent)
        delivery_tell_agent(delivery, grant);
    if (!job->for_login || delivery->replied)
        return;
    record_wipe(&delivery->provisional);
    if (record_decode(&delivery->provisional, grant->bytes.data, grant->bytes.size) == 0 &&
        delivery->reply_by > deadline_in(RENEW_MS))
        delivery->reply_by = deadline_in(RENEW_MS);
}

void
delivery_reply_failure(struct delivery *delivery, int error, const char *why)
{
    struct record pending;

    reply_pending(why, error, NULL, &pending);
    reply(delivery, &pending);
    record_wipe(&pending);
}

void
delivery_reply_late(struct delivery *delivery)
{
    if (delivery->provisional.kind == RECORD_GRANT)
        reply_or_refuse(delivery, &delivery->provisional);
    else
        delivery_reply_failure(delivery, AWS_ROLE_ERR_DEADLINE,
                               "no answer yet; the session keeps trying, aws-role status tells");
}

void
delivery_end(struct delivery *delivery)
{
    record_wipe(&delivery->provisional);
    audit_end(&delivery->audit, "the session is over");
}
