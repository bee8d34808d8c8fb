/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_STATUS_ALL_H
#define AWS_ROLE_CLI_STATUS_ALL_H

#include "cli/verb.h"

/*
 * aws-role status --all: who holds which role until when on this host, a line or an object of JSON
 * for each role of each session. For root, who alone may read it. VERB_OK or VERB_FAILED.
 */
int status_all_run(const struct installed *installed, int json);

#endif
