/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/plan_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "policy/list.h"
#include "policy/plan.h"
#include "policy/shape.h"

#define PROFILE_MAX 256
#define TAGS_BYTES_MAX (SHAPE_TAGS_MAX * (4 * (SHAPE_TAG_KEY_MAX + SHAPE_TAG_VALUE_MAX) + 2))
#define DEFAULT_SESSION_NAME "%{user}"
#define MFA_SERIAL_MAX 256
#define MFA_SESSION_SECONDS 43200 /* of a working day; also GetSessionToken's own default */

/* What is being made, for the functions that put one field each. */
struct maker {
    const struct config *config;
    const struct config_section *section;
    const struct session_context *context;
    struct record *step;
    char *why;
};

/* Says what is wrong with a key's value; `text` is two lines, what and mend, or one. */
static int
fail(const struct maker *maker, enum config_key key, int error, const char *text)
{
    int what = (int)strcspn(text, "\n");
    const char *mend = text[what] == '\0' ? "" : text + what + 1;

    snprintf(maker->why, PLAN_WHY_MAX, "[%s %.64s] %s: %.*s%s%s",
             config_keys_kind_name(maker->section->kind), maker->section->name,
             config_keys_name(key), what, text, mend[0] == '\0' ? "" : ": ", mend);
    return error == AWS_ROLE_ERR_TOO_BIG ? AWS_ROLE_ERR_CONFIG : error;
}

/*
 * Expands a value and checks what came of it, unless it is for display and something was left as it
 * is written.
 */
static int
expand_checked(const struct maker *maker, enum config_key key, const char *text, char *value,
               size_t size, int (*check)(const char *value, char *why))
{
    char why[PLAN_WHY_MAX];
    int r = expand_value(text, maker->context, value, size, why);

    if (r == 0 && check != NULL &&
        !(maker->context->for_display && strstr(value, "%{") != NULL))
        r = check(value, why);
    return r == 0 ? 0 : fail(maker, key, r, why);
}

/* The shape that a role's ARN had when it was loaded, with whatever was expanded into it. */
static int
check_role_arn(const char *arn, char *why)
{
    return shape_arn(arn, "iam", "role/", 1, why);
}

static int
put_expanded(const struct maker *maker, enum record_field field, enum config_key key,
             size_t length_max, int (*check)(const char *value, char *why))
{
    const char *text = config_value(maker->config, maker->section, key);
    char *value;
    int r;

    if (text == NULL)
        return 0;
    value = malloc(length_max + 1);
    if (value == NULL)
        return fail(maker, key, AWS_ROLE_ERR_MEMORY, error_text(AWS_ROLE_ERR_MEMORY));
    r = expand_checked(maker, key, text, value, length_max + 1, check);
    if (r == 0)
        record_put_text(maker->step, field, value);
    free(value);
    return r;
}

/* A name that AWS bounds to 64 bytes: expand_name makes it fit. */
static int
put_name(const struct maker *maker, enum record_field field, enum config_key key,
         const char *otherwise)
{
    const char *text = config_value(maker->config, maker->section, key);
    char name[AWS_NAME_MAX + 1], why[PLAN_WHY_MAX];
    int r;

    if (text == NULL)
        text = otherwise;
    if (text == NULL)
        return 0;
    r = expand_name(text, maker->context, name, why);
    if (r != 0)
        return fail(maker, key, r, why);
    record_put_text(maker->step, field, name);
    return 0;
}

static void
put_number(const struct maker *maker, enum record_field field, enum config_key key)
{
    const char *text = config_value(maker->config, maker->section, key);

    if (text != NULL)
        record_put_number(maker->step, field, strtoul(text, NULL, 10));
}

static void
put_plain(const struct maker *maker, enum record_field field, enum config_key key)
{
    record_put_text(maker->step, field, config_value(maker->config, maker->section, key));
}

static void
put_flag(const struct maker *maker, enum record_field field, enum config_key key)
{
    const char *text = config_value(maker->config, maker->section, key);

    if (text != NULL && strcmp(text, "true") == 0)
        record_put_number(maker->step, field, 1);
}

