/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_PEOPLE_H
#define AWS_ROLE_CLI_CHECK_PEOPLE_H

#include "cli/check.h"
#include "policy/expand.h"
#include "policy/mapping.h"

/*
 * Shows what each [user] and [group] section gives: whose it is, each role, its ARN and the steps
 * to it. A group is shown once, with the members that its entry in the group database lists.
 */
void check_people(struct check *check);

/* Shows the plan of each role of a mapping; one that cannot be made is a problem. */
void check_people_plans(struct check *check, const struct mapping *mapping,
                        const struct session_context *context);

#endif
