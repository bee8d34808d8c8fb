/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_AUDIT_H
#define AWS_ROLE_BROKER_AUDIT_H

#include "broker/question.h"
#include "broker/failure.h"
#include "common/ledger.h"

/*
 * Who was given what, when, and when it ended: lines of the log that pam_aws_role(8), AUDIT,
 * explains, and the session's ledger for root.
 */
struct audit {
    const struct login *login;
    int ledger; /* -1: none */
    struct record *held[LEDGER_SLOTS_MAX]; /* by slot: the session's own, then its roles */
    char told[LEDGER_SLOTS_MAX];           /* 1: the end of that role is in the log */
    uint64_t linger; /* seconds for which a session that was closed goes on; 0: it is open */
};

/* Writes the session into the ledger, without a role yet. `login` stays the caller's. */
void audit_start(struct audit *audit, const struct login *login, int ledger);

/* Credentials that the session was given: a line for each set of them, however often it is told. */
void audit_grant(struct audit *audit, const struct record *grant);

/* Why the session has no credentials yet, for root; `role` NULL: not known. */
void audit_pending(struct audit *audit, const char *role, const char *why);

/*
 * A role that is the person's no more; NULL: none is. Nothing happens to what the session does not
 * hold. The ledger keeps it: what was handed out is valid until it ends.
 */
void audit_withdraw(struct audit *audit, const char *role, const char *reason);

/* The end of all that the session holds: a line for each role. The ledger keeps it, as above. */
void audit_forget(struct audit *audit, const char *reason);

/* The session was closed and goes on for so many seconds, 1 or more: the ledger says so now. */
void audit_linger(struct audit *audit, uint64_t seconds);

/* When the last of what the session holds ends; 0: it holds nothing. */
deadline_t audit_valid_until(const struct audit *audit);

/* The session's end: audit_forget, and nothing is held in memory any more. */
void audit_end(struct audit *audit, const char *reason);

/* A refusal, for want of what `failure` says. `role` NULL: not known. */
void audit_refusal(const struct login *login, const char *role, const struct failure *failure);

#endif
