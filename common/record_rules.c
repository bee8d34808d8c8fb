/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/record_rules.h"

#define TEXT(max) {FIELD_TYPE_TEXT, (max) + 1}
#define NUMBER {FIELD_TYPE_NUMBER, 8}
#define SECRET(max) {FIELD_TYPE_SECRET, (max)}
#define BYTES(max) {FIELD_TYPE_BYTES, (max)}
#define LIST(max) {FIELD_TYPE_LIST, (max)}

static const struct field_rule fields[RECORD_FIELD_COUNT] = {
    [FIELD_USER] = TEXT(256), /* LOGIN_NAME_MAX, limits.h */
    [FIELD_SERVICE] = TEXT(256),
    [FIELD_TTY] = TEXT(256),
    [FIELD_RHOST] = TEXT(256),
    [FIELD_AUTH_INFO] = TEXT(8192),
    [FIELD_REPLY_BY] = NUMBER,
    [FIELD_CONFIG] = TEXT(RECORD_PATH_MAX),
    [FIELD_ANSWER] = SECRET(4096),
    [FIELD_PROMPT] = TEXT(RECORD_TEXT_MAX),
    [FIELD_WHY] = TEXT(RECORD_TEXT_MAX),
    [FIELD_SOCKET] = TEXT(107), /* sun_path, unix(7) */
    [FIELD_ROLE] = TEXT(RECORD_ROLE_NAME_MAX),
    [FIELD_ROLES] = LIST(RECORD_ROLES_MAX *(RECORD_ROLE_NAME_MAX + 1)),
    [FIELD_REGION] = TEXT(64),
    [FIELD_REFRESH_AT] = NUMBER,
    [FIELD_ACCESS_KEY_ID] = TEXT(CREDENTIALS_KEY_ID_MAX),
    [FIELD_SECRET_ACCESS_KEY] = SECRET(CREDENTIALS_SECRET_MAX),
    [FIELD_SESSION_TOKEN] = SECRET(CREDENTIALS_TOKEN_MAX),
    [FIELD_ARN] = TEXT(CREDENTIALS_ARN_MAX),
    [FIELD_EXPIRES_AT] = NUMBER,
    [FIELD_VALID_UNTIL] = NUMBER,
    [FIELD_FRESH_UNTIL] = NUMBER,
    [FIELD_ENDPOINT_URI] = TEXT(256),
    [FIELD_ENDPOINT_TOKEN] = SECRET(256),
    [FIELD_SOURCE] = TEXT(256),
    [FIELD_GIVE_UP] = NUMBER,
    [FIELD_CLOCK_OFFSET] = NUMBER,
    [FIELD_STEPS] = NUMBER,
    [FIELD_STEP] = NUMBER,
    [FIELD_INDEX] = NUMBER,
    [FIELD_PROFILE] = TEXT(256),
    [FIELD_CREDENTIALS_FILE] = TEXT(RECORD_PATH_MAX),
    [FIELD_ROLE_ARN] = TEXT(2048),
    [FIELD_ROLE_SESSION_NAME] = TEXT(64),
    [FIELD_DURATION_SECONDS] = NUMBER,
    [FIELD_EXTERNAL_ID] = TEXT(1224),
    [FIELD_SOURCE_IDENTITY] = TEXT(64),
    [FIELD_TAGS] = LIST(20480),
    [FIELD_TRANSITIVE_TAG_KEYS] = LIST(6450),
    [FIELD_POLICY] = TEXT(10240),
    [FIELD_POLICY_ARNS] = LIST(10 * 2049),
    [FIELD_STS_ENDPOINT] = TEXT(2048),
    [FIELD_USE_FIPS] = NUMBER,
    [FIELD_USE_DUALSTACK] = NUMBER,
    [FIELD_CA_BUNDLE] = TEXT(RECORD_PATH_MAX),
    [FIELD_HTTPS_PROXY] = TEXT(2048),
    [FIELD_KEPT] = SECRET(16384),
    [FIELD_KEPT_UNTIL] = NUMBER,
    [FIELD_CLASS] = NUMBER,
    [FIELD_CODE] = TEXT(128),
    [FIELD_REQUEST_ID] = TEXT(128),
    [FIELD_TEXT] = TEXT(RECORD_TEXT_MAX),
    [FIELD_KEY] = BYTES(49152),
    [FIELD_LAST_ERROR] = TEXT(RECORD_TEXT_MAX),
    [FIELD_UID] = NUMBER,
    [FIELD_LOGIN] = TEXT(256),
};

#define FIELDS_PER_KIND 20

#define CREDENTIALS_FIELDS                                                                         \
    FIELD_ACCESS_KEY_ID, FIELD_SECRET_ACCESS_KEY, FIELD_SESSION_TOKEN, FIELD_ARN,                  \
        FIELD_EXPIRES_AT, FIELD_VALID_UNTIL, FIELD_FRESH_UNTIL

