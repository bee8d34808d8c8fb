/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_CONFIG_CHECK_H
#define AWS_ROLE_POLICY_CONFIG_CHECK_H

#include "policy/config.h"

/*
 * Checks what the sections say together, once each is parsed: names that have to be there, chains,
 * keys that exclude or need each other. Adds to `problems`. AWS_ROLE_ERR_CONFIG when there was
 * something to add, AWS_ROLE_ERR_MEMORY.
 */
int config_check(const struct config *config, struct problems *problems);

#endif
