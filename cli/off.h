/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_OFF_H
#define AWS_ROLE_CLI_OFF_H

#include "cli/verb.h"

/*
 * aws-role off: takes the variables from the shell that evaluates its output; the session keeps
 * what it holds. VERB_OK, VERB_FAILED, VERB_USAGE.
 */
int off_run(const struct installed *installed, int argc, char **argv);

#endif
