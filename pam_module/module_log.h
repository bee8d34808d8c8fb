/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_MODULE_LOG_H
#define AWS_ROLE_PAM_MODULE_MODULE_LOG_H

#include <security/pam_modules.h>

/*
 * A line of common/log.h through pam_syslog(3), which names the application and the service. The
 * pairs are `const char *key, const char *value`, ended by NULL.
 */
void module_log(pam_handle_t *pamh, int priority, const char *sentence, ...)
    __attribute__((sentinel));

#endif
