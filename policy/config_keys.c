/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/config_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/protocol.h"
#include "policy/expand.h"
#include "policy/list.h"
#include "policy/shape.h"
#include "policy/url.h"

_Static_assert(CONFIG_KEYS_WHY_MAX >= EXPAND_WHY_MAX && CONFIG_KEYS_WHY_MAX >= LIST_WHY_MAX &&
                   CONFIG_KEYS_WHY_MAX >= SHAPE_WHY_MAX && CONFIG_KEYS_WHY_MAX >= URL_WHY_MAX,
               "every check writes into the same buffer");

#define DEFAULTS (1U << SECTION_DEFAULTS)
#define SOURCE (1U << SECTION_SOURCE)
#define ROLE (1U << SECTION_ROLE | DEFAULTS) /* [defaults] may have any role key */
#define PEOPLE (1U << SECTION_GROUP | 1U << SECTION_USER)

/* The longest duration of anything that STS issues for a role: nothing is left after it. */
#define LINGER_MAX 43200

static int
check_any(const char *value, char *why)
{
    (void)value;
    (void)why;
    return 0;
}

static int
check_role_arn(const char *value, char *why)
{
    return shape_arn(value, "iam", "role/", 1, why);
}

/* ARNs of services whose steps this version does not have. */
static int
check_arn(const char *value, char *why)
{
    struct shape_arn fields;

    if (strncmp(value, "arn:", 4) == 0 && shape_split_arn(value, &fields) &&
        strpbrk(value, "* \t") == NULL && strlen(value) <= SHAPE_ARN_MAX)
        return 0;
    snprintf(why, CONFIG_KEYS_WHY_MAX, "not an ARN\nwrite all of it, without blank and wildcard");
    return AWS_ROLE_ERR_CONFIG;
}

static int
check_duration(const char *value, char *why)
{
    return shape_number(value, 900, 43200, why);
}

/* STS API reference, GetSessionToken, DurationSeconds. */
static int
check_mfa_session(const char *value, char *why)
{
    return shape_number(value, 900, 129600, why);
}

static int
check_linger(const char *value, char *why)
{
    return shape_number(value, 0, LINGER_MAX, why);
}

static int
check_tags(const char *value, char *why)
{
    struct list_item item;
    int r = list_check(value, SHAPE_TAGS_MAX, 1, why);

    while (r == 0 && list_next(&value, &item)) {
        r = shape_tag_key(item.key, why);
        if (r == 0)
            r = shape_tag_value(item.value, why);
    }
    return r;
}

static int
check_tag_keys(const char *value, char *why)
{
    struct list_item item;
    int r = list_check(value, SHAPE_TAGS_MAX, 0, why);

    while (r == 0 && list_next(&value, &item))
        r = shape_tag_key(item.text, why);
    return r;
}

static int
check_policy_arns(const char *value, char *why)
{
    struct list_item item;
    int r = list_check(value, SHAPE_POLICY_ARNS_MAX, 0, why);

    while (r == 0 && list_next(&value, &item))
        r = shape_arn(item.text, "iam", "policy/", 1, why);
    return r;
}

static int
check_region(const char *value, char *why)
{
    return shape_region(value, 1, why);
}

static int
check_words(const char *value, const char *first, const char *second, char *why)
{
    if (strcmp(value, first) == 0 || strcmp(value, second) == 0)
        return 0;
    snprintf(why, CONFIG_KEYS_WHY_MAX, "\"%.80s\" is no such value\nwrite %s or %s", value, first,
             second);
    return AWS_ROLE_ERR_CONFIG;
}

static int
check_export(const char *value, char *why)
{
    return check_words(value, "keys", "endpoint", why);
}

static int
check_flag(const char *value, char *why)
{
    return check_words(value, "true", "false", why);
}

static int
check_credential_source(const char *value, char *why)
{
    /* config_check tells that a known one is not in this version. */
    if (strcmp(value, "Ec2InstanceMetadata") == 0 || strcmp(value, "EcsContainer") == 0)
        return 0;
    snprintf(why, CONFIG_KEYS_WHY_MAX, "\"%.80s\" is no such value\nwrite Ec2InstanceMetadata",
             value);
    return AWS_ROLE_ERR_CONFIG;
}

