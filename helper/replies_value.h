/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_REPLIES_VALUE_H
#define AWS_ROLE_HELPER_REPLIES_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "common/secret.h"

/*
 * What helper/replies_json.c and helper/replies_xml.c find in an answer, for helper/replies.c: the
 * values that somebody asks for, each by its path in the document. A path is written
 * `Outer/Inner/Name`; an outermost `…Response` and a `…Result` behind it are left out of it, as
 * some servers leave them out of their answers.
 */

#define REPLIES_PATH_MAX 256
#define REPLIES_DEPTH_MAX 16

enum replies_field {
    REPLIES_KEY_ID,
    REPLIES_SECRET,
    REPLIES_TOKEN,
    REPLIES_EXPIRATION,
    REPLIES_ARN,
    REPLIES_CODE,
    REPLIES_MESSAGE,
    REPLIES_REQUEST_ID,
    REPLIES_REFRESH_TOKEN,
    REPLIES_ID_TOKEN,
    REPLIES_SUBJECT,
    REPLIES_FIELD_COUNT
};

struct replies_values {
    struct secret text[REPLIES_FIELD_COUNT];
    int64_t expires_at;  /* Expiration where it was a number; 0: it was not */
    int64_t expires_in;  /* expiresIn; 0: there was none */
    char action[64 + 1]; /* what stood before `Result`; "" when nothing did */
};

/* Keeps a value when its path is one of the known ones. AWS_ROLE_ERR_NOT_AWS when it is there
 * already, AWS_ROLE_ERR_MEMORY. */
int replies_value_take(struct replies_values *values, const char *path, const char *text,
                       size_t size);

/* The same for a number; only Expiration and expiresIn are numbers. */
int replies_value_take_number(struct replies_values *values, const char *path, double number);

void replies_value_wipe(struct replies_values *values);

#endif
