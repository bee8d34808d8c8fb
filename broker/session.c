/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/outcome.h"
#include "broker/reply.h"
#include "common/error.h"

#define GIVE_UP_MS 30000 /* an obtain's, DESIGN's second deadline */
#define REAP_MS 100      /* how soon a stub that has let go is looked for again */

static struct job *
find_job(struct serving *serving, const char *role)
{
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        if (serving->jobs[i].pid != 0 && !serving->jobs[i].answered &&
            strcmp(serving->jobs[i].role, role) == 0)
            return &serving->jobs[i];
    return NULL;
}

static struct job *
free_job(struct serving *serving)
{
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        if (serving->jobs[i].pid == 0)
            return &serving->jobs[i];
    return NULL;
}

/* What a job is for. */
struct request {
    const char *role; /* NULL: the person's first */
    int at_login;
    int refresh;
    int person;                  /* 1: somebody is there to be asked */
    unsigned int port;           /* where a browser of theirs brings the answer; 0: none */
    const struct secret *answer; /* a person's; NULL: none */
};

/* NULL when no job can be started. */
static struct job *
start_job(struct serving *serving, const struct request *request)
{
    const struct session *session = serving->session;
    const int not_for_child[JOB_NOT_FOR_CHILD] = {session->lifeline, session->listener,
                                                  session->agent, session->ledger,
                                                  session->endpoint.listener,
                                                  serving->lingering.place};
    const struct question question = {
        .login = session->login,
        .paths = session->paths,
        .secret_group = session->secret_group,
        .cache = session->cache,
        .role = request->role,
        .at_login = request->at_login,
        .refresh = request->refresh,
        .person = request->person,
        .port = request->port,
        .begun = request->person ? begun_find(&serving->begun, request->role) : NULL,
        .answer = request->answer,
        .over = linger_is_left_over(&serving->lingering, &serving->delivery),
        .kept = kept_plan_find(&serving->kept, request->role),
        .all_kept = &serving->kept,
        .config_told = serving->config_told,
        .began = deadline_now(),
        .give_up = deadline_in(GIVE_UP_MS),
        .clock_offset = serving->clock_offset,
    };
    struct job *job = free_job(serving);

    if (job == NULL || job_start(job, &question, not_for_child) != 0)
        return NULL;
    job->for_login = request->at_login;
    return job;
}

/* The agent's question is answered without a job. */
static void
refuse_request(struct serving *serving, const struct record *request, int error, const char *why)
{
    struct record pending;

    reply_pending(why, error, record_text(request, FIELD_ROLE), &pending);
    delivery_tell_agent(&serving->delivery, &pending);
    record_wipe(&pending);
}

static void
take_role_request(struct serving *serving, const struct record *asked)
{
    struct secret answer = SECRET_EMPTY;
    struct request request = {.role = record_text(asked, FIELD_ROLE)};
    struct job *job = find_job(serving, request.role == NULL ? "" : request.role);

    request.refresh = asked->kind == RECORD_REFRESH &&
                      !linger_is_left_over(&serving->lingering, &serving->delivery) &&
                      allowance_refresh(&serving->allowance);
    request.person = asked->kind == RECORD_LOGIN || asked->kind == RECORD_ANSWER;
    request.port = (unsigned int)record_number(asked, FIELD_PORT);
    if (asked->kind == RECORD_ANSWER && record_get_secret(asked, FIELD_ANSWER, &answer) == 0)
        request.answer = &answer;
    serving->asked = 1;
    if (job == NULL || (request.refresh && !job->refresh) || (request.person && !job->person) ||
        request.answer != NULL)
        job = allowance_take(&serving->allowance) ? start_job(serving, &request) : NULL;
    secret_wipe(&answer);
    if (job != NULL)
        job->for_agent = 1;
    else
        refuse_request(serving, asked, AWS_ROLE_ERR_BUSY,
                       "too many requests of this session are under way; try again");
}

static void
lose_agent(struct session *session)
{
    /* Refused from now on, and still bound, so that nobody else can take its place. */
    (void)shutdown(session->listener, SHUT_RDWR);
    if (session->endpoint.listener >= 0)
        (void)shutdown(session->endpoint.listener, SHUT_RDWR); /* ENOTCONN: it never listened */
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

/* The person's word; what jobs are at work on is meant, too. */
static void
forget_all(struct serving *serving)
{
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        serving->jobs[i].forgotten = 1;
    cache_forget(serving->session->cache, serving->session->login->person.uid);
    begun_forget(&serving->begun, NULL);
    audit_forget(&serving->delivery.audit, "the person had it forgotten");
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
    case RECORD_LOGIN:
    case RECORD_ANSWER:
        take_role_request(serving, &request);
        break;
    case RECORD_FORGET:
        forget_all(serving);
        break;
    default:
        lose_agent(serving->session); /* it may say these things and no other */
    }
    record_wipe(&request);
}

