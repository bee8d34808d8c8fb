/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_ROLES_H
#define AWS_ROLE_CLI_ROLES_H

#include "cli/verb.h"

/*
 * aws-role roles: the roles that the person may take, one a line; nothing but names where that is
 * no terminal, since shells complete words with them. VERB_OK, VERB_FAILED, VERB_USAGE,
 * VERB_NO_AGENT.
 */
int roles_run(const struct installed *installed, int argc, char **argv);

#endif
