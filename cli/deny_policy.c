/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/deny_policy.h"

#include <jansson.h>
#include <string.h>

#include "common/error.h"

void
deny_policy_add(struct deny_policy *policy, const char *name)
{
    if (name[0] == '\0' || strlen(name) >= sizeof policy->names[0])
        return;
    for (size_t i = 0; i < policy->count; i++)
        if (strcmp(policy->names[i], name) == 0)
            return;
    if (policy->count == DENY_POLICY_NAMES_MAX) {
        policy->left_out++;
        return;
    }
    memcpy(policy->names[policy->count++], name, strlen(name) + 1);
}

/* aws:userid of each; the names hold no wildcard of StringLike. */
static json_t *
make_userids(const struct deny_policy *policy)
{
    json_t *array = json_array();

    for (size_t i = 0; i < policy->count; i++)
        if (json_array_append_new(array, json_sprintf("*:%s", policy->names[i])) != 0) {
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
