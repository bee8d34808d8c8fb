/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_JSON_OUT_H
#define AWS_ROLE_HELPER_JSON_OUT_H

#include <jansson.h>

#include "helper/buffer.h"

/* JSON that goes out, in memory that is wiped. */

/* To be called before the first value is made. */
void json_out_begin(void);

/*
 * Adds the value without needless blanks, and ends it (json_decref). NULL, what jansson gives when
 * a value cannot be made, is a failure of the buffer.
 */
void json_out_add(struct buffer *text, json_t *value);

#endif
