/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_REPLIES_JSON_H
#define AWS_ROLE_HELPER_REPLIES_JSON_H

#include "helper/replies_value.h"

/*
 * Finds the known values of a JSON object. Members that come twice, a depth over
 * REPLIES_DEPTH_MAX, or anything that is no JSON object: AWS_ROLE_ERR_NOT_AWS.
 */
int replies_json_read(const char *body, size_t size, struct replies_values *values);

#endif