/* key NUL value NUL …; split first, each value expanded by itself. */
static int
put_tags(const struct maker *maker)
{
    const char *tags = config_value(maker->config, maker->section, KEY_TAGS);
    char value[4 * SHAPE_TAG_VALUE_MAX + 1], *bytes;
    struct list_item item;
    size_t size = 0;
    int r = 0;

    if (tags == NULL)
        return 0;
    bytes = malloc(TAGS_BYTES_MAX);
    if (bytes == NULL)
        return fail(maker, KEY_TAGS, AWS_ROLE_ERR_MEMORY, error_text(AWS_ROLE_ERR_MEMORY));
    while (r == 0 && list_next(&tags, &item)) {
        size_t key_size = strlen(item.key) + 1;

        r = expand_checked(maker, KEY_TAGS, item.value, value, sizeof value, shape_tag_value);
        if (r == 0 && size + key_size + strlen(value) + 1 > TAGS_BYTES_MAX)
            r = fail(maker, KEY_TAGS, AWS_ROLE_ERR_CONFIG, "too long together\nwrite fewer");
        if (r != 0)
            break;
        memcpy(bytes + size, item.key, key_size);
        memcpy(bytes + size + key_size, value, strlen(value) + 1);
        size += key_size + strlen(value) + 1;
    }
    if (r == 0)
        record_put_bytes(maker->step, FIELD_TAGS, bytes, size);
    free(bytes);
    return r;
}

/* item NUL item NUL … of a list without expansions. */
static int
put_list(const struct maker *maker, enum record_field field, enum config_key key)
{
    const char *list = config_value(maker->config, maker->section, key);
    struct list_item item;
    size_t size = 0;
    char *bytes;

    if (list == NULL)
        return 0;
    bytes = malloc(strlen(list) + 1); /* a comma for each NUL but the last */
    if (bytes == NULL)
        return fail(maker, key, AWS_ROLE_ERR_MEMORY, error_text(AWS_ROLE_ERR_MEMORY));
    while (list_next(&list, &item)) {
        memcpy(bytes + size, item.text, strlen(item.text) + 1);
        size += strlen(item.text) + 1;
    }
    record_put_bytes(maker->step, field, bytes, size);
    free(bytes);
    return 0;
}

/* How to get to STS; a role's own region goes before that of [defaults]. */
static void
put_service(const struct maker *maker)
{
    put_plain(maker, FIELD_REGION, KEY_REGION);
    put_plain(maker, FIELD_STS_ENDPOINT, KEY_STS_ENDPOINT);
    put_flag(maker, FIELD_USE_FIPS, KEY_USE_FIPS_ENDPOINT);
    put_flag(maker, FIELD_USE_DUALSTACK, KEY_USE_DUALSTACK_ENDPOINT);
    put_plain(maker, FIELD_CA_BUNDLE, KEY_CA_BUNDLE);
    put_plain(maker, FIELD_HTTPS_PROXY, KEY_HTTPS_PROXY);
}

/* The last word on a step: every field fits, and so does the whole. */
static int
check_step(const struct maker *maker)
{
    int r = record_check(maker->step);

    if (r == 0)
        return 0;
    snprintf(maker->why, PLAN_WHY_MAX, r == AWS_ROLE_ERR_MEMORY ? "[%s %.64s] out of memory"
             : "[%s %.64s] is too long with all its values: shorten its tags or its policy",
             config_keys_kind_name(maker->section->kind), maker->section->name);
    return r == AWS_ROLE_ERR_MEMORY ? r : AWS_ROLE_ERR_CONFIG;
}

static int
make_console_sign_in(const struct maker *maker)
{
    int r;

    record_put_number(maker->step, FIELD_STEP, STEP_CONSOLE_SIGN_IN);
    r = put_expanded(maker, FIELD_LOGIN_SESSION, KEY_LOGIN_SESSION, SHAPE_ARN_MAX,
                     shape_login_session);
    if (r != 0)
        return r;
    put_service(maker);
    return check_step(maker);
}

