/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SWITCH_H
#define AWS_ROLE_CLI_SWITCH_H

#include "cli/verb.h"

/*
 * aws-role switch ROLE: gives the shell that evaluates its output another role of the person's. The
 * session's own stays. Without credentials for it the shell is left as it is. VERB_OK, VERB_FAILED,
 * VERB_USAGE, VERB_NO_AGENT.
 */
int switch_run(const struct installed *installed, int argc, char **argv);

#endif