static int
check_profile(const char *value, char *why)
{
    if (strlen(value) <= 256 && strpbrk(value, "[]") == NULL)
        return 0;
    snprintf(why, CONFIG_KEYS_WHY_MAX, "no name of a profile\nwrite what stands between the "
             "brackets in the credentials file, at most 256 bytes");
    return AWS_ROLE_ERR_CONFIG;
}

static int
check_key_file(const char *value, char *why)
{
    return strncmp(value, "pkcs11:", 7) == 0 ? 0 : shape_path(value, why);
}

#define PLAIN 0
#define EXPANDS 1 /* expansions are allowed in all of it */
#define NAME 2    /* so they are, and the whole is fitted by aws_name_fit */

static const struct {
    const char *name;
    unsigned int kinds;
    int expansions;
    int (*check)(const char *value, char *why);
} keys[CONFIG_KEY_COUNT] = {
    [KEY_ROLE_ARN] = {"role_arn", ROLE, EXPANDS, check_role_arn},
    [KEY_SOURCE] = {"source", ROLE, PLAIN, check_any},
    [KEY_SOURCE_ROLE] = {"source_role", ROLE, PLAIN, check_any},
    [KEY_DURATION_SECONDS] = {"duration_seconds", ROLE, PLAIN, check_duration},
    [KEY_EXTERNAL_ID] = {"external_id", ROLE, EXPANDS, shape_external_id},
    [KEY_ROLE_SESSION_NAME] = {"role_session_name", ROLE, NAME, shape_session_name},
    [KEY_SOURCE_IDENTITY] = {"source_identity", ROLE, NAME, shape_session_name},
    [KEY_TAGS] = {"tags", ROLE, EXPANDS, check_tags},
    [KEY_TRANSITIVE_TAG_KEYS] = {"transitive_tag_keys", ROLE, PLAIN, check_tag_keys},
    [KEY_POLICY] = {"policy", ROLE, EXPANDS, shape_policy},
    [KEY_POLICY_ARNS] = {"policy_arns", ROLE, PLAIN, check_policy_arns},
    [KEY_REGION] = {"region", ROLE, PLAIN, check_region},
    [KEY_EXPORT] = {"export", ROLE, PLAIN, check_export},
    [KEY_STS_ENDPOINT] = {"sts_endpoint", DEFAULTS, PLAIN, url_check_sts},
    [KEY_USE_FIPS_ENDPOINT] = {"use_fips_endpoint", DEFAULTS, PLAIN, check_flag},
    [KEY_USE_DUALSTACK_ENDPOINT] = {"use_dualstack_endpoint", DEFAULTS, PLAIN, check_flag},
    [KEY_CA_BUNDLE] = {"ca_bundle", DEFAULTS, PLAIN, shape_path},
    [KEY_HTTPS_PROXY] = {"https_proxy", DEFAULTS, PLAIN, url_check_proxy},
    [KEY_LINGER_SECONDS] = {"linger_seconds", DEFAULTS, PLAIN, check_linger},
    [KEY_CREDENTIAL_SOURCE] = {"credential_source", SOURCE, PLAIN, check_credential_source},
    [KEY_PROFILE] = {"profile", SOURCE, EXPANDS, check_profile},
    [KEY_CREDENTIALS_FILE] = {"credentials_file", SOURCE, PLAIN, shape_path},
    [KEY_CREDENTIAL_PROCESS] = {"credential_process", SOURCE, PLAIN, check_any},
    [KEY_WEB_IDENTITY_TOKEN_FILE] = {"web_identity_token_file", SOURCE, PLAIN, shape_path},
    [KEY_TRUST_ANCHOR_ARN] = {"trust_anchor_arn", SOURCE, PLAIN, check_arn},
    [KEY_PROFILE_ARN] = {"profile_arn", SOURCE, PLAIN, check_arn},
    [KEY_CERTIFICATE] = {"certificate", SOURCE, PLAIN, shape_path},
    [KEY_PRIVATE_KEY] = {"private_key", SOURCE, PLAIN, check_key_file},
    [KEY_LOGIN_SESSION] = {"login_session", SOURCE, EXPANDS, shape_login_session},
    [KEY_MFA_SERIAL] = {"mfa_serial", SOURCE, EXPANDS, shape_mfa_serial},
    [KEY_MFA_SESSION_SECONDS] = {"mfa_session_seconds", SOURCE, PLAIN, check_mfa_session},
    [KEY_ROLES] = {"roles", PEOPLE, PLAIN, check_any},
};

