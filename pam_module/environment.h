/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_ENVIRONMENT_H
#define AWS_ROLE_PAM_MODULE_ENVIRONMENT_H

#include <security/pam_modules.h>

#include "common/protocol.h"

/*
 * Puts what a GRANT gives into the PAM environment, under names from our own table; see
 * pam_aws_role(8), ENVIRONMENT. A reply that breaks a rule is dropped whole: keys and endpoint
 * together or neither complete, a value with anything but printable ASCII or longer than its cap, a
 * time outside the years 1970 to 9999. PAM_SESSION_ERR then, with nothing of it left in the
 * environment.
 *
 * Keys and token of a caller that the application itself holds in its environment, and may hand on,
 * are covered by empty ones where the session has none: two people's are never mixed, and beside an
 * endpoint every SDK would take keys first.
 *
 * `*exported` says which variables are ours, a bit for each; it begins as 0, and is kept for what
 * changes or removes them later.
 */
int environment_export(pam_handle_t *pamh, const struct record *grant, unsigned int *exported);

/*
 * environment_export of newer credentials for a session that has variables of ours. The region is
 * set only when the session has had no credentials before, and stays what it is otherwise.
 */
int environment_renew(pam_handle_t *pamh, const struct record *grant, unsigned int *exported);

/*
 * Removes the variables that `exported` says are ours, and no other: pam_env(8) and the like may
 * have set some of the same names. libpam wipes the memory of each. `*exported` is 0 then.
 */
void environment_delete(pam_handle_t *pamh, unsigned int *exported);

/*
 * For a session that has to wait: the socket's variable, a refresh time in the past, so that
 * whoever looks asks again, and the endpoint's two where `reply` has them. A caller's are covered
 * as above. PAM_SUCCESS or PAM_SESSION_ERR.
 */
int environment_export_pending(pam_handle_t *pamh, const struct record *reply,
                               const char *socket, unsigned int *exported);

#endif
