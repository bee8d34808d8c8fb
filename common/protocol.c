/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/record_rules.h"

#define HEADER_SIZE 2       /* version, kind */
#define FIELD_HEADER_SIZE 3 /* tag, length */

void
record_start(struct record *record, enum record_kind kind)
{
    const char header[HEADER_SIZE] = {RECORD_VERSION, (char)kind};

    memset(record, 0, sizeof *record);
    record->kind = kind;
    record->failed = secret_set(&record->bytes, header, sizeof header);
}

/* Grows the record by one field header and `size` bytes, which the caller fills in. */
static char *
add_field(struct record *record, enum record_field field, enum field_type type, size_t size)
{
    struct field_rule rule = record_rules_field(field);
    size_t old = record->bytes.size, grown = old + FIELD_HEADER_SIZE + size;
    char *bytes;

    if (record->failed != 0)
        return NULL;
    if (rule.type != type || record->at[field] != 0 || size > rule.size_max ||
        !record_rules_allow(record->kind, field) || grown > RECORD_SIZE_MAX) {
        record->failed = AWS_ROLE_ERR_PROTOCOL;
        return NULL;
    }
    bytes = malloc(grown + 1);
    if (bytes == NULL) {
        record->failed = AWS_ROLE_ERR_MEMORY;
        return NULL;
    }
    memcpy(bytes, record->bytes.data, old);
    bytes[old] = (char)field;
    bytes[old + 1] = (char)(size >> 8);
    bytes[old + 2] = (char)(size & 0xff);
    bytes[grown] = '\0';
    secret_wipe(&record->bytes);
    record->bytes.data = bytes;
    record->bytes.size = grown;
    record->at[field] = (uint16_t)(old + FIELD_HEADER_SIZE);
    record->size[field] = (uint16_t)size;
    return bytes + old + FIELD_HEADER_SIZE;
}

void
record_put_text(struct record *record, enum record_field field, const char *text)
{
    char *value;
    size_t size;

    if (text == NULL || text[0] == '\0')
        return;
    size = strlen(text) + 1;
    value = add_field(record, field, FIELD_TYPE_TEXT, size);
    if (value != NULL)
        memcpy(value, text, size);
}

void
record_put_number(struct record *record, enum record_field field, uint64_t number)
{
    char *value = add_field(record, field, FIELD_TYPE_NUMBER, 8);

    for (int i = 0; value != NULL && i < 8; i++)
        value[i] = (char)(number >> (8 * (7 - i)));
}

void
record_put_secret(struct record *record, enum record_field field, const struct secret *secret)
{
    char *value;

    if (secret->size == 0)
        return;
    value = add_field(record, field, FIELD_TYPE_SECRET, secret->size);
    if (value != NULL)
        memcpy(value, secret->data, secret->size);
}

void
record_put_bytes(struct record *record, enum record_field field, const void *bytes, size_t size)
{
    struct field_rule rule = record_rules_field(field);
    char *value;

    if (size == 0)
        return;
    value = add_field(record, field,
                      rule.type == FIELD_TYPE_LIST ? FIELD_TYPE_LIST : FIELD_TYPE_BYTES, size);
    if (value != NULL)
        memcpy(value, bytes, size);
}

void
record_put_from(struct record *record, enum record_field field, const struct record *from)
{
    char *value;

    if (!record_has(from, field))
        return;
    value = add_field(record, field, record_rules_field(field).type, from->size[field]);
    if (value != NULL)
        memcpy(value, from->bytes.data + from->at[field], from->size[field]);
}

void
record_put_credentials(struct record *record, const struct credentials *credentials)
{
    record_put_text(record, FIELD_ACCESS_KEY_ID, credentials->access_key_id);
    record_put_secret(record, FIELD_SECRET_ACCESS_KEY, &credentials->secret_access_key);
    record_put_secret(record, FIELD_SESSION_TOKEN, &credentials->session_token);
    record_put_text(record, FIELD_ARN, credentials->arn);
    record_put_number(record, FIELD_EXPIRES_AT, (uint64_t)credentials->expires_at);
    record_put_number(record, FIELD_VALID_UNTIL, credentials->valid_until);
    record_put_number(record, FIELD_FRESH_UNTIL, credentials->fresh_until);
}

