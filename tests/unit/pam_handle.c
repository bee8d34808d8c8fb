/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/pam_handle.h"

#include <stdio.h>
#include <stdlib.h>

static int
refuse_conversation(int count, const struct pam_message **messages, struct pam_response **replies,
                    void *data)
{
    (void)count;
    (void)messages;
    (void)replies;
    (void)data;
    return PAM_CONV_ERR;
}

static const struct pam_conv conversation = {refuse_conversation, NULL};

static pam_handle_t *
require(int r, pam_handle_t *pamh)
{
    if (r != PAM_SUCCESS) {
        fputs("a PAM handle cannot be made\n", stderr);
        exit(1);
    }
    return pamh;
}

pam_handle_t *
pam_handle_start(const char *user)
{
    pam_handle_t *pamh = NULL;
    int r = pam_start("aws-role-test", user, &conversation, &pamh);

    return require(r, pamh);
}

pam_handle_t *
pam_handle_start_in(const char *confdir, const char *service, const char *user)
{
    pam_handle_t *pamh = NULL;
    int r = pam_start_confdir(service, user, &conversation, confdir, &pamh);

    return require(r, pamh);
}
