/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_LEDGER_H
#define AWS_ROLE_COMMON_LEDGER_H

#include <stddef.h>

#include "common/protocol.h"

/*
 * What a session holds, written down by its broker for root: one HELD record for the session and
 * one for each role that it was given, none with a secret. The file lies beside the session's
 * socket, in a folder that root alone can write, with mode 0600; the broker was given its
 * descriptor while it was root. It goes with the socket. Once a session has been closed and lingers
 * all of them have LINGER.
 */

/* Behind the name of the socket. */
#define LEDGER_SUFFIX ".held"

/* The first for the session, the others for its roles. */
#define LEDGER_SLOTS_MAX (1 + RECORD_ROLES_MAX)

/*
 * The broker locks its ledger for as long as it lives (flock(2)): so that it is known to live also
 * where its process is not seen, in another PID namespace or behind proc(5)'s hidepid.
 * AWS_ROLE_ERR_SYSTEM.
 */
int ledger_lock(int ledger);

/* 1 while a broker holds its lock. `ledger` is a descriptor of one's own, opened for this. */
int ledger_is_locked(int ledger);

/*
 * Writes `held` into a slot, in place of what was there; NULL empties it. AWS_ROLE_ERR_TOO_BIG (no
 * such slot, or no room in one), AWS_ROLE_ERR_PROTOCOL, AWS_ROLE_ERR_SYSTEM.
 */
int ledger_write(int ledger, size_t slot, const struct record *held);

/*
 * Reads a slot into `held`, which the caller wipes. AWS_ROLE_ERR_NOT_FOUND (it is empty),
 * AWS_ROLE_ERR_PROTOCOL (what is there is no HELD record), AWS_ROLE_ERR_MEMORY.
 */
int ledger_read(int ledger, size_t slot, struct record *held);

/*
 * RoleSessionName, as CloudTrail shows it: the last part of arn:…:assumed-role/ROLE/SESSION. Lies
 * in the record; NULL when there is none.
 */
const char *ledger_session_name(const struct record *held);

/*
 * One line of the log about what a session holds or was refused, see pam_aws_role(8), AUDIT: the
 * sentence, and what `held` knows. `reason`, `code` and `request` are NULL where there is none.
 */
void ledger_log(int priority, const char *sentence, const struct record *held, const char *reason,
                const char *code, const char *request);

#endif
