/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_AWS_NAME_H
#define AWS_ROLE_COMMON_AWS_NAME_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Names of this host (users, terminals, hosts) as AWS accepts them, without making one name of two.
 * The bytes [A-Za-z0-9_+,.@-] stay; every other byte, `=` included, becomes `=XX`, two upper-case
 * hexadecimal digits.
 */

/* AWS STS API reference, RoleSessionName and SourceIdentity: 2 to 64 of [\w+=,.@-]. */
#define AWS_NAME_MIN 2
#define AWS_NAME_MAX 64

/*
 * Encodes `value` into `name`. AWS_ROLE_ERR_TOO_BIG when `size` bytes do not hold it and its NUL.
 */
int aws_name_encode(const char *value, char *name, size_t size);

/*
 * Makes an encoded name 2 to 64 bytes long: one that is too short gets, and one that is too long is
 * cut and gets, `==` and the uid in decimal digits. No encoding makes `==`, so the result differs
 * from every other person's. `name` has room for AWS_NAME_MAX + 1 bytes and may be `value`.
 */
void aws_name_fit(const char *value, uid_t uid, char *name);

#endif
