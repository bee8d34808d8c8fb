/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/form.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Names are our own, short, and need no encoding. */
#define NAME_MAX_SIZE 64

static void
add_pair(struct buffer *body, const char *name, const char *value)
{
    if (body->size > 0)
        buffer_text(body, "&");
    buffer_text(body, name);
    buffer_text(body, "=");
    buffer_uri(body, value, strlen(value), "");
}

void
form_add(struct buffer *body, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        add_pair(body, name, value);
}

void
form_add_number(struct buffer *body, const char *name, uint64_t number)
{
    char digits[24];

    if (number == 0)
        return;
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    add_pair(body, name, digits);
}

void
form_add_list(struct buffer *body, const char *name, const char *suffix,
              const struct record *record, enum record_field field)
{
    const char *value = NULL;

    for (unsigned int n = 1; (value = record_next_string(record, field, value)) != NULL; n++) {
        char member[NAME_MAX_SIZE];

        snprintf(member, sizeof member, "%s.member.%u%s", name, n, suffix);
        add_pair(body, member, value);
    }
}

void
form_add_pairs(struct buffer *body, const char *name, const struct record *record,
               enum record_field field)
{
    const char *key = record_next_string(record, field, NULL);

    for (unsigned int n = 1; key != NULL; n++) {
        const char *value = record_next_string(record, field, key);
        char member[NAME_MAX_SIZE];

        snprintf(member, sizeof member, "%s.member.%u.Key", name, n);
        add_pair(body, member, key);
        snprintf(member, sizeof member, "%s.member.%u.Value", name, n);
        add_pair(body, member, value == NULL ? "" : value);
        key = value == NULL ? NULL : record_next_string(record, field, value);
    }
}
