/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/deny_policy.h"

#include <jansson.h>
#include <string.h>

#include "common/credentials.h"
#include "common/error.h"

/* Copies a part of an ARN, up to `end`; 0 when it is none of a role's or a session's names. */
static int
copy_name(const char *from, const char *end, char name[64 + 1])
{
    /* IAM and STS API references, RoleName and RoleSessionName: [\w+=,.@-]{1,64}. No wildcard. */
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+=,.@-";
    size_t length = (size_t)(end - from);

    if (length == 0 || length > 64 || strspn(from, allowed) < length)
        return 0;
    memcpy(name, from, length);
    name[length] = '\0';
    return 1;
}

/* arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION */
static int
read_arn(const char *arn, struct deny_policy_role *role, char session[64 + 1])
{
    static const char kind[] = ":assumed-role/";
    const char *name = strstr(arn, kind), *slash;

    if (name == NULL)
        return 0;
    name += sizeof kind - 1;
    slash = strchr(name, '/');
    credentials_account(arn, role->account);
    return slash != NULL && copy_name(name, slash, role->name) &&
           copy_name(slash + 1, slash + strlen(slash), session);
}

static int
has_session(const struct deny_policy *policy, const char *session)
{
    for (size_t i = 0; i < policy->session_count; i++)
        if (strcmp(policy->sessions[i], session) == 0)
            return 1;
    return 0;
}

static int
has_role(const struct deny_policy *policy, const struct deny_policy_role *role)
{
    for (size_t i = 0; i < policy->role_count; i++)
        if (strcmp(policy->roles[i].name, role->name) == 0 &&
            strcmp(policy->roles[i].account, role->account) == 0)
            return 1;
    return 0;
}

void
deny_policy_add(struct deny_policy *policy, const struct record *held)
{
    const char *arn = record_text(held, FIELD_ARN);
    time_t end = (time_t)record_number(held, FIELD_EXPIRES_AT);
    struct deny_policy_role role;
    char session[64 + 1];

    if (arn == NULL)
        return;
    if (!read_arn(arn, &role, session) || policy->session_count == DENY_POLICY_MAX ||
        policy->role_count == DENY_POLICY_MAX) {
        policy->left_out++;
        return;
    }
    if (!has_session(policy, session))
        memcpy(policy->sessions[policy->session_count++], session, sizeof session);
    if (!has_role(policy, &role))
        policy->roles[policy->role_count++] = role;
    if (end > policy->last)
        policy->last = end;
}

/* aws:userid of each session. */
static json_t *
make_userids(const struct deny_policy *policy)
{
    json_t *array = json_array();

    for (size_t i = 0; i < policy->session_count; i++)
        if (json_array_append_new(array, json_sprintf("*:%s", policy->sessions[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

int
deny_policy_print(const struct deny_policy *policy, time_t before, FILE *out)
{
    json_t *document, *userids = make_userids(policy);
    char time[32] = "";
    struct tm utc;
    int r = AWS_ROLE_ERR_SYSTEM;

    if (userids == NULL)
        return AWS_ROLE_ERR_MEMORY;
    if (gmtime_r(&before, &utc) == NULL ||
        strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        json_decref(userids);
        return AWS_ROLE_ERR_SYSTEM;
    }
    document = json_pack("{s:s, s:[{s:s, s:s, s:s, s:s, s:{s:{s:o}, s:{s:s}}}]}", "Version",
                         "2012-10-17", "Statement", "Sid", "RevokeOlderSessions", "Effect", "Deny",
                         "Action", "*", "Resource", "*", "Condition", "StringLike", "aws:userid",
                         userids, "DateLessThan", "aws:TokenIssueTime", time);
    if (document == NULL)
        return AWS_ROLE_ERR_MEMORY;
    if (json_dumpf(document, out, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0 &&
        fputc('\n', out) != EOF)
        r = 0;
    json_decref(document);
    return r;
}
