/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_PERSON_H
#define AWS_ROLE_CLI_CHECK_PERSON_H

#include "cli/check.h"

/*
 * Shows how `check->user` is mapped: the section that decides, those that do not and why, and the
 * person's plans. A user whom this host does not know is a problem; one without a role is none.
 */
void check_person(struct check *check);

#endif
