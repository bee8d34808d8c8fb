/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/allowance.h"
#include "broker/audit.h"
#include "broker/job.h"
#include "broker/reply.h"
#include "common/error.h"
#include "common/log.h"

#define GIVE_UP_MS 30000 /* an obtain's, DESIGN's second deadline */
#define SEND_MS 1000     /* nobody of ours leaves a record unread for that long */
#define RENEW_MS 1000    /* how long a login waits for newer ones than those that are due */
#define JOBS_MAX 8
#define REAP_MS 100      /* how soon a stub that has let go is looked for again */

struct serving {
    struct session *session;
    struct job jobs[JOBS_MAX];
    int64_t clock_offset;
    deadline_t reply_by;
    int replied;             /* the module has its reply */
    struct allowance allowance; /* the agent's */
    struct audit audit;
    struct record provisional; /* a GRANT to reply with when nothing better comes in time */
};

/* Whoever gets it: what the session was given, and what it may not have any more. */
static void
audit_given(struct serving *serving, const struct record *answer)
{
    const char *why = record_text(answer, FIELD_WHY);

    if (answer->kind == RECORD_GRANT)
        audit_grant(&serving->audit, answer);
    else if (answer->kind == RECORD_PENDING || answer->kind == RECORD_ASK)
        audit_pending(&serving->audit, record_text(answer, FIELD_ROLE),
                      why != NULL ? why : record_text(answer, FIELD_PROMPT));
    else if (answer->kind == RECORD_NONE && !record_has(answer, FIELD_ROLES))
        audit_withdraw(&serving->audit, NULL, why);
    else if (answer->kind == RECORD_NONE && record_has(answer, FIELD_ROLE))
        audit_withdraw(&serving->audit, record_text(answer, FIELD_ROLE), why);
}

static void
reply_to_login(struct serving *serving, const struct record *answer)
{
    struct record reply;
    int r;

    if (serving->replied)
        return;
    serving->replied = 1;
    audit_given(serving, answer);
    reply_make(answer, serving->session->socket, &reply);
    r = record_send(serving->session->lifeline, &reply, deadline_in(SEND_MS));
    if (r != 0 && r != AWS_ROLE_ERR_PEER_GONE)
        log_line(LOG_ERR, "the login could not be answered", "user",
                 serving->session->login->person.name, "reason", error_text(r), NULL);
    record_wipe(&reply);
    record_wipe(&serving->provisional);
}

static void
tell_agent(struct serving *serving, const struct record *answer)
{
    audit_given(serving, answer);
    /* An agent that does not read is its person's own trouble: nobody waits for it. */
    if (serving->session->agent >= 0)
        (void)record_send(serving->session->agent, answer, 0);
}

/* The answer to a job's question, for whoever waits for it. */
static void
deliver(struct serving *serving, struct job *job, const struct record *answer)
{
    job->answered = 1;
    /* Credentials that are due but valid are better than a failure to renew them. */
    if (job->for_login && answer->kind != RECORD_GRANT &&
        serving->provisional.kind == RECORD_GRANT)
        reply_to_login(serving, &serving->provisional);
    else if (job->for_login)
        reply_to_login(serving, answer);
    if (job->for_agent)
        tell_agent(serving, answer);
}

/* Valid credentials before the answer: the agent has them now, the login when time is up. */
static void
take_provisional(struct serving *serving, const struct job *job, const struct record *grant)
{
    if (job->for_agent)
        tell_agent(serving, grant);
    if (!job->for_login || serving->replied)
        return;
    record_wipe(&serving->provisional);
    if (record_decode(&serving->provisional, grant->bytes.data, grant->bytes.size) == 0 &&
        serving->reply_by > deadline_in(RENEW_MS))
        serving->reply_by = deadline_in(RENEW_MS);
}

static void
take_entry(const struct serving *serving, const struct record *entry)
{
    deadline_t until = record_number(entry, FIELD_VALID_UNTIL);
    struct cache_key key = {.owner = ""}; /* a cache in memory has one owner */

    if (record_has(entry, FIELD_CLASS))
        until = record_number(entry, FIELD_FRESH_UNTIL);
    if (record_number(entry, FIELD_KEPT_UNTIL) > until)
        until = record_number(entry, FIELD_KEPT_UNTIL);
    key.bytes = record_bytes(entry, FIELD_KEY, &key.size);
    (void)cache_store(serving->session->cache, &key, entry, until);
}