int
record_has(const struct record *record, enum record_field field)
{
    return (unsigned int)field < RECORD_FIELD_COUNT && record->at[field] != 0;
}

const char *
record_text(const struct record *record, enum record_field field)
{
    if (!record_has(record, field) || record_rules_field(field).type != FIELD_TYPE_TEXT)
        return NULL;
    return record->bytes.data + record->at[field];
}

uint64_t
record_number(const struct record *record, enum record_field field)
{
    const unsigned char *value;
    uint64_t number = 0;

    if (!record_has(record, field) || record_rules_field(field).type != FIELD_TYPE_NUMBER)
        return 0;
    value = (const unsigned char *)record->bytes.data + record->at[field];
    for (int i = 0; i < 8; i++)
        number = number << 8 | value[i];
    return number;
}

const void *
record_bytes(const struct record *record, enum record_field field, size_t *size)
{
    *size = 0;
    if (!record_has(record, field))
        return NULL;
    *size = record->size[field];
    return record->bytes.data + record->at[field];
}

int
record_get_secret(const struct record *record, enum record_field field, struct secret *secret)
{
    size_t size;
    const void *bytes = record_bytes(record, field, &size);

    return secret_set(secret, bytes, size);
}

int
record_get_credentials(const struct record *record, struct credentials *credentials)
{
    const char *id = record_text(record, FIELD_ACCESS_KEY_ID);
    const char *arn = record_text(record, FIELD_ARN);
    int r;

    credentials_wipe(credentials);
    if (id == NULL || !record_has(record, FIELD_SECRET_ACCESS_KEY))
        return AWS_ROLE_ERR_NOT_FOUND;
    r = record_get_secret(record, FIELD_SECRET_ACCESS_KEY, &credentials->secret_access_key);
    if (r == 0)
        r = record_get_secret(record, FIELD_SESSION_TOKEN, &credentials->session_token);
    if (r != 0) {
        credentials_wipe(credentials);
        return r;
    }
    /* The table of fields bounds both texts by the size of these arrays. */
    memcpy(credentials->access_key_id, id, strlen(id) + 1);
    if (arn != NULL)
        memcpy(credentials->arn, arn, strlen(arn) + 1);
    credentials->expires_at = (int64_t)record_number(record, FIELD_EXPIRES_AT);
    credentials->valid_until = record_number(record, FIELD_VALID_UNTIL);
    credentials->fresh_until = record_number(record, FIELD_FRESH_UNTIL);
    return 0;
}

const char *
record_next_string(const struct record *record, enum record_field field, const char *previous)
{
    const char *start, *next;

    if (!record_has(record, field) || record_rules_field(field).type != FIELD_TYPE_LIST)
        return NULL;
    start = record->bytes.data + record->at[field];
    next = previous == NULL ? start : previous + strlen(previous) + 1;
    return next < start + record->size[field] ? next : NULL;
}

/* The rule of a field's own bytes. Text holds more than its NUL: "" is written as no field. */
static int
value_is_good(struct field_rule rule, const char *value, size_t size)
{
    switch (rule.type) {
    case FIELD_TYPE_TEXT:
        return size > 1 && memchr(value, '\0', size) == value + size - 1;
    case FIELD_TYPE_NUMBER:
        return size == 8;
    case FIELD_TYPE_LIST:
        return size > 0 && value[size - 1] == '\0';
    case FIELD_TYPE_SECRET:
    case FIELD_TYPE_BYTES:
        return size > 0;
    case FIELD_TYPE_NONE:
        break;
    }
    return 0;
}

