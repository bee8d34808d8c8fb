/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_RENEWAL_H
#define AWS_ROLE_PAM_MODULE_RENEWAL_H

#include <security/pam_modules.h>

#include "common/protocol.h"

/*
 * When the variables of a handle's session are to be fetched anew, for pam_setcred(3): kept in the
 * handle beside the lifeline. A handle on which no session was opened has none.
 */

/*
 * Remembers for whom and for which service a session was opened, which variables it was given
 * (pam_module/environment.h), and when those are due: REFRESH_AT of `reply`; without one, already.
 * PAM_SUCCESS or PAM_SESSION_ERR.
 */
int renewal_remember(pam_handle_t *pamh, const struct record *reply, unsigned int exported);

/* The variables that are remembered; 0 without a session. */
unsigned int renewal_exported(pam_handle_t *pamh);

/*
 * 1 when the handle's session is still the one that was opened, for the same user and service, its
 * variables are due, and nobody has asked for ten seconds. Counts as having asked.
 */
int renewal_is_due(pam_handle_t *pamh);

/* Asks the agent at `socket` for what the session may have now; AWS_ROLE_ERR_* of protocol.h. */
int renewal_ask(const char *socket, deadline_t until, struct record *answer);

/* Forgets what renewal_remember kept, if anything. */
void renewal_drop(pam_handle_t *pamh);

#endif
