/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_RECORD_RULES_H
#define AWS_ROLE_COMMON_RECORD_RULES_H

#include <stddef.h>

#include "common/protocol.h"

/* The rules of common/protocol.h as two tables, for protocol.c alone. */

enum field_type {
    FIELD_TYPE_NONE,
    FIELD_TYPE_TEXT,   /* ends in its only NUL */
    FIELD_TYPE_NUMBER, /* 8 bytes */
    FIELD_TYPE_SECRET, /* any bytes */
    FIELD_TYPE_BYTES,  /* any bytes */
    FIELD_TYPE_LIST,   /* strings, each with its NUL */
};

struct field_rule {
    enum field_type type;
    size_t size_max; /* of the value, the NUL of text included */
};

/* The rule of a field; type NONE for a number that is no field's. */
struct field_rule record_rules_field(unsigned int field);

/* 1 when records of `kind` may carry `field`. */
int record_rules_allow(unsigned int kind, unsigned int field);

/* 1 when records of `kind` must carry `field`. */
int record_rules_require(unsigned int kind, unsigned int field);

#endif
