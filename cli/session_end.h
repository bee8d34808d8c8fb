/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SESSION_END_H
#define AWS_ROLE_CLI_SESSION_END_H

#include <sys/types.h>

#include "cli/sessions.h"
#include "cli/verb.h"

/*
 * How root ends other people's sessions: by killing what is known to be ours, and nothing else.
 * Everybody is killed before anybody is waited for, so that nobody can delay another's end.
 */

#define SESSION_END_WATCHED_MAX 256

struct session_end {
    unsigned int killed;
    int watched[SESSION_END_WATCHED_MAX]; /* pidfd_open(2); more are killed and not waited for */
    size_t count;
};

/*
 * Kills the broker of a session, which takes its children along, and removes the session's socket
 * and ledger. One whose number another process has by now is left alone; one that lives and is not
 * seen from here keeps its files. 1: it was killed.
 */
int session_end_broker(struct session_end *end, const struct sessions_entry *entry);

/*
 * Kills the stubs and agents of a person: processes of that uid that run one of our programs, also
 * stopped ones, which their broker's end does not end. How many.
 */
unsigned int session_end_leftovers(struct session_end *end, const struct installed *installed,
                                   uid_t uid);

/* Waits, for a second in all, until those are gone that were killed. How many are not. */
unsigned int session_end_wait(struct session_end *end);

#endif
