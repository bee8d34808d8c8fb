/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_PAM_H
#define AWS_ROLE_CLI_CHECK_PAM_H

#include "cli/check.h"

/*
 * A line of PAM's of type session names the module, which is what gives a login a role; none is a
 * note. Of each line that names it, whatever for: its first word is a type, it has a control, and
 * PAM finds what it names: a path, or a file of its own folder, which is where pam_unix.so is
 * (pam.d(5)).
 */
void check_pam(struct check *check);

#endif
