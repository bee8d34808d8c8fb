/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_RANDOM_H
#define AWS_ROLE_HELPER_RANDOM_H

#include <stddef.h>

/* What nobody can guess, in the forms that protocols want it; of getrandom(2). */

#define RANDOM_UUID_SIZE 37

/* RFC 9562, version 4, with its NUL. AWS_ROLE_ERR_SYSTEM. */
int random_uuid(char uuid[RANDOM_UUID_SIZE]);

/*
 * `length` letters, digits, `-` and `_` with a NUL behind them, six random bits each.
 * AWS_ROLE_ERR_SYSTEM.
 */
int random_text(char *text, size_t length);

#endif