static const struct {
    unsigned char required[4];
    unsigned char optional[FIELDS_PER_KIND];
} kinds[RECORD_KIND_COUNT] = {
    [RECORD_WHO] = {{FIELD_USER}, {0}},
    [RECORD_OPEN] = {{FIELD_SERVICE, FIELD_REPLY_BY},
                     {FIELD_TTY, FIELD_RHOST, FIELD_AUTH_INFO, FIELD_CONFIG}},
    [RECORD_ANSWER] = {{FIELD_ANSWER}, {FIELD_ROLE}},
    [RECORD_GRANT] = {{FIELD_ROLE, FIELD_REFRESH_AT},
                      {CREDENTIALS_FIELDS, FIELD_ENDPOINT_URI, FIELD_ENDPOINT_TOKEN, FIELD_REGION,
                       FIELD_SOCKET, FIELD_ROLE_ARN, FIELD_SOURCE, FIELD_ROLES}},
    [RECORD_NONE] = {{0}, {FIELD_WHY, FIELD_ROLE, FIELD_ROLES, FIELD_SOCKET}},
    [RECORD_PENDING] = {{FIELD_WHY},
                        {FIELD_CLASS, FIELD_ROLE, FIELD_ROLES, FIELD_ROLE_ARN, FIELD_SOURCE,
                         FIELD_SOCKET}},
    [RECORD_ASK] = {{FIELD_PROMPT},
                    {FIELD_ROLE, FIELD_ROLES, FIELD_ROLE_ARN, FIELD_SOURCE, FIELD_INDEX,
                     FIELD_SOCKET}},
    [RECORD_OBTAIN] = {{FIELD_GIVE_UP, FIELD_CLOCK_OFFSET, FIELD_STEPS}, {0}},
    [RECORD_STEP] = {{FIELD_STEP},
                     {FIELD_PROFILE, FIELD_CREDENTIALS_FILE, FIELD_ROLE_ARN,
                      FIELD_ROLE_SESSION_NAME, FIELD_DURATION_SECONDS, FIELD_EXTERNAL_ID,
                      FIELD_SOURCE_IDENTITY, FIELD_TAGS, FIELD_TRANSITIVE_TAG_KEYS, FIELD_POLICY,
                      FIELD_POLICY_ARNS, FIELD_REGION, FIELD_STS_ENDPOINT, FIELD_USE_FIPS,
                      FIELD_USE_DUALSTACK, FIELD_CA_BUNDLE, FIELD_HTTPS_PROXY}},
    [RECORD_KEPT] = {{FIELD_KEPT}, {0}},
    [RECORD_FROM] = {{FIELD_ACCESS_KEY_ID, FIELD_SECRET_ACCESS_KEY, FIELD_STEP},
                     {FIELD_SESSION_TOKEN, FIELD_ARN, FIELD_EXPIRES_AT, FIELD_VALID_UNTIL,
                      FIELD_FRESH_UNTIL}},
    [RECORD_DONE] = {{FIELD_INDEX}, {CREDENTIALS_FIELDS, FIELD_KEPT, FIELD_KEPT_UNTIL}},
    [RECORD_FAIL] = {{FIELD_INDEX, FIELD_CLASS, FIELD_TEXT}, {FIELD_CODE, FIELD_REQUEST_ID}},
    [RECORD_END] = {{FIELD_CLOCK_OFFSET}, {0}},
    [RECORD_ENTRY] = {{FIELD_KEY},
                      {CREDENTIALS_FIELDS, FIELD_KEPT, FIELD_KEPT_UNTIL, FIELD_CLASS, FIELD_TEXT,
                       FIELD_CODE, FIELD_REQUEST_ID}},
    [RECORD_ROLE] = {{0}, {FIELD_ROLE}},
    [RECORD_REFRESH] = {{0}, {FIELD_ROLE}},
    [RECORD_FORGET] = {{0}, {0}},
    [RECORD_GET] = {{0}, {FIELD_ROLE}},
    [RECORD_ROLES] = {{0}, {0}},
    [RECORD_STATUS] = {{0}, {FIELD_ROLE}},
    [RECORD_LOGIN] = {{0}, {FIELD_ROLE}},
    [RECORD_LOGOUT] = {{0}, {0}},
    [RECORD_ROLE_LIST] = {{FIELD_ROLES}, {FIELD_ROLE}},
    [RECORD_STATE] = {{FIELD_USER},
                      {FIELD_ROLE, FIELD_ROLE_ARN, FIELD_ARN, FIELD_REGION, FIELD_EXPIRES_AT,
                       FIELD_VALID_UNTIL, FIELD_FRESH_UNTIL, FIELD_SOURCE, FIELD_LAST_ERROR}},
    [RECORD_HELD] = {{FIELD_USER, FIELD_UID},
                     {FIELD_LOGIN, FIELD_SERVICE, FIELD_TTY, FIELD_RHOST, FIELD_ROLE,
                      FIELD_ROLE_ARN, FIELD_ARN, FIELD_ACCESS_KEY_ID, FIELD_EXPIRES_AT,
                      FIELD_VALID_UNTIL, FIELD_SOURCE, FIELD_LAST_ERROR}},
};

struct field_rule
record_rules_field(unsigned int field)
{
    static const struct field_rule none = {FIELD_TYPE_NONE, 0};

    return field < RECORD_FIELD_COUNT ? fields[field] : none;
}

static int
is_listed(const unsigned char *list, size_t size, unsigned int field)
{
    for (size_t i = 0; i < size && list[i] != 0; i++)
        if (list[i] == field)
            return 1;
    return 0;
}

int
record_rules_require(unsigned int kind, unsigned int field)
{
    return kind < RECORD_KIND_COUNT &&
           is_listed(kinds[kind].required, sizeof kinds[kind].required, field);
}

int
record_rules_allow(unsigned int kind, unsigned int field)
{
    return record_rules_require(kind, field) ||
           (kind < RECORD_KIND_COUNT &&
            is_listed(kinds[kind].optional, sizeof kinds[kind].optional, field));
}
