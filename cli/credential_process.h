/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CREDENTIAL_PROCESS_H
#define AWS_ROLE_CLI_CREDENTIAL_PROCESS_H

#include "cli/verb.h"

/*
 * aws-role credential-process: what AWS SDKs read from a `credential_process` (AWS SDKs and Tools
 * Reference Guide, "Process credential provider"): one object of JSON, for one role. It asks
 * nobody and takes a few seconds at most. VERB_OK, VERB_FAILED, VERB_USAGE, VERB_NO_AGENT.
 */
int credential_process_run(const struct installed *installed, int argc, char **argv);

#endif
