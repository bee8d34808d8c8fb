/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/entitlement.h"

#include <poll.h>
#include <stdio.h>

#include "broker/job.h"
#include "common/error.h"

#define GIVE_UP_MS 30000

/* 1 when there is something to read of the child before its time is up or the session ends. */
static int
wait_for_record(const struct session *session, const struct job *job)
{
    struct pollfd watched[2] = {
        {.fd = job->fd, .events = POLLIN},
        {.fd = session->lifeline, .events = POLLIN},
    };

    return poll(watched, 2, deadline_left(job->give_up)) > 0 && watched[1].revents == 0;
}

/* What the child answers behind END; 0 when it does not. The caller wipes `answer`. */
static int
read_answer(const struct session *session, const struct job *job, struct record *answer)
{
    int ended = 0;

    while (wait_for_record(session, job) && record_receive(job->fd, answer, 0) == 0) {
        if (ended)
            return 1;
        ended = answer->kind == RECORD_END;
        record_wipe(answer);
    }
    return 0;
}

int
entitlement_check(const struct session *session, char *why)
{
    const int not_for_child[JOB_NOT_FOR_CHILD] = {session->lifeline, session->listener,
                                                  session->agent, session->ledger,
                                                  session->endpoint.listener, -1};
    const struct kept_plans none = {.first = NULL};
    const struct question question = {
        .login = session->login,
        .paths = session->paths,
        .secret_group = session->secret_group,
        .cache = session->cache,
        .at_login = 1,
        .over = 1,
        .all_kept = &none,
        .config_told = 1, /* it is told with the first question that somebody asks */
        .began = deadline_now(),
        .give_up = deadline_in(GIVE_UP_MS),
    };
    struct job job = {.pid = 0};
    struct record answer;
    int r = 0;

    if (job_start(&job, &question, not_for_child) != 0)
        return 0;
    if (read_answer(session, &job, &answer)) {
        if (answer.kind == RECORD_NONE && record_has(&answer, FIELD_WHY)) {
            snprintf(why, RECORD_TEXT_MAX, "%s", record_text(&answer, FIELD_WHY));
            r = AWS_ROLE_ERR_UNMAPPED;
        }
        record_wipe(&answer);
    }
    job_end(&job);
    return r;
}
