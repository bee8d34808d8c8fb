/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_KEY_RULES_H
#define AWS_ROLE_COMMON_KEY_RULES_H

#include <stddef.h>

/* What access keys look like, wherever they come from. */

/* AWS STS API reference: 16 to 128 of [A-Za-z0-9_]. */
int key_rules_id(const char *text, size_t size);

/* Secret keys and session tokens: 1 to `size_max` bytes of printable ASCII without blanks. */
int key_rules_secret(const char *text, size_t size, size_t size_max);

#endif
