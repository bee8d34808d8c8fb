/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_SESSION_H
#define AWS_ROLE_PAM_MODULE_SESSION_H

#include <security/pam_modules.h>

#include "pam_module/options.h"

/* Where the module finds what it needs; only public.c knows the installed places. */
struct session_paths {
    const char *broker; /* the program */
    const char *rundir; /* the folder whose UID folders hold the sockets */
};

/*
 * One login: asks a new broker for the person's role and exports what it grants. Returns within
 * options->timeout seconds. PAM_SUCCESS (granted, or to come later), PAM_IGNORE (nobody gives this
 * person a role), PAM_SESSION_ERR (logged).
 */
int session_open(pam_handle_t *pamh, const struct options *options,
                 const struct session_paths *paths);

/*
 * pam_setcred(3), PAM_REINITIALIZE_CRED and PAM_REFRESH_CRED: exports newer credentials of the
 * session that was opened on this handle, as its agent gives them, when those it has are due. Does
 * nothing on a handle that opened none, or that has another user or service by now. Waits for two
 * seconds at most; a failure is logged, and the variables stay.
 */
void session_renew(pam_handle_t *pamh, const struct options *options);

/*
 * PAM_DELETE_CRED: the variables go, and the session's processes end, with all that they hold. Does
 * nothing on a handle that opened no session.
 */
void session_delete(pam_handle_t *pamh);

/* Ends what session_open began on this handle, if anything. */
void session_close(pam_handle_t *pamh);

#endif
