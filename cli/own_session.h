/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_OWN_SESSION_H
#define AWS_ROLE_CLI_OWN_SESSION_H

#include "cli/agent_client.h"
#include "cli/verb.h"
#include "common/deadline.h"
#include "common/protocol.h"

/* The session of whoever calls, as the verbs of a person ask it and say why they cannot. */

#define OWN_SESSION_WHY_MAX (RECORD_TEXT_MAX + 256)

struct own_session {
    struct agent_place place;
    int in_hurry; /* 1: no name service for the sake of a message, it may take its time */
    char socket[AGENT_CLIENT_PATH_MAX]; /* whose agent has answered last */
    char why[OWN_SESSION_WHY_MAX]; /* why the last question led to nothing; what others have said
                                      is in it as it came: not for a terminal as it is */
};

/* The session that AWS_ROLE_SOCKET names, else the newest. Nobody is asked yet. */
void own_session_open(struct own_session *session, const struct installed *installed);

/*
 * The role that a verb is about: `given`, else AWS_ROLE_NAME, a shell's own choice, if that may be
 * the name of one; NULL: the session's default.
 */
const char *own_session_role(const char *given);

/*
 * Each of these asks the agent one question, within `deadline`: VERB_OK, or VERB_FAILED or
 * VERB_NO_AGENT with `why`. The caller wipes the answer, whatever is returned.
 *
 * own_session_ask: VERB_OK whatever is answered.
 * own_session_get: VERB_OK for a GRANT of that role; `export` 0 is an endpoint where the
 * environment has one, as what `exec --endpoint` starts does in a session of keys, else the
 * session's own kind.
 * What else was answered is in `grant`.
 * own_session_list: VERB_OK for a ROLE_LIST.
 */
int own_session_ask(struct own_session *session, const struct record *request,
                    struct record *answer, deadline_t deadline);
int own_session_get(struct own_session *session, const char *role, enum export export,
                    struct record *grant, deadline_t deadline);
int own_session_list(struct own_session *session, struct record *list, deadline_t deadline);

/* Takes an answer that is not what was asked for: `why`, VERB_FAILED. */
int own_session_refused(struct own_session *session, const struct record *answer);

/* Takes an AWS_ROLE_ERR_* of asking, or of using what was answered: `why`, an exit code. */
int own_session_fail(struct own_session *session, int error);

/* Says on standard error, in one line, why the verb cannot do its work. Returns `code`. */
int own_session_tell(const struct own_session *session, const char *verb, int code);

#endif
