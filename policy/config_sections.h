/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_CONFIG_SECTIONS_H
#define AWS_ROLE_POLICY_CONFIG_SECTIONS_H

#include "policy/config.h"

/* From the files of a configuration to its sections and entries, each checked by itself. */

/*
 * Parses `config->files` into sections and entries and sorts `by_name`. What is wrong with a line
 * by itself, and what is there twice, is added to `problems`; the others are there nevertheless.
 * AWS_ROLE_ERR_SYNTAX, AWS_ROLE_ERR_CONFIG, AWS_ROLE_ERR_MEMORY.
 */
int config_sections_parse(struct config *config, struct problems *problems);

#endif
