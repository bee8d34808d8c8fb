/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_FAKE_AGENT_H
#define AWS_ROLE_TESTS_FAKE_AGENT_H

#include <sys/types.h>

#include "cli/verb.h"
#include "common/protocol.h"

/* An agent that a test plays, and a verb that is run against it. */

struct fake_agent {
    char rundir[48];
    char folder[64];
    char path[96]; /* of the socket */
    struct installed installed;
    pid_t pid; /* 0: nobody answers */
};

/*
 * Makes the answer to a request, the count-th from 0. 0: there is none, and the connection ends;
 * -1: there is none, and it stays. Runs in a process of its own.
 */
typedef int fake_agent_answer(const struct record *request, unsigned int count,
                              struct record *answer);

/* A run time folder without a session. */
void fake_agent_set_up(struct fake_agent *agent);
/* A session in it, whose agent answers so. */
void fake_agent_start(struct fake_agent *agent, fake_agent_answer *answer);
/* Its session ends. */
void fake_agent_stop(struct fake_agent *agent);
void fake_agent_tear_down(struct fake_agent *agent);

/* A GRANT of keys of a role, good for a little less than an hour; the caller adds to it. */
void fake_agent_grant(struct record *grant, const char *role);
/* One of the endpoint. */
void fake_agent_endpoint(struct record *grant, const char *role);

#define VERB_RUN_TEXT_MAX 65536

struct verb_run {
    int status;
    char out[VERB_RUN_TEXT_MAX];
    char err[VERB_RUN_TEXT_MAX];
};

/*
 * Runs a verb in a process of its own with words up to a NULL, the first its name, and with an
 * environment that is this one without AWS_* and with `environment`, NAME=VALUE up to a NULL.
 * `run` is what it did; the next call takes it.
 */
const struct verb_run *verb_run(const struct fake_agent *agent,
                                int (*verb)(const struct installed *, int, char **),
                                const char *const *words, const char *const *environment);

/* The same where both outputs are a terminal without colours: all is in `out`, with its CRLF. */
const struct verb_run *verb_run_on_terminal(const struct fake_agent *agent,
                                            int (*verb)(const struct installed *, int, char **),
                                            const char *const *words,
                                            const char *const *environment);

/* What a command of sh(1) prints when `input` is its standard input; freed by the caller. */
char *output_of(const char *command, const char *input);

#endif
