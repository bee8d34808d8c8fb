/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/session_put.h"

#include "common/error.h"

static void
put_roles(const struct session *session, struct record *record)
{
    record_put_bytes(record, FIELD_ROLES, session->roles, session->roles_size);
    record_put_bytes(record, FIELD_REGIONS, session->regions, session->regions_size);
}

static void
put_grant(const struct session *session, const struct session_role *role, enum export export_as,
          struct record *record)
{
    record_start(record, RECORD_GRANT);
    record_put_text(record, FIELD_ROLE, role->name);
    record_put_number(record, FIELD_REFRESH_AT,
                      (uint64_t)credentials_refresh_at(&role->credentials));
    if (export_as == EXPORT_KEYS)
        record_put_credentials(record, &role->credentials);
    record_put_text(record, FIELD_ROLE_ARN, role->role_arn);
    record_put_text(record, FIELD_SOURCE, role->source);
    record_put_text(record, FIELD_REGION, role->region);
    record_put_text(record, FIELD_LAST_ERROR, role->last_error);
    put_roles(session, record);
}

void
session_put_failure(const struct session *session, const struct session_role *role,
                    const char *why, struct record *record)
{
    enum record_kind outcome = role == NULL ? RECORD_PENDING : role->outcome;

    /* A GRANT that is over by now is as good as none. */
    if (outcome == 0 || outcome == RECORD_GRANT)
        outcome = RECORD_PENDING;
    if (role != NULL && role->last_error[0] != '\0')
        why = role->last_error;
    record_start(record, outcome);
    put_roles(session, record);
    if (outcome == RECORD_ASK) {
        record_put_text(record, FIELD_PROMPT, role->prompt);
        record_put_text(record, FIELD_URL, role->url);
    }
    record_put_text(record, FIELD_WHY, why);
    if (role == NULL)
        return;
    record_put_text(record, FIELD_ROLE, role->name);
    if (outcome == RECORD_NONE)
        return;
    record_put_text(record, FIELD_ROLE_ARN, role->role_arn);
    record_put_text(record, FIELD_SOURCE, role->source);
    if (outcome == RECORD_PENDING && role->last_class != 0)
        record_put_number(record, FIELD_CLASS, role->last_class);
}

void
session_put_role(const struct session *session, const struct session_role *role,
                 enum export export_as, const char *why, struct record *record)
{
    if (role != NULL && session_role_is_valid(role))
        put_grant(session, role, export_as, record);
    else
        session_put_failure(session, role, why, record);
}

void
session_put_state(const struct session *session, const struct session_role *role,
                  struct record *record)
{
    record_start(record, RECORD_STATE);
    record_put_text(record, FIELD_USER, session->user);
    if (role == NULL)
        return;
    record_put_text(record, FIELD_ROLE, role->name);
    record_put_text(record, FIELD_ROLE_ARN, role->role_arn);
    record_put_text(record, FIELD_SOURCE, role->source);
    record_put_text(record, FIELD_LAST_ERROR, role->last_error);
    if (!session_role_is_valid(role))
        return;
    record_put_text(record, FIELD_ARN, role->credentials.arn);
    record_put_text(record, FIELD_REGION, role->region);
    record_put_number(record, FIELD_EXPIRES_AT, (uint64_t)role->credentials.expires_at);
    record_put_number(record, FIELD_VALID_UNTIL, role->credentials.valid_until);
    record_put_number(record, FIELD_FRESH_UNTIL, role->credentials.fresh_until);
}

int
session_put_role_list(const struct session *session, struct record *record)
{
    if (session->roles_size == 0)
        return AWS_ROLE_ERR_NOT_FOUND;
    record_start(record, RECORD_ROLE_LIST);
    put_roles(session, record);
    record_put_text(record, FIELD_ROLE, session->default_role);
    return 0;
}
