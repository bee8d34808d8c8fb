/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_ROLE_NAME_H
#define AWS_ROLE_COMMON_ROLE_NAME_H

/*
 * 1 for what may be the name of a [role] section: 1 to RECORD_ROLE_NAME_MAX of [A-Za-z0-9._-], and
 * no dash first, since a word of a command that begins so is an option. NULL is none.
 */
int role_name_is_good(const char *name);

#endif
