/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_DENY_POLICY_H
#define AWS_ROLE_CLI_DENY_POLICY_H

#include <stdio.h>
#include <time.h>

#include "common/protocol.h"

/*
 * The IAM policy that ends credentials which are out: it denies everything to sessions of a person
 * that were issued before a moment. IAM User Guide, "Revoking IAM role temporary security
 * credentials"; condition keys aws:TokenIssueTime and aws:userid (ROLE-ID:SESSION-NAME).
 */

#define DENY_POLICY_NAMES_MAX RECORD_ROLES_MAX

/* Whom it is about: names of sessions at AWS, RoleSessionName, without a repetition. */
struct deny_policy {
    char names[DENY_POLICY_NAMES_MAX][64 + 1];
    size_t count;
    size_t left_out; /* names for which there was no room */
};

/* Adds a name, "" and one that is there already aside. */
void deny_policy_add(struct deny_policy *policy, const char *name);

/*
 * Prints the policy as JSON, for sessions issued before `before`. AWS_ROLE_ERR_MEMORY,
 * AWS_ROLE_ERR_SYSTEM (it was not written).
 */
int deny_policy_print(const struct deny_policy *policy, time_t before, FILE *out);

#endif
