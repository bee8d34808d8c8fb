/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_ASSUME_ROLE_H
#define AWS_ROLE_HELPER_STEPS_ASSUME_ROLE_H

#include "helper/steps/step.h"

/*
 * The credentials of ROLE_ARN, for those before it. A role without a region that is assumed by
 * the instance's own asks the STS of the instance's region.
 */
step_run assume_role_run;

#endif
