/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SESSION_END_H
#define AWS_ROLE_CLI_SESSION_END_H

#include <sys/types.h>

#include "cli/sessions.h"
#include "cli/verb.h"

/* How root ends other people's sessions: by killing what is known to be ours, and nothing else. */

/*
 * Kills the broker of a session, which takes its children along, and removes the session's socket
 * and ledger. One that is gone, or whose number another process has by now, is left alone. 1: it
 * was killed.
 */
int session_end_broker(const struct sessions_entry *entry);

/*
 * Kills the stubs and agents of a person: processes of that uid that run one of our programs, also
 * stopped ones, which their broker's end does not end. How many.
 */
unsigned int session_end_leftovers(const struct installed *installed, uid_t uid);

#endif
