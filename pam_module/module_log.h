/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_MODULE_LOG_H
#define AWS_ROLE_PAM_MODULE_MODULE_LOG_H

#include <security/pam_modules.h>

/*
 * A line of common/log.h as pam_syslog(3) would write it, with the names of application and
 * service. Not by that function, since syslog(3) waits for a log that nobody reads, and a login
 * must not. The pairs are `const char *key, const char *value`, ended by NULL.
 */
void module_log(pam_handle_t *pamh, int priority, const char *sentence, ...)
    __attribute__((sentinel));

/* The same for what happens while somebody authenticates. */
void module_log_auth(pam_handle_t *pamh, int priority, const char *sentence, ...)
    __attribute__((sentinel));

#endif