int
record_check(const struct record *record)
{
    if (record->failed != 0)
        return record->failed;
    if (record->bytes.size < HEADER_SIZE || record->bytes.data[0] != RECORD_VERSION ||
        record->kind < 1 || record->kind >= RECORD_KIND_COUNT)
        return AWS_ROLE_ERR_PROTOCOL;
    for (unsigned int field = 1; field < RECORD_FIELD_COUNT; field++) {
        if (record->at[field] == 0) {
            if (record_rules_require(record->kind, field))
                return AWS_ROLE_ERR_PROTOCOL;
        } else if (!record_rules_allow(record->kind, field) ||
                   record->size[field] > record_rules_field(field).size_max ||
                   !value_is_good(record_rules_field(field),
                                  record->bytes.data + record->at[field], record->size[field])) {
            return AWS_ROLE_ERR_PROTOCOL;
        }
    }
    return 0;
}

/* Finds the fields of `record->bytes`, whose header is there. */
static int
find_fields(struct record *record)
{
    const unsigned char *bytes = (const unsigned char *)record->bytes.data;
    size_t at = HEADER_SIZE;

    while (at < record->bytes.size) {
        unsigned int field;
        size_t size;

        if (record->bytes.size - at < FIELD_HEADER_SIZE)
            return AWS_ROLE_ERR_PROTOCOL;
        field = bytes[at];
        size = (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        at += FIELD_HEADER_SIZE;
        if (size == 0 || size > record->bytes.size - at || field == 0 ||
            field >= RECORD_FIELD_COUNT || record->at[field] != 0)
            return AWS_ROLE_ERR_PROTOCOL;
        record->at[field] = (uint16_t)at;
        record->size[field] = (uint16_t)size;
        at += size;
    }
    return 0;
}

int
record_decode(struct record *record, const void *bytes, size_t size)
{
    int r;

    memset(record, 0, sizeof *record);
    if (size < HEADER_SIZE || size > RECORD_SIZE_MAX)
        return AWS_ROLE_ERR_PROTOCOL;
    r = secret_set(&record->bytes, bytes, size);
    if (r != 0)
        return r;
    record->kind = (enum record_kind)(unsigned char)record->bytes.data[1];
    r = find_fields(record);
    if (r == 0)
        r = record_check(record);
    if (r != 0)
        record_wipe(record);
    return r;
}

void
record_wipe(struct record *record)
{
    if (record == NULL)
        return;
    secret_wipe(&record->bytes);
    memset(record, 0, sizeof *record);
}

const char *
record_kind_name(enum record_kind kind)
{
    static const char *const names[RECORD_KIND_COUNT] = {
        [RECORD_WHO] = "WHO",         [RECORD_OPEN] = "OPEN",
        [RECORD_ANSWER] = "ANSWER",   [RECORD_GRANT] = "GRANT",
        [RECORD_NONE] = "NONE",       [RECORD_PENDING] = "PENDING",
        [RECORD_ASK] = "ASK",         [RECORD_OBTAIN] = "OBTAIN",
        [RECORD_STEP] = "STEP",       [RECORD_KEPT] = "KEPT",
        [RECORD_FROM] = "FROM",       [RECORD_DONE] = "DONE",
        [RECORD_FAIL] = "FAIL",       [RECORD_END] = "END",
        [RECORD_ENTRY] = "ENTRY",     [RECORD_ROLE] = "ROLE",
        [RECORD_REFRESH] = "REFRESH", [RECORD_FORGET] = "FORGET",
        [RECORD_GET] = "GET",         [RECORD_ROLES] = "ROLES",
        [RECORD_STATUS] = "STATUS",   [RECORD_LOGIN] = "LOGIN",
        [RECORD_LOGOUT] = "LOGOUT",   [RECORD_ROLE_LIST] = "ROLE_LIST",
        [RECORD_STATE] = "STATE",     [RECORD_HELD] = "HELD",
        [RECORD_PLAN] = "PLAN",       [RECORD_SERVE] = "SERVE",
        [RECORD_CLOSE] = "CLOSE",     [RECORD_BEGUN] = "BEGUN",
    };

    if (kind < 1 || kind >= RECORD_KIND_COUNT)
        return "?";
    return names[kind];
}
