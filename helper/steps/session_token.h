/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_SESSION_TOKEN_H
#define AWS_ROLE_HELPER_STEPS_SESSION_TOKEN_H

#include "helper/steps/step.h"

/*
 * Credentials that have seen MFA, for an IAM user's keys before it: STS GetSessionToken with the
 * code that a person read from MFA_SERIAL. Without one it asks. What does not look like a code, six
 * digits, is not sent and spends no attempt at AWS: AWS_ROLE_ERR_ANSWER.
 */
step_run session_token_run;

#endif
