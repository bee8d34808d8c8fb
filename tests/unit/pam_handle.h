/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_PAM_HANDLE_H
#define AWS_ROLE_TESTS_UNIT_PAM_HANDLE_H

#include <security/pam_appl.h>

/* A real PAM handle for `user`, whose conversation always fails. pam_end(3) ends it. */
pam_handle_t *pam_handle_start(const char *user);

/* The same for the stack `service` in the folder `confdir` (pam_start_confdir(3)). */
pam_handle_t *pam_handle_start_in(const char *confdir, const char *service, const char *user);

#endif
