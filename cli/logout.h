/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_LOGOUT_H
#define AWS_ROLE_CLI_LOGOUT_H

#include "cli/verb.h"

/*
 * aws-role logout: has the agent and the broker forget all that the session holds, and takes the
 * variables from the shell that evaluates its output. VERB_OK, VERB_FAILED, VERB_USAGE,
 * VERB_NO_AGENT.
 */
int logout_run(const struct installed *installed, int argc, char **argv);

#endif