static void
fail_job(struct serving *serving, struct job *job, int error, const char *why)
{
    struct failure failure;
    struct record pending;

    if (!job->answered) {
        failure_set(&failure, error, "%s", why);
        audit_refusal(serving->session->login, job->role, &failure);
        reply_pending(why, error, job->role, &pending);
        deliver(serving, job, &pending);
        record_wipe(&pending);
    }
    job_end(job);
}

/* A child's records come in the order that broker/answer.h gives; END announces the answer. */
static void
read_job(struct serving *serving, struct job *job)
{
    struct record record;
    int r = record_receive(job->fd, &record, 0), ended = job->ended;

    if (r == AWS_ROLE_ERR_DEADLINE)
        return;
    if (r != 0) {
        fail_job(serving, job, AWS_ROLE_ERR_SYSTEM,
                 "the broker's child ended without an answer; its log lines say more");
        return;
    }
    if (record.kind == RECORD_ENTRY)
        take_entry(serving, &record);
    else if (record.kind == RECORD_END)
        serving->clock_offset = (int64_t)record_number(&record, FIELD_CLOCK_OFFSET);
    else if (record.kind == RECORD_GRANT && !ended)
        take_provisional(serving, job, &record);
    else
        deliver(serving, job, &record);
    job->ended = ended || record.kind == RECORD_END;
    record_wipe(&record);
}

static struct job *
find_job(struct serving *serving, const char *role)
{
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (serving->jobs[i].pid != 0 && !serving->jobs[i].answered &&
            strcmp(serving->jobs[i].role, role) == 0)
            return &serving->jobs[i];
    return NULL;
}

static struct job *
free_job(struct serving *serving)
{
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (serving->jobs[i].pid == 0)
            return &serving->jobs[i];
    return NULL;
}

/* Starts a job for `role` (NULL: the person's first); NULL when it cannot be. */
static struct job *
start_job(struct serving *serving, const char *role, int refresh, int at_login)
{
    const struct session *session = serving->session;
    const int not_for_child[JOB_NOT_FOR_CHILD] = {session->lifeline, session->listener,
                                                  session->agent, session->ledger};
    const struct question question = {
        .login = session->login,
        .paths = session->paths,
        .secret_group = session->secret_group,
        .cache = session->cache,
        .role = role,
        .at_login = at_login,
        .refresh = refresh,
        .give_up = deadline_in(GIVE_UP_MS),
        .clock_offset = serving->clock_offset,
    };
    struct job *job = free_job(serving);

    if (job == NULL || job_start(job, &question, not_for_child) != 0)
        return NULL;
    job->for_login = at_login;
    return job;
}

static void
take_role_request(struct serving *serving, const struct record *request)
{
    const char *role = record_text(request, FIELD_ROLE);
    int refresh =
        request->kind == RECORD_REFRESH && allowance_refresh(&serving->allowance);
    struct job *job = find_job(serving, role == NULL ? "" : role);
    struct record pending;

    if (job == NULL || (refresh && !job->refresh))
        job = allowance_take(&serving->allowance) ? start_job(serving, role, refresh, 0) : NULL;
    if (job != NULL) {
        job->for_agent = 1;
        return;
    }
    reply_pending("too many requests of this session are under way; try again", AWS_ROLE_ERR_BUSY,
                  role, &pending);
    tell_agent(serving, &pending);
    record_wipe(&pending);
}

static void
take_answer(struct serving *serving, const struct record *request)
{
    struct record pending;

    reply_pending("no step of this role asks for anything", AWS_ROLE_ERR_NOT_FOUND,
                  record_text(request, FIELD_ROLE), &pending);
    tell_agent(serving, &pending);
    record_wipe(&pending);
}

static void
lose_agent(struct session *session)
{
    /* Refused from now on, and still bound, so that nobody else can take its place. */
    (void)shutdown(session->listener, SHUT_RDWR);
    close(session->agent);
    session->agent = -1;
}

/* The stub is our child, and has ended or is about to when its descriptor has. */
static void
reap_stub(struct session *session)
{
    if (session->agent < 0 && session->stub > 0 && waitpid(session->stub, NULL, WNOHANG) != 0)
        session->stub = 0;
}

