/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_SESSION_PUT_H
#define AWS_ROLE_AGENT_SESSION_PUT_H

#include "agent/session.h"

/*
 * The session's answers. Each starts `record`, which the caller checks by sending and wipes.
 * session_put_role gives GRANT while there are valid credentials, else what the broker said last;
 * with nothing said yet, PENDING with `why`. The GRANT has the keys for EXPORT_KEYS alone, else the
 * caller adds where they are to be had. `role` may be NULL.
 */
void session_put_role(const struct session *session, const struct session_role *role,
                      enum export export_as, const char *why, struct record *record);
/* What the broker said last, whatever is held: ASK, PENDING or NONE. */
void session_put_failure(const struct session *session, const struct session_role *role,
                         const char *why, struct record *record);
void session_put_state(const struct session *session, const struct session_role *role,
                       struct record *record);

/* ROLE_LIST. AWS_ROLE_ERR_NOT_FOUND, and no record: no answer has named the roles yet. */
int session_put_role_list(const struct session *session, struct record *record);

#endif
