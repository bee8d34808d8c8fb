/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_STATIC_KEYS_H
#define AWS_ROLE_HELPER_STEPS_STATIC_KEYS_H

#include "helper/steps/step.h"

/* The keys of PROFILE in CREDENTIALS_FILE. No network. */
step_run static_keys_run;

#endif
