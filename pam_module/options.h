/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_OPTIONS_H
#define AWS_ROLE_PAM_MODULE_OPTIONS_H

#include <security/pam_modules.h>

/* The words behind pam_aws_role.so on its line; see pam_aws_role(8), OPTIONS. */
struct options {
    const char *config;   /* config=PATH, lying in argv; NULL: the installed one */
    unsigned int timeout; /* timeout=SECONDS, how long the login may wait for us */
    int debug;
};

#define OPTIONS_TIMEOUT_DEFAULT 5
#define OPTIONS_TIMEOUT_MAX 60

/* Reads the words; one that is unknown or wrong is logged and ignored, so the line always works. */
void options_parse(pam_handle_t *pamh, int argc, const char **argv, struct options *options);

#endif