static void
read_agent(struct serving *serving)
{
    struct record request;
    int r = record_receive(serving->session->agent, &request, 0);

    if (r == AWS_ROLE_ERR_DEADLINE)
        return;
    if (r != 0) {
        lose_agent(serving->session);
        return;
    }
    switch (request.kind) {
    case RECORD_ROLE:
    case RECORD_REFRESH:
        take_role_request(serving, &request);
        break;
    case RECORD_ANSWER:
        take_answer(serving, &request);
        break;
    case RECORD_FORGET:
        cache_forget(serving->session->cache, serving->session->login->person.uid);
        audit_forget(&serving->audit, "the person had it forgotten");
        break;
    default:
        lose_agent(serving->session); /* it may say these four things and no other */
    }
    record_wipe(&request);
}

/* Milliseconds until something is due; -1: nothing is. */
static int
next_timeout(const struct serving *serving)
{
    deadline_t next = serving->replied ? UINT64_MAX : serving->reply_by;

    for (size_t i = 0; i < JOBS_MAX; i++)
        if (serving->jobs[i].pid != 0 && serving->jobs[i].give_up < next)
            next = serving->jobs[i].give_up;
    if (serving->session->agent < 0 && serving->session->stub > 0 && next > deadline_in(REAP_MS))
        next = deadline_in(REAP_MS);
    return next == UINT64_MAX ? -1 : deadline_left(next);
}

static void
reply_late(struct serving *serving)
{
    struct record pending;

    if (serving->provisional.kind == RECORD_GRANT) {
        reply_to_login(serving, &serving->provisional);
        return;
    }
    reply_pending("no answer yet; the session keeps trying, aws-role status tells",
                  AWS_ROLE_ERR_DEADLINE, NULL, &pending);
    reply_to_login(serving, &pending);
    record_wipe(&pending);
}

static void
meet_deadlines(struct serving *serving)
{
    if (!serving->replied && deadline_left(serving->reply_by) == 0)
        reply_late(serving);
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (serving->jobs[i].pid != 0 && deadline_left(serving->jobs[i].give_up) == 0)
            fail_job(serving, &serving->jobs[i], AWS_ROLE_ERR_DEADLINE,
                     "given up after 30 seconds; the next request tries again");
}

/* One round of waiting and doing; 0 when the session is over. */
static int
serve_once(struct serving *serving)
{
    struct pollfd watched[2 + JOBS_MAX] = {
        {.fd = serving->session->lifeline, .events = POLLIN | POLLRDHUP},
        {.fd = serving->session->agent, .events = POLLIN},
    };

    for (size_t i = 0; i < JOBS_MAX; i++) {
        watched[2 + i].fd = serving->jobs[i].pid != 0 ? serving->jobs[i].fd : -1;
        watched[2 + i].events = POLLIN;
    }
    if (poll(watched, 2 + JOBS_MAX, next_timeout(serving)) < 0 && errno != EINTR)
        return 0;
    if (watched[0].revents != 0)
        return 0; /* after OPEN the lifeline carries nothing: this is its end */
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (watched[2 + i].revents != 0)
            read_job(serving, &serving->jobs[i]);
    if (watched[1].revents != 0)
        read_agent(serving);
    meet_deadlines(serving);
    reap_stub(serving->session);
    return 1;
}

void
session_serve(struct session *session, deadline_t reply_by)
{
    struct serving serving = {.session = session, .reply_by = reply_by};
    struct record pending;

    audit_start(&serving.audit, session->login, session->ledger);
    allowance_start(&serving.allowance);
    if (start_job(&serving, NULL, 0, 1) == NULL) {
        reply_pending("the broker cannot start a process: see the limits of processes and memory "
                      "of the service that the login came through",
                      AWS_ROLE_ERR_SYSTEM, NULL, &pending);
        reply_to_login(&serving, &pending);
        record_wipe(&pending);
    }
    while (serve_once(&serving))
        ;
    for (size_t i = 0; i < JOBS_MAX; i++)
        job_end(&serving.jobs[i]);
    record_wipe(&serving.provisional);
    audit_end(&serving.audit, "the session is over");
}
