/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/auth_line.h"

#include <poll.h>

#include "broker/attempts.h"
#include "broker/job.h"
#include "broker/reply.h"
#include "common/error.h"

#define ROOT 0
#define SEND_MS 1000

/* The helper's own reason comes before our time is up: it gives up earlier by this part of it. */
#define EARLIER 8

struct asking {
    struct session *session;
    uint64_t patience; /* milliseconds for each question */
    int64_t clock_offset;
};

/* 1 when there is something to read of the child before `until` or the end of the lifeline. */
static int
wait_for_record(const struct asking *asking, const struct job *job, deadline_t until)
{
    struct pollfd watched[2] = {
        {.fd = job->fd, .events = POLLIN},
        {.fd = asking->session->lifeline, .events = POLLRDHUP}, /* a next answer has to wait */
    };

    return poll(watched, 2, deadline_left(until)) > 0 && watched[1].revents == 0;
}

/* The record behind END; what comes before is for sessions. 0 when there is none in time. */
static int
read_answer(struct asking *asking, const struct job *job, deadline_t until, struct record *answer)
{
    int ended = 0;

    while (wait_for_record(asking, job, until) && record_receive(job->fd, answer, 0) == 0) {
        if (ended)
            return 1;
        ended = answer->kind == RECORD_END;
        if (ended)
            asking->clock_offset = (int64_t)record_number(answer, FIELD_CLOCK_OFFSET);
        record_wipe(answer);
    }
    return 0;
}

/* Puts the question, with a person's answer or without (NULL), in a child; its `answer`, or 0. */
static int
put_question(struct asking *asking, const struct secret *typed, struct record *answer)
{
    const struct session *session = asking->session;
    const int not_for_child[JOB_NOT_FOR_CHILD] = {session->lifeline, -1, -1, -1, -1, -1};
    const struct kept_plans none = {.first = NULL};
    const struct question question = {
        .login = session->login,
        .paths = session->paths,
        .secret_group = session->secret_group,
        .cache = session->cache,
        .at_login = 1,
        .answer = typed,
        .asking = 1,
        .all_kept = &none,
        .config_told = 1, /* the session tells it */
        .began = deadline_now(),
        .give_up = deadline_in(asking->patience - asking->patience / EARLIER),
        .clock_offset = asking->clock_offset,
    };
    deadline_t until = deadline_in(asking->patience);
    struct job job = {.pid = 0};
    int found;

    if (job_start(&job, &question, not_for_child) != 0)
        return 0;
    found = read_answer(asking, &job, until, answer);
    job_end(&job);
    return found;
}

/* What the module needs of an answer. The caller wipes both. */
static void
make_reply(const struct asking *asking, const struct record *answer, struct record *reply)
{
    const struct session *session = asking->session;
    struct failure failure;

    if (answer->kind == RECORD_PENDING) {
        record_start(reply, RECORD_PENDING);
        record_put_from(reply, FIELD_WHY, answer);
        record_put_from(reply, FIELD_CLASS, answer);
    } else if (answer->kind != RECORD_ASK) {
        record_start(reply, RECORD_NONE);
    } else if (attempts_check(cache_folder(session->cache), session->login->person.uid,
                              &failure) != 0) {
        reply_pending(failure.text, failure.error, NULL, reply);
    } else {
        record_start(reply, RECORD_ASK);
        record_put_from(reply, FIELD_PROMPT, answer);
        record_put_from(reply, FIELD_STEP, answer);
    }
}

/* Asks and replies. 1 when the module may answer now. */
static int
reply_to(struct asking *asking, const struct secret *typed)
{
    struct record answer = {0}, reply;
    int awaited;

    if (put_question(asking, typed, &answer))
        make_reply(asking, &answer, &reply);
    else
        reply_pending("no answer in time", AWS_ROLE_ERR_DEADLINE, NULL, &reply);
    awaited = reply.kind == RECORD_ASK ||
              (reply.kind == RECORD_PENDING &&
               record_number(&reply, FIELD_CLASS) == -AWS_ROLE_ERR_ANSWER);
    if (record_send(asking->session->lifeline, &reply, deadline_in(SEND_MS)) != 0)
        awaited = 0; /* nobody is there any more */
    record_wipe(&reply);
    record_wipe(&answer);
    return awaited;
}

/* 1 with what the person has typed; 0 when nothing comes, or the login is over. */
static int
receive_typed(const struct asking *asking, struct secret *typed)
{
    struct record record;
    int r = record_receive(asking->session->lifeline, &record, deadline_in(AUTH_LINE_QUESTION_MS));

    if (r == 0 && record.kind != RECORD_ANSWER)
        r = AWS_ROLE_ERR_PROTOCOL;
    if (r == 0)
        r = record_get_secret(&record, FIELD_ANSWER, typed);
    record_wipe(&record);
    return r == 0;
}

void
auth_line_serve(struct session *session, deadline_t reply_by)
{
    struct asking asking = {.session = session, .patience = (uint64_t)deadline_left(reply_by)};
    struct secret typed = SECRET_EMPTY;
    struct record none;
    int awaited;

    if (!cache_is_shared(session->cache) || session->login->person.uid == ROOT) {
        record_start(&none, RECORD_NONE);
        (void)record_send(session->lifeline, &none, deadline_in(SEND_MS));
        record_wipe(&none);
        return;
    }
    awaited = reply_to(&asking, NULL);
    for (int i = 0; awaited && i < AUTH_LINE_ANSWERS && receive_typed(&asking, &typed); i++) {
        awaited = reply_to(&asking, &typed);
        secret_wipe(&typed);
    }
    secret_wipe(&typed);
}
