/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_LOGIN_H
#define AWS_ROLE_CLI_LOGIN_H

#include "cli/verb.h"

/*
 * aws-role login: has credentials obtained where there are none, and gives them to the shell that
 * evaluates its output. VERB_OK, VERB_FAILED, VERB_USAGE, VERB_NO_AGENT.
 */
int login_run(const struct installed *installed, int argc, char **argv);

#endif
