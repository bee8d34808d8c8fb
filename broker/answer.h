/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ANSWER_H
#define AWS_ROLE_BROKER_ANSWER_H

#include "broker/question.h"

/*
 * policy → plan → cache … (miss: helper → STS): answers one question in a process of its own, by
 * these records to `to`, in this order:
 *   PLAN    and its STEPs, when the configuration gives one; then those of the other roles that
 *           plans are kept of, as far as it still gives them
 *   GRANT   when the cache has valid credentials that are due, at once
 *   ENTRY   for each entry stored, when the cache is in memory
 *   END     with the clock offset seen, and whether the configuration loads
 *   GRANT, NONE, PENDING or ASK
 * NONE also says that the account is gone or another's (broker/account.h). Asks NSS, which has no
 * deadline: whoever waits for the records ends this process when it is late.
 */
void answer_question(const struct question *question);

#endif
