/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_INSTANCE_METADATA_H
#define AWS_ROLE_HELPER_STEPS_INSTANCE_METADATA_H

#include "helper/steps/step.h"

/* The EC2 metadata service's addresses (Amazon EC2 User Guide, "Access instance metadata"). */
#define INSTANCE_METADATA_IPV4 "http://169.254.169.254"
#define INSTANCE_METADATA_IPV6 "http://[fd00:ec2::254]"

/*
 * The credentials of the role in this instance's profile, by IMDSv2: a session token is asked for
 * with PUT, and without one nothing is. Version 1, which needs none, is never used. The endpoints
 * of the context are tried in order until one answers.
 */
step_run instance_metadata_run;

/*
 * The region this instance is in, into `region` (REGION_NAME_MAX + 1 bytes). Errors as
 * instance_metadata_run; AWS_ROLE_ERR_NOT_AWS for an answer that is no region.
 */
int instance_metadata_region(struct step_context *context, char *region, struct failure *why);

#endif
