/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_DENY_POLICY_H
#define AWS_ROLE_CLI_DENY_POLICY_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "common/protocol.h"

/*
 * The IAM policy that ends credentials which are out: it denies everything to sessions of a person
 * that were issued before a moment, on each role that it is put on. IAM User Guide, "Revoking IAM
 * role temporary security credentials"; condition keys aws:TokenIssueTime and aws:userid
 * (ROLE-ID:SESSION-NAME).
 */

#define DENY_POLICY_MAX (2 * RECORD_ROLES_MAX)

struct deny_policy_role {
    char account[13];
    char name[64 + 1]; /* RoleName, without its path */
};

/* What is to be ended: the roles, and the names of the sessions, each without a repetition. */
struct deny_policy {
    char sessions[DENY_POLICY_MAX][64 + 1];
    size_t session_count;
    struct deny_policy_role roles[DENY_POLICY_MAX];
    size_t role_count;
    time_t last;     /* when the last of the credentials ends by itself; 0: not known */
    size_t left_out; /* for want of room, or since it is no ARN of a role's session */
};

/*
 * Adds the credentials that a HELD record tells of: ARN, EXPIRES_AT. One without an ARN adds
 * nothing; one with another than arn:…:assumed-role/ROLE/SESSION, in AWS's characters, is counted
 * in `left_out`: what the policy says must not come to mean somebody else.
 */
void deny_policy_add(struct deny_policy *policy, const struct record *held);

/*
 * Prints the policy as JSON, for sessions issued before `before`. AWS_ROLE_ERR_MEMORY,
 * AWS_ROLE_ERR_SYSTEM (it was not written).
 */
int deny_policy_print(const struct deny_policy *policy, time_t before, FILE *out);

#endif
