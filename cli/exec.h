/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_EXEC_H
#define AWS_ROLE_CLI_EXEC_H

#include "cli/verb.h"

/*
 * aws-role exec: becomes a command, with the variables of a role in its environment. It returns
 * only when it cannot: VERB_OK for --help, VERB_FAILED, VERB_USAGE, VERB_NO_AGENT, and as a shell
 * does EXEC_NOT_FOUND or EXEC_NOT_RUN.
 */
int exec_run(const struct installed *installed, int argc, char **argv);

/* POSIX, Shell Command Language, Exit Status for Commands */
#define EXEC_NOT_RUN 126
#define EXEC_NOT_FOUND 127

#endif