/* Milliseconds until something is due; -1: nothing is. */
static int
next_timeout(const struct serving *serving)
{
    deadline_t next =
        serving->delivery.replied ? UINT64_MAX : serving->delivery.reply_by;

    if (serving->lingering.until != 0 && serving->lingering.until < next)
        next = serving->lingering.until;
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        if (serving->jobs[i].pid != 0 && serving->jobs[i].give_up < next)
            next = serving->jobs[i].give_up;
    if (serving->session->agent < 0 && serving->session->stub > 0 && next > deadline_in(REAP_MS))
        next = deadline_in(REAP_MS);
    return next == UINT64_MAX ? -1 : deadline_left(next);
}

static void
meet_deadlines(struct serving *serving)
{
    if (!serving->delivery.replied && deadline_left(serving->delivery.reply_by) == 0)
        delivery_reply_late(&serving->delivery);
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        if (serving->jobs[i].pid != 0 && deadline_left(serving->jobs[i].give_up) == 0)
            outcome_fail(serving, &serving->jobs[i], AWS_ROLE_ERR_DEADLINE,
                     "given up after 30 seconds; the next request tries again");
}

/*
 * 1 when the session goes on. After OPEN the lifeline carries nothing but a CLOSE, after which it
 * may linger. Without one its end is the session's, at once: the application died, had the
 * credentials deleted, or its login came to nothing.
 */
static int
read_lifeline(struct serving *serving)
{
    struct session *session = serving->session;
    struct record record;
    int r = record_receive(session->lifeline, &record, 0), goes_on = 0;

    if (r == 0 && record.kind == RECORD_CLOSE && serving->lingering.until == 0) {
        goes_on = linger_begin(&serving->lingering, &serving->delivery, serving->asked);
    } else if (r == AWS_ROLE_ERR_PEER_GONE && serving->lingering.until != 0) {
        close(session->lifeline);
        session->lifeline = -1;
        goes_on = 1;
    }
    record_wipe(&record);
    return goes_on;
}

/* One round of waiting and doing; 0 when the session is over. */
static int
serve_once(struct serving *serving)
{
    struct pollfd watched[2 + SERVING_JOBS_MAX] = {
        {.fd = serving->session->lifeline, .events = POLLIN | POLLRDHUP},
        {.fd = serving->session->agent, .events = POLLIN},
    };

    for (size_t i = 0; i < SERVING_JOBS_MAX; i++) {
        watched[2 + i].fd = serving->jobs[i].pid != 0 ? serving->jobs[i].fd : -1;
        watched[2 + i].events = POLLIN;
    }
    if (poll(watched, 2 + SERVING_JOBS_MAX, next_timeout(serving)) < 0 && errno != EINTR)
        return 0;
    if (watched[0].revents != 0 && !read_lifeline(serving))
        return 0;
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        if (watched[2 + i].revents != 0)
            outcome_read(serving, &serving->jobs[i]);
    if (watched[1].revents != 0)
        read_agent(serving);
    meet_deadlines(serving);
    reap_stub(serving->session);
    return !linger_is_over(&serving->lingering, &serving->delivery);
}

void
session_serve(struct session *session, deadline_t reply_by)
{
    struct serving serving = {.session = session, .lingering.place = -1};

    delivery_start(&serving.delivery, session, reply_by);
    allowance_start(&serving.allowance);
    if (reply_by != 0 && start_job(&serving, &(struct request){.at_login = 1}) == NULL)
        delivery_reply_failure(&serving.delivery, AWS_ROLE_ERR_SYSTEM,
                               "the broker cannot start a process: see the limits of processes and "
                               "memory of the service that the login came through");
    while (serve_once(&serving))
        ;
    for (size_t i = 0; i < SERVING_JOBS_MAX; i++)
        job_end(&serving.jobs[i]);
    kept_plan_forget(&serving.kept, NULL);
    begun_forget(&serving.begun, NULL);
    delivery_end(&serving.delivery);
    linger_end(&serving.lingering);
}
