/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_ENV_H
#define AWS_ROLE_CLI_ENV_H

#include "cli/verb.h"

/*
 * aws-role env: prints what sets the session's variables for a role. Nothing but that is printed,
 * and nothing at all on failure, but for a shell's prompt (--hook): that always gets code, and
 * within a second. VERB_OK, VERB_FAILED, VERB_USAGE, VERB_NO_AGENT.
 */
int env_run(const struct installed *installed, int argc, char **argv);

#endif
