/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_REFRESH_H
#define AWS_ROLE_CLI_REFRESH_H

#include "cli/verb.h"

/*
 * aws-role refresh: has newer credentials obtained, now, for the role of this shell, and gives them
 * to the shell that evaluates its output. VERB_OK, VERB_FAILED, VERB_USAGE, VERB_NO_AGENT.
 */
int refresh_run(const struct installed *installed, int argc, char **argv);

#endif