static const char *const kind_names[SECTION_KIND_COUNT] = {
    [SECTION_DEFAULTS] = "defaults", [SECTION_SOURCE] = "source", [SECTION_ROLE] = "role",
    [SECTION_GROUP] = "group",       [SECTION_USER] = "user",
};

const char *
config_keys_kind_name(enum section_kind kind)
{
    return kind_names[kind];
}

int
config_keys_kind(const char *name)
{
    for (int i = 0; i < SECTION_KIND_COUNT; i++)
        if (strcmp(kind_names[i], name) == 0)
            return i;
    return -1;
}

const char *
config_keys_name(enum config_key key)
{
    return keys[key].name;
}

int
config_keys_find(const char *name)
{
    for (int i = 0; i < CONFIG_KEY_COUNT; i++)
        if (strcmp(keys[i].name, name) == 0)
            return i;
    return -1;
}

int
config_keys_allow(enum section_kind kind, enum config_key key)
{
    return (keys[key].kinds & 1U << kind) != 0;
}

#define NAME_LENGTH_MAX 32 /* of a key, and of what is compared with keys */

/* How many bytes have to be added, removed or changed (Levenshtein's distance). */
static size_t
distance(const char *a, const char *b)
{
    size_t row[NAME_LENGTH_MAX + 1], length = strlen(b);

    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[length];
}

const char *
config_keys_nearest(enum section_kind kind, const char *name)
{
    const char *nearest = NULL;
    size_t least = 1 + strlen(name) / 3; /* farther than this is another word */

    if (strlen(name) > NAME_LENGTH_MAX)
        return NULL;
    for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
        size_t d = config_keys_allow(kind, (enum config_key)i) ? distance(name, keys[i].name)
                                                               : least + 1;

        if (d <= least && (nearest == NULL || d < least)) {
            least = d;
            nearest = keys[i].name;
        }
    }
    return nearest;
}

static int
refuse(char *why, const char *what_and_mend)
{
    snprintf(why, CONFIG_KEYS_WHY_MAX, "%s", what_and_mend);
    return AWS_ROLE_ERR_CONFIG;
}

/* What has to be so before anything is expanded. */
static int
check_template(enum config_key key, const char *value, char *why)
{
    struct list_item item;
    int r = expand_check(value, why);

    if (r != 0)
        return r;
    if ((keys[key].kinds & SOURCE) != 0 && expand_uses(value, EXPANSION_CALLER))
        return refuse(why, "a source cannot name its own caller\nwrite the name itself, or another "
                           "expansion, such as %{user}");
    /* `=` marks what aws_name_encode and aws_name_fit did: a name may not have it otherwise. */
    if (keys[key].expansions == NAME && expand_uses_any(value) && strchr(value, '=') != NULL)
        return refuse(why, "a name with an expansion and a = of its own\nwrite another character: "
                           "= marks what is encoded");
    while (key == KEY_TAGS && list_next(&value, &item))
        if (expand_uses_any(item.key))
            return refuse(why, "an expansion in the key of a tag\nwrite it in the value only");
    return 0;
}

/*
 * Checks the value with `xx` in the place of each expansion, which is never longer than what it
 * stands for. What only a session can tell is checked again when the role is taken.
 */
static int
check_with_samples(enum config_key key, const char *value, char *why)
{
    const struct session_context sample = {.user = "xx", .uid = 10, .group = "xx", .login = "xx",
                                           .host = "xx", .service = "xx", .tty = "xx",
                                           .rhost = "xx", .caller = "xx"};
    size_t size = strlen(value) + 1;
    char *expanded;
    int r = check_template(key, value, why);

    if (r != 0)
        return r;
    expanded = malloc(size);
    if (expanded == NULL)
        return refuse(why, "no memory is left to check it\ntry again");
    r = expand_value(value, &sample, expanded, size, why);
    if (r == 0)
        r = keys[key].check(expanded, why);
    free(expanded);
    return r;
}

int
config_keys_check(enum config_key key, const char *value, char *why)
{
    if (value[0] == '\0' && key != KEY_ROLES)
        return refuse(why, "no value\nwrite one behind the =, or remove the line");
    if (keys[key].expansions != PLAIN)
        return check_with_samples(key, value, why);
    if (strstr(value, "%{") != NULL)
        return refuse(why, "an expansion where there is none\nwrite the value itself");
    return keys[key].check(value, why);
}
