/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_CONFIG_H
#define AWS_ROLE_CLI_CHECK_CONFIG_H

#include "cli/check.h"

/*
 * Loads the configuration into `check->config` as the broker does, or with `check->content` in its
 * place, and tells its problems. Where a part may not be read by whoever runs this, that is a note
 * and nothing is loaded: names in the other parts could not be judged.
 */
void check_config(struct check *check);

#endif
