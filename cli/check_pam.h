/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_PAM_H
#define AWS_ROLE_CLI_CHECK_PAM_H

#include "cli/check.h"

/*
 * A line of PAM's names the module, and PAM finds what the line names: a path, or a file of its own
 * folder, which is where pam_unix.so is (pam.d(5)). No line at all is a note.
 */
void check_pam(struct check *check);

#endif
