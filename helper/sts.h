/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STS_H
#define AWS_ROLE_HELPER_STS_H

#include "common/credentials.h"
#include "common/protocol.h"
#include "helper/exchange.h"
#include "helper/failure.h"

/* Calls of AWS STS, API version 2011-06-15. */

struct sts_call {
    const struct record *step;             /* a STEP record: the role and how to get to STS */
    const struct credentials *credentials; /* to sign with */
    const char *origin;                    /* where they come from, for people */
    const char *region;                    /* in place of the STEP's when that has none; NULL */
};

/*
 * AssumeRole with everything the STEP record says. The errors of exchange_run and
 * replies_credentials, in words for whoever maintains the role and this host's configuration.
 * `credentials` is empty after a failure.
 */
int sts_assume_role(struct exchange *exchange, const struct sts_call *call,
                    struct credentials *credentials, struct failure *why);

/*
 * GetSessionToken for the STEP's MFA_SERIAL with `code`, six digits: credentials that have seen
 * MFA. The request is sent once, since AWS takes no code twice. AWS_ROLE_ERR_ANSWER when it did not
 * take this one; otherwise as sts_assume_role.
 */
int sts_get_session_token(struct exchange *exchange, const struct sts_call *call,
                          const char *code, struct credentials *credentials, struct failure *why);

/*
 * GetCallerIdentity: whom AWS takes the call's credentials for, in `arn`, which has room for
 * CREDENTIALS_ARN_MAX bytes and a NUL. The errors of exchange_run, and AWS_ROLE_ERR_NOT_AWS.
 */
int sts_get_caller_identity(struct exchange *exchange, const struct sts_call *call, char *arn,
                            struct failure *why);

#endif
