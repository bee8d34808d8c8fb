/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_CONFIG_CHAIN_H
#define AWS_ROLE_POLICY_CONFIG_CHAIN_H

#include "policy/config.h"

/*
 * The chains that `source_role` makes, of all roles at once, in linear time: each role has at most
 * one base, so a chain is a path that either ends at a source or comes back to itself.
 */
struct config_chain;

/* The steps of a source: where its credentials are, and what an MFA code makes of them. */
#define CONFIG_CHAIN_SOURCE_STEPS 2

/*
 * Follows every chain. Those that are circles, or need more than RECORD_STEPS_MAX steps, are added
 * to `problems`, and so is each value with `%{caller}` of a role whose chain ends in a source that
 * does not name its identity, as `login_session` does: it is not known before AWS is asked.
 * `*chain` is the caller's, to be given to config_chain_free. AWS_ROLE_ERR_MEMORY.
 */
int config_chain_make(const struct config *config, struct problems *problems,
                      struct config_chain **chain);

/* 1 when the role, or what it is taken with, holds `%{group}`. */
int config_chain_uses_group(const struct config_chain *chain, const struct config_section *role);

/* NULL is allowed. */
void config_chain_free(struct config_chain *chain);

#endif
