/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions that Linux-PAM calls, and nothing else; see pam_aws_role(8). */
#include <security/pam_modules.h>

#include "pam_module/auth_line.h"
#include "pam_module/options.h"
#include "pam_module/session.h"

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    static const struct session_paths paths = {
        .broker = AWS_ROLE_BROKER,
        .rundir = AWS_ROLE_RUNDIR,
    };
    struct options options;

    (void)flags;
    options_parse(pamh, argc, argv, &options);
    return session_open(pamh, &options, &paths);
}

PUBLIC int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags;
    (void)argc;
    (void)argv;
    session_close(pamh);
    return PAM_SUCCESS;
}

/* Never a success: in a stack whose other modules ignore the user, one would be a login. */
PUBLIC int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct options options;

    options_parse(pamh, argc, argv, &options);
    auth_line_ask(pamh, ((unsigned int)flags & PAM_SILENT) != 0, &options, AWS_ROLE_BROKER);
    return PAM_IGNORE;
}

/*
 * Always a success: PAM_IGNORE would break a stack that says [default=done]. Establishing is what
 * opening the session does, in whichever order an application calls the two.
 */
PUBLIC int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct options options;

    if (((unsigned int)flags & PAM_DELETE_CRED) != 0) {
        session_delete(pamh);
    } else if (((unsigned int)flags & (PAM_REINITIALIZE_CRED | PAM_REFRESH_CRED)) != 0) {
        options_parse(pamh, argc, argv, &options);
        session_renew(pamh, &options);
    }
    return PAM_SUCCESS;
}
