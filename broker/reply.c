/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/reply.h"

static const enum record_field copied[] = {
    FIELD_ROLE, FIELD_REFRESH_AT, FIELD_REGION, /* GRANT */
    FIELD_WHY, FIELD_CLASS,                     /* NONE, PENDING */
    FIELD_PROMPT, FIELD_INDEX, FIELD_STEP,      /* ASK */
};

static const enum record_field keys[] = {
    FIELD_ACCESS_KEY_ID, FIELD_SECRET_ACCESS_KEY, FIELD_SESSION_TOKEN, FIELD_EXPIRES_AT,
};

void
reply_make(const struct record *answer, const struct reply_session *session,
           struct record *reply)
{
    record_start(reply, answer->kind);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        record_put_from(reply, copied[i], answer);
    for (size_t i = 0; session->endpoint == NULL && i < sizeof keys / sizeof keys[0]; i++)
        record_put_from(reply, keys[i], answer);
    record_put_text(reply, FIELD_SOCKET, session->socket);
    if (answer->kind == RECORD_NONE)
        return;
    if (session->endpoint != NULL)
        endpoint_put(session->endpoint, reply);
    if (session->linger > 0)
        record_put_number(reply, FIELD_LINGER, session->linger);
}

void
reply_pending(const char *why, int error, const char *role, struct record *pending)
{
    record_start(pending, RECORD_PENDING);
    record_put_text(pending, FIELD_WHY, why);
    record_put_number(pending, FIELD_CLASS, (uint64_t)-error);
    record_put_text(pending, FIELD_ROLE, role);
}
