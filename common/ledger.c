/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/ledger.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"

#define SLOT_SIZE 8192
#define NUMBER_MAX 24
#define TIME_MAX 32

struct slot {
    uint32_t size; /* of the record; 0: the slot is empty */
    char bytes[SLOT_SIZE - sizeof(uint32_t)];
};

int
ledger_write(int ledger, size_t slot, const struct record *held)
{
    struct slot content = {0};
    size_t size = sizeof content.size;
    int r = held == NULL ? 0 : record_check(held);

    if (r != 0)
        return r;
    if (slot >= LEDGER_SLOTS_MAX || (held != NULL && held->bytes.size > sizeof content.bytes))
        return AWS_ROLE_ERR_TOO_BIG;
    if (held != NULL) {
        content.size = (uint32_t)held->bytes.size;
        memcpy(content.bytes, held->bytes.data, held->bytes.size);
        size += held->bytes.size;
    }
    /* In one call, so that who reads meanwhile sees the old one or the new one. */
    errno = 0;
    return pwrite(ledger, &content, size, (off_t)(slot * SLOT_SIZE)) == (ssize_t)size
               ? 0
               : AWS_ROLE_ERR_SYSTEM;
}

int
ledger_read(int ledger, size_t slot, struct record *held)
{
    struct slot content = {0};
    ssize_t n = pread(ledger, &content, sizeof content, (off_t)(slot * SLOT_SIZE));
    int r;

    memset(held, 0, sizeof *held);
    if (n < (ssize_t)sizeof content.size || content.size == 0)
        return AWS_ROLE_ERR_NOT_FOUND;
    if (content.size > (size_t)n - sizeof content.size)
        return AWS_ROLE_ERR_PROTOCOL;
    r = record_decode(held, content.bytes, content.size);
    if (r == 0 && held->kind != RECORD_HELD) {
        record_wipe(held);
        r = AWS_ROLE_ERR_PROTOCOL;
    }
    return r;
}

/* A number field as text; NULL without one. */
static const char *
number_text(const struct record *held, enum record_field field, char text[NUMBER_MAX])
{
    if (!record_has(held, field))
        return NULL;
    snprintf(text, NUMBER_MAX, "%llu", (unsigned long long)record_number(held, field));
    return text;
}

/* When the credentials end, as AWS writes it; NULL when they do not. */
static const char *
expiry_text(const struct record *held, char text[TIME_MAX])
{
    time_t end = (time_t)record_number(held, FIELD_EXPIRES_AT);
    struct tm utc;

    if (end == 0 || gmtime_r(&end, &utc) == NULL ||
        strftime(text, TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return NULL;
    return text;
}

int
ledger_lock(int ledger)
{
    return flock(ledger, LOCK_EX | LOCK_NB) == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
}

int
ledger_is_locked(int ledger)
{
    if (flock(ledger, LOCK_SH | LOCK_NB) != 0)
        return errno == EWOULDBLOCK;
    (void)flock(ledger, LOCK_UN);
    return 0;
}

const char *
ledger_session_name(const struct record *held)
{
    const char *arn = record_text(held, FIELD_ARN);
    const char *slash = arn == NULL ? NULL : strrchr(arn, '/');

    return slash == NULL || strstr(arn, ":assumed-role/") == NULL ? NULL : slash + 1;
}

void
ledger_log(int priority, const char *sentence, const struct record *held, const char *reason,
           const char *code, const char *request)
{
    char uid[NUMBER_MAX], expires[TIME_MAX];

    /* What an application says of itself comes last: a line that is full is cut there. */
    log_line(priority, sentence, "user", record_text(held, FIELD_USER), "uid",
             number_text(held, FIELD_UID, uid), "login", record_text(held, FIELD_LOGIN), "role",
             record_text(held, FIELD_ROLE), "session", ledger_session_name(held), "key",
             record_text(held, FIELD_ACCESS_KEY_ID), "expires", expiry_text(held, expires),
             "source", record_text(held, FIELD_SOURCE), "arn", record_text(held, FIELD_ARN),
             "code", code, "request", request, "reason", reason, "service",
             record_text(held, FIELD_SERVICE), "rhost", record_text(held, FIELD_RHOST), "tty",
             record_text(held, FIELD_TTY), NULL);
}
