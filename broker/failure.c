/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"

#define REFUSED_MS 30000
#define UNREACHABLE_MS 5000

void
failure_set(struct failure *failure, int error, const char *format, ...)
{
    va_list arguments;

    memset(failure, 0, sizeof *failure);
    failure->error = error;
    va_start(arguments, format);
    vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
}

static void
take_text(const struct record *record, enum record_field field, char *text, size_t size)
{
    const char *value = record_text(record, field);

    snprintf(text, size, "%s", value == NULL ? "" : value);
}

void
failure_from_record(struct failure *failure, const struct record *record)
{
    uint64_t class = record_number(record, FIELD_CLASS);
    int error = class <= 1000 ? -(int)class : AWS_ROLE_ERR_PROTOCOL;

    memset(failure, 0, sizeof *failure);
    failure->error = error_is_known(error) ? error : AWS_ROLE_ERR_PROTOCOL;
    take_text(record, FIELD_TEXT, failure->text, sizeof failure->text);
    take_text(record, FIELD_CODE, failure->code, sizeof failure->code);
    take_text(record, FIELD_REQUEST_ID, failure->request_id, sizeof failure->request_id);
}

void
failure_put(const struct failure *failure, struct record *record)
{
    record_put_number(record, FIELD_CLASS, (uint64_t)-failure->error);
    record_put_text(record, FIELD_TEXT,
                    failure->text[0] == '\0' ? error_text(failure->error) : failure->text);
    record_put_text(record, FIELD_CODE, failure->code);
    record_put_text(record, FIELD_REQUEST_ID, failure->request_id);
}

unsigned int
failure_remember_ms(const struct failure *failure)
{
    switch (failure->error) {
    case AWS_ROLE_ERR_DENIED:
    case AWS_ROLE_ERR_REFUSED:
        return REFUSED_MS;
    case AWS_ROLE_ERR_RETRY:
    case AWS_ROLE_ERR_SKEW:
    case AWS_ROLE_ERR_UNREACHABLE:
    case AWS_ROLE_ERR_NOT_AWS:
        return UNREACHABLE_MS;
    default:
        return 0;
    }
}
