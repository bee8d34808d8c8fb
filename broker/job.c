/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/answer.h"
#include "common/error.h"

/* The helper gives up first, and the child after it: their reason says more than ours. */
#define LAST_WORD_MS 1000

__attribute__((noreturn)) static void
run_child(const struct question *question, int to, pid_t parent, const int *not_for_child)
{
    struct question own = *question;

    /* The parent may have died before prctl could ask to be told. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    for (size_t i = 0; i < JOB_NOT_FOR_CHILD; i++)
        if (not_for_child[i] >= 0)
            close(not_for_child[i]);
    own.to = to;
    answer_question(&own);
    cache_close(own.cache);
    _exit(0);
}

int
job_start(struct job *job, const struct question *question, const int *not_for_child)
{
    pid_t parent = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    memset(job, 0, sizeof *job);
    job->pid = fork();
    if (job->pid < 0) {
        job->pid = 0;
        close(pair[0]);
        close(pair[1]);
        return AWS_ROLE_ERR_SYSTEM;
    }
    if (job->pid == 0) {
        close(pair[0]);
        run_child(question, pair[1], parent, not_for_child);
    }
    close(pair[1]);
    job->fd = pair[0];
    job->give_up = question->give_up + LAST_WORD_MS;
    job->refresh = question->refresh;
    job->person = question->person;
    snprintf(job->role, sizeof job->role, "%s", question->role == NULL ? "" : question->role);
    return 0;
}

void
job_end(struct job *job)
{
    if (job->pid == 0)
        return;
    close(job->fd);
    kept_plan_free(job->coming);
    (void)kill(job->pid, SIGKILL); /* its helper dies with it */
    while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    memset(job, 0, sizeof *job);
}
