/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_PROFILES_H
#define AWS_ROLE_CLI_PROFILES_H

#include "cli/verb.h"

/*
 * aws-role profiles: profiles for ~/.aws/config that get their credentials from `aws-role
 * credential-process`, one for each role of the person's and [default]: for programs that run
 * without the session's variables. They are printed, or merged into the file (--write), of which
 * all that this verb has not written stays as it is; a profile of the person's own of the same
 * name is left alone. VERB_OK, VERB_FAILED, VERB_USAGE, VERB_NO_AGENT.
 */
int profiles_run(const struct installed *installed, int argc, char **argv);

#endif
