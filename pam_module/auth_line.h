/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_AUTH_LINE_H
#define AWS_ROLE_PAM_MODULE_AUTH_LINE_H

#include <security/pam_modules.h>

#include "pam_module/options.h"

/*
 * pam_sm_authenticate: where the role of PAM_USER waits for an MFA code, asks for it, three times
 * at most, and has a broker of its own (broker/auth_line.h) spend it at once, so that the session
 * that is opened next finds the result in the cache. Waits for the broker options->timeout seconds
 * before the question and after each answer, and for the person as long as the application does.
 * `silent`: PAM_SILENT, nothing but the question is shown.
 *
 * Says nothing of how it went, since nothing may follow from it for the login. The broker and its
 * socket are gone on return, whatever happens.
 */
void auth_line_ask(pam_handle_t *pamh, int silent, const struct options *options,
                   const char *broker);

#endif
