/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/reply.h"

static const enum record_field copied[] = {
    /* GRANT */
    FIELD_ROLE, FIELD_REFRESH_AT, FIELD_ACCESS_KEY_ID, FIELD_SECRET_ACCESS_KEY,
    FIELD_SESSION_TOKEN, FIELD_EXPIRES_AT, FIELD_ENDPOINT_URI, FIELD_ENDPOINT_TOKEN, FIELD_REGION,
    /* NONE, PENDING */
    FIELD_WHY, FIELD_CLASS,
    /* ASK */
    FIELD_PROMPT, FIELD_INDEX,
};

void
reply_make(const struct record *answer, const char *socket, struct record *reply)
{
    record_start(reply, answer->kind);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        record_put_from(reply, copied[i], answer);
    record_put_text(reply, FIELD_SOCKET, socket);
}

void
reply_pending(const char *why, int error, const char *role, struct record *pending)
{
    record_start(pending, RECORD_PENDING);
    record_put_text(pending, FIELD_WHY, why);
    record_put_number(pending, FIELD_CLASS, (uint64_t)-error);
    record_put_text(pending, FIELD_ROLE, role);
}
