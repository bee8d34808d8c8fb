/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_LIVE_H
#define AWS_ROLE_CLI_CHECK_LIVE_H

#include "cli/check.h"

/*
 * Tries whether an ordinary user gets through to the metadata services of EC2, ECS and EKS: the
 * broker's --probe (broker/errand.h), as `nobody` when root calls, else as whoever calls. Each
 * address that answers is a problem, unless the one who tried is named in
 * `check->installed->metadata_users`, which is a note. All are tried at once: a second at most.
 */
void check_live(struct check *check);

/* Notes, for root, that only --live tells this, where a source is the metadata service. */
void check_live_hint(struct check *check);

#endif
