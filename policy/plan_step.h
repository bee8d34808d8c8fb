/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_PLAN_STEP_H
#define AWS_ROLE_POLICY_PLAN_STEP_H

#include "common/protocol.h"
#include "policy/config.h"
#include "policy/expand.h"

/*
 * From a section to the step that it stands for. Each starts `step`, puts its fields in one fixed
 * order and returns 0, or what plan_make returns with the words in `why` (PLAN_WHY_MAX bytes); the
 * step is to be wiped either way.
 */

int plan_step_source(const struct config *config, const struct config_section *source,
                     const struct session_context *context, struct record *step, char *why);

/*
 * The step that turns an IAM user's keys into credentials that have seen MFA: asked for once, it is
 * for all roles that a person takes with this source, so nothing of a role is in it. The device is
 * the source's own, else `serial`, which its profile has; where that is "", too, the record stays
 * empty: bytes.size 0.
 */
int plan_step_session_token(const struct config *config, const struct config_section *source,
                            const struct session_context *context, const char *serial,
                            struct record *step, char *why);

int plan_step_role(const struct config *config, const struct config_section *role,
                   const struct session_context *context, struct record *step, char *why);

#endif
