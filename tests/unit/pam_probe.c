/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PAM module that runs a function of the test program inside pam_sm_open_session: libpam gives
 * module data (pam_set_data(3)) to modules only.
 */
#include <dlfcn.h>
#include <security/pam_modules.h>
#include <stddef.h>

__attribute__((visibility("default"))) int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    void (*run)(pam_handle_t *pamh);

    (void)flags;
    (void)argc;
    (void)argv;
    *(void **)&run = dlsym(RTLD_DEFAULT, "pam_probe_run");
    if (run == NULL)
        return PAM_SESSION_ERR;
    run(pamh);
    return PAM_SUCCESS;
}