int
plan_step_source(const struct config *config, const struct config_section *source,
                 const struct session_context *context, struct record *step, char *why)
{
    const struct config_entry *file = config_own(config, source, KEY_CREDENTIALS_FILE);
    const struct config_entry *profile = config_own(config, source, KEY_PROFILE);
    const struct maker maker = {config, source, context, step, why};
    char name[PROFILE_MAX + 1];
    int r;

    record_start(step, RECORD_STEP);
    if (config_own(config, source, KEY_LOGIN_SESSION) != NULL)
        return make_console_sign_in(&maker);
    if (profile == NULL) {
        record_put_number(step, FIELD_STEP, STEP_INSTANCE_METADATA);
        return check_step(&maker);
    }
    record_put_number(step, FIELD_STEP, STEP_STATIC_KEYS);
    r = expand_checked(&maker, KEY_PROFILE, profile->value, name, sizeof name, NULL);
    if (r != 0)
        return r;
    record_put_text(step, FIELD_PROFILE, name);
    record_put_text(step, FIELD_CREDENTIALS_FILE,
                    file == NULL ? config->credentials_file : file->value);
    return check_step(&maker);
}

int
plan_step_session_token(const struct config *config, const struct config_section *source,
                        const struct session_context *context, const char *serial,
                        struct record *step, char *why)
{
    const struct maker maker = {config, source, context, step, why};
    const struct config_entry *own = config_own(config, source, KEY_MFA_SERIAL);
    const struct config_entry *seconds = config_own(config, source, KEY_MFA_SESSION_SECONDS);
    int r = 0;

    memset(step, 0, sizeof *step);
    if (own == NULL && serial[0] == '\0')
        return 0;
    record_start(step, RECORD_STEP);
    record_put_number(step, FIELD_STEP, STEP_SESSION_TOKEN);
    if (own == NULL)
        record_put_text(step, FIELD_MFA_SERIAL, serial);
    else
        r = put_expanded(&maker, FIELD_MFA_SERIAL, KEY_MFA_SERIAL, MFA_SERIAL_MAX,
                         shape_mfa_serial);
    if (r != 0)
        return r;
    record_put_number(step, FIELD_DURATION_SECONDS,
                      seconds == NULL ? MFA_SESSION_SECONDS : strtoul(seconds->value, NULL, 10));
    put_service(&maker);
    return check_step(&maker);
}

int
plan_step_role(const struct config *config, const struct config_section *role,
               const struct session_context *context, struct record *step, char *why)
{
    const struct maker maker = {config, role, context, step, why};
    int r;

    record_start(step, RECORD_STEP);
    record_put_number(step, FIELD_STEP, STEP_ASSUME_ROLE);
    r = put_expanded(&maker, FIELD_ROLE_ARN, KEY_ROLE_ARN, SHAPE_ARN_MAX, check_role_arn);
    if (r == 0)
        r = put_name(&maker, FIELD_ROLE_SESSION_NAME, KEY_ROLE_SESSION_NAME, DEFAULT_SESSION_NAME);
    if (r == 0)
        r = put_expanded(&maker, FIELD_EXTERNAL_ID, KEY_EXTERNAL_ID, SHAPE_EXTERNAL_ID_MAX,
                         shape_external_id);
    if (r == 0)
        r = put_name(&maker, FIELD_SOURCE_IDENTITY, KEY_SOURCE_IDENTITY, NULL);
    if (r == 0)
        r = put_tags(&maker);
    if (r == 0)
        r = put_list(&maker, FIELD_TRANSITIVE_TAG_KEYS, KEY_TRANSITIVE_TAG_KEYS);
    if (r == 0)
        r = put_expanded(&maker, FIELD_POLICY, KEY_POLICY, SHAPE_POLICY_MAX, shape_policy);
    if (r == 0)
        r = put_list(&maker, FIELD_POLICY_ARNS, KEY_POLICY_ARNS);
    if (r != 0)
        return r;
    put_number(&maker, FIELD_DURATION_SECONDS, KEY_DURATION_SECONDS);
    put_service(&maker);
    return check_step(&maker);
}
