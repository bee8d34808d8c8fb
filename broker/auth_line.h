/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_AUTH_LINE_H
#define AWS_ROLE_BROKER_AUTH_LINE_H

#include "broker/session.h"

/* How often one login may answer: a code that AWS did not take is asked for again twice. */
#define AUTH_LINE_ANSWERS 3

/* How long a question may stand. */
#define AUTH_LINE_QUESTION_MS (5 * 60 * 1000)

/*
 * Before there is a session: tells the module, at the other end of `session->lifeline`, by
 * `reply_by` whether a person has to be asked, and spends what they answer at once, so that the
 * session finds the result in the cache. Of `session` lifeline, paths, secret_group, login and
 * cache are used; the other descriptors are -1. What the module gets are these, and never
 * credentials:
 *   NONE      there is nothing to ask, or the answer was taken
 *   ASK       PROMPT and STEP: an ANSWER is waited for, AUTH_LINE_QUESTION_MS at most
 *   PENDING   WHY and CLASS: it could not be done; with AWS_ROLE_ERR_ANSWER another ANSWER is
 *             waited for, AUTH_LINE_ANSWERS altogether
 * An ANSWER has as much time as the question had, from when it comes. A cache that is not shared
 * could hand nothing on to the session, and root is not asked: NONE. Returns when there is nothing
 * left to wait for, and at once when the lifeline ends; no child is left then.
 */
void auth_line_serve(struct session *session, deadline_t reply_by);

#endif
