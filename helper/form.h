/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_FORM_H
#define AWS_ROLE_HELPER_FORM_H

#include "common/protocol.h"
#include "helper/buffer.h"

/*
 * Bodies of AWS's query protocol: `Name=value` joined by `&`, values percent-encoded by RFC 3986
 * (a blank is %20, never `+`). Lists are `Name.member.N`, N from 1.
 */

/* A NULL or empty value adds nothing. */
void form_add(struct buffer *body, const char *name, const char *value);

/* A number; 0 adds nothing. */
void form_add_number(struct buffer *body, const char *name, uint64_t number);

/* A list field of a record as `Name.member.N` + `suffix` ("" or ".arn"). */
void form_add_list(struct buffer *body, const char *name, const char *suffix,
                   const struct record *record, enum record_field field);

/* A list field of keys and values in turn, as `Name.member.N.Key` and `.Value`. */
void form_add_pairs(struct buffer *body, const char *name, const struct record *record,
                    enum record_field field);

#endif
