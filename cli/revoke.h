/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_REVOKE_H
#define AWS_ROLE_CLI_REVOKE_H

#include "cli/verb.h"

/*
 * aws-role revoke USER: ends what a person has of this host's roles. Their sessions' brokers, stubs
 * and agents are killed, what those left in the run time folder is removed, the person's part of
 * the cache is wiped, each role is told in the log. What is out already is valid at AWS until it
 * ends: the policy that denies it is printed on standard output, and what to do with it on
 * standard error. For root. VERB_OK, VERB_FAILED (also when nothing is known that could be out),
 * VERB_USAGE.
 */
int revoke_run(const struct installed *installed, int argc, char **argv);

#endif
