/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/session_records.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void
session_records_grant(struct record *record, const char *role, const char *roles, size_t size,
                      const char *id, int64_t lifetime, int64_t age)
{
    struct credentials credentials = {0};
    int64_t now = (int64_t)time(NULL);
    char arn[128];

    snprintf(credentials.access_key_id, sizeof credentials.access_key_id, "%s", id);
    secret_set(&credentials.secret_access_key, "secret of it", strlen("secret of it"));
    secret_set(&credentials.session_token, "token of it", strlen("token of it"));
    snprintf(credentials.arn, sizeof credentials.arn,
             "arn:aws:sts::123456789012:assumed-role/%s/ueno", role);
    credentials_set_expiry(&credentials, lifetime == 0 ? 0 : now - age + lifetime, now - age);
    if (lifetime != 0) { /* as they are `age` seconds later */
        uint64_t gone = (uint64_t)age * 1000;

        credentials.valid_until = credentials.valid_until > gone ? credentials.valid_until - gone
                                                                 : 0;
        credentials.fresh_until = credentials.fresh_until > gone ? credentials.fresh_until - gone
                                                                 : 0;
    }
    record_start(record, RECORD_GRANT);
    record_put_text(record, FIELD_ROLE, role);
    record_put_number(record, FIELD_REFRESH_AT, (uint64_t)credentials_refresh_at(&credentials));
    record_put_credentials(record, &credentials);
    snprintf(arn, sizeof arn, "arn:aws:iam::123456789012:role/%s", role);
    record_put_text(record, FIELD_ROLE_ARN, arn);
    record_put_text(record, FIELD_SOURCE, "instance metadata");
    record_put_text(record, FIELD_REGION, "ap-northeast-1");
    record_put_bytes(record, FIELD_ROLES, roles, size);
    credentials_wipe(&credentials);
}

void
session_records_refusal(struct record *record, enum record_kind kind, const char *role,
                        const char *why)
{
    record_start(record, kind);
    record_put_text(record, FIELD_ROLE, role);
    record_put_text(record, FIELD_WHY, why);
}
