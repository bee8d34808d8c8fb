/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ENTITLEMENT_H
#define AWS_ROLE_BROKER_ENTITLEMENT_H

#include "broker/session.h"

/*
 * Whether the configuration gives a session's person any role, asked once before it is served where
 * no login waits for the answer. Nothing is asked of AWS. The child that looks has 30 seconds, and
 * ends with the session.
 *
 * AWS_ROLE_ERR_UNMAPPED: it gives none, and `why` (RECORD_TEXT_MAX bytes) says so. 0: it gives one,
 * or that cannot be told now: a configuration that does not load may do so later.
 */
int entitlement_check(const struct session *session, char *why);

#endif
