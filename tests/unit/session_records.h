/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_SESSION_RECORDS_H
#define AWS_ROLE_TESTS_UNIT_SESSION_RECORDS_H

#include <stdint.h>

#include "common/protocol.h"

/* What a broker says to an agent, for tests that play the broker. The caller wipes the record. */

/*
 * GRANT of `role` (and `roles`, a list of `size` bytes, if not NULL): credentials whose key id is
 * `id`, made `age` seconds ago to live `lifetime` seconds (0: for ever).
 */
void session_records_grant(struct record *record, const char *role, const char *roles, size_t size,
                           const char *id, int64_t lifetime, int64_t age);

/* NONE or PENDING; `role` and `why` may be NULL. */
void session_records_refusal(struct record *record, enum record_kind kind, const char *role,
                             const char *why);

#endif
