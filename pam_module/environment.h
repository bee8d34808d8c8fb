/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_ENVIRONMENT_H
#define AWS_ROLE_PAM_MODULE_ENVIRONMENT_H

#include <security/pam_modules.h>

#include "common/protocol.h"

/*
 * Puts what a GRANT gives into the PAM environment, under names from our own table; see
 * pam_aws_role(8), ENVIRONMENT. A reply that breaks a rule is dropped whole: keys and endpoint
 * together or neither complete, a value with anything but printable ASCII or longer than its cap, a
 * time outside the years 1970 to 9999. PAM_SESSION_ERR then, with nothing left in the environment.
 */
int environment_export(pam_handle_t *pamh, const struct record *grant);

/*
 * For a session that has to wait: the socket's variable, and a refresh time in the past, so that
 * whoever looks asks again. PAM_SUCCESS or PAM_SESSION_ERR.
 */
int environment_export_pending(pam_handle_t *pamh, const char *socket);

#endif
