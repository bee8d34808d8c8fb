/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_REQUEST_H
#define AWS_ROLE_PAM_MODULE_REQUEST_H

#include <security/pam_modules.h>

#include "common/protocol.h"

/* The broker answers this much earlier than the module gives up, so that its reason arrives. */
#define REQUEST_MARGIN_MS 250

/*
 * What PAM knows of this login, as the two records that ask for its role. An item that is absent or
 * longer than its field is left out: a value is never cut, since a cut name may be somebody else's.
 * PAM_ABORT when there is no usable PAM_USER, which is logged. The caller wipes both records.
 */
int request_make(pam_handle_t *pamh, const char *config, deadline_t reply_by, struct record *who,
                 struct record *open);

/* Sends both to the broker and waits for its reply; AWS_ROLE_ERR_* of common/protocol.h. */
int request_ask(int fd, const struct record *who, const struct record *open, deadline_t until,
                struct record *reply);

#endif
