/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/error.h"

#define TIME_MAX 253402300799 /* 9999-12-31T23:59:59Z */
#define TIME_TEXT_SIZE 32

enum form { TEXT, SECONDS, UTC };

/*
 * Every variable that a GRANT can set, and the field it comes from. Sorted as a person reads them.
 */
static const struct {
    const char *name;
    enum record_field field;
    enum form form;
    int covered; /* a caller's has no place in a session that does not set it itself */
} variables[] = {
    {"AWS_ACCESS_KEY_ID", FIELD_ACCESS_KEY_ID, TEXT, 1},
    {"AWS_SECRET_ACCESS_KEY", FIELD_SECRET_ACCESS_KEY, TEXT, 1},
    {"AWS_SESSION_TOKEN", FIELD_SESSION_TOKEN, TEXT, 1},
    {"AWS_CREDENTIAL_EXPIRATION", FIELD_EXPIRES_AT, UTC, 1},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", FIELD_ENDPOINT_URI, TEXT, 0},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", FIELD_ENDPOINT_TOKEN, TEXT, 1},
    {"AWS_REGION", FIELD_REGION, TEXT, 0},
    {"AWS_DEFAULT_REGION", FIELD_REGION, TEXT, 0},
    {"AWS_ROLE_NAME", FIELD_ROLE, TEXT, 1},
    {"AWS_ROLE_SOCKET", FIELD_SOCKET, TEXT, 0},
    {"AWS_ROLE_REFRESH_AT", FIELD_REFRESH_AT, SECONDS, 0},
};
#define VARIABLES (sizeof variables / sizeof variables[0])
_Static_assert(VARIABLES <= 32, "a bit for each in `exported`");

static int
has_endpoint(const struct record *reply)
{
    return record_has(reply, FIELD_ENDPOINT_URI) && record_has(reply, FIELD_ENDPOINT_TOKEN);
}

/* The three key variables with their end, or the endpoint's two; never parts of both. */
static int
is_complete(const struct record *grant)
{
    int keys = record_has(grant, FIELD_ACCESS_KEY_ID) +
               record_has(grant, FIELD_SECRET_ACCESS_KEY) +
               record_has(grant, FIELD_SESSION_TOKEN) + record_has(grant, FIELD_EXPIRES_AT);
    int endpoint =
        record_has(grant, FIELD_ENDPOINT_URI) + record_has(grant, FIELD_ENDPOINT_TOKEN);

    return (keys == 4 && endpoint == 0) || (keys == 0 && endpoint == 2);
}

static int
is_printable(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (value[i] <= 0x20 || value[i] >= 0x7f)
            return 0;
    return size > 0;
}

/* Writes a number as text; 0 when it is no time of the years 1970 to 9999. */
static int
format_time(uint64_t number, enum form form, char text[TIME_TEXT_SIZE])
{
    time_t seconds = (time_t)number;
    struct tm utc;

    if (number > TIME_MAX)
        return 0;
    if (form == SECONDS)
        return snprintf(text, TIME_TEXT_SIZE, "%llu", (unsigned long long)number) > 0;
    return gmtime_r(&seconds, &utc) != NULL &&
           strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
}

/*
 * Sets a variable whose value has been looked at, and notes that it is ours; pam_putenv(3) copies.
 */
static int
put(pam_handle_t *pamh, size_t i, const char *value, size_t size, unsigned int *exported)
{
    const char *name = variables[i].name;
    size_t name_length = strlen(name);
    struct secret setting = {.size = name_length + 1 + size};
    int r;

    setting.data = malloc(setting.size + 1);
    if (setting.data == NULL)
        return PAM_SESSION_ERR;
    memcpy(setting.data, name, name_length);
    setting.data[name_length] = '=';
    memcpy(setting.data + name_length + 1, value, size);
    setting.data[setting.size] = '\0';
    r = pam_putenv(pamh, setting.data);
    secret_wipe(&setting);
    if (r != PAM_SUCCESS)
        return PAM_SESSION_ERR;
    *exported |= 1U << i;
    return PAM_SUCCESS;
}

/* A session keeps the region that it began with: programs of it may rely on that. */
static int
is_kept(pam_handle_t *pamh, size_t i)
{
    const char *role = pam_getenv(pamh, "AWS_ROLE_NAME");

    return variables[i].field == FIELD_REGION && role != NULL && role[0] != '\0';
}

/* A variable's value: bytes in the grant, or in `text`. 0 when it breaks a rule; size 0: none. */
static int
find_value(const struct record *grant, size_t i, char text[TIME_TEXT_SIZE], const char **value,
           size_t *size)
{
    *value = record_bytes(grant, variables[i].field, size);
    if (*value == NULL)
        return 1;
    if (variables[i].form != TEXT) {
        *value = text;
        if (!format_time(record_number(grant, variables[i].field), variables[i].form, text))
            return 0;
        *size = strlen(text);
    } else if (record_text(grant, variables[i].field) != NULL) {
        *size -= 1; /* a text field's NUL is no part of the value; a secret has none */
    }
    return is_printable(*value, *size);
}

static int
all_are_good(const struct record *grant)
{
    char text[TIME_TEXT_SIZE];
    const char *value;
    size_t size;

    for (size_t i = 0; i < VARIABLES; i++)
        if (!find_value(grant, i, text, &value, &size))
            return 0;
    return is_complete(grant);
}

/*
 * su(1) hands its caller's environment on, and a PAM environment can add to that and not take away:
 * what it holds of somebody's keys and token becomes empty. Every SDK takes empty keys for none;
 * the address of an endpoint stays, since some take an empty one for one that is wrong.
 */
static int
cover_callers(pam_handle_t *pamh, unsigned int *exported)
{
    int r = PAM_SUCCESS;

    for (size_t i = 0; r == PAM_SUCCESS && i < VARIABLES; i++)
        if (variables[i].covered && getenv(variables[i].name) != NULL)
            r = put(pamh, i, "", 0, exported);
    return r;
}

static int
export(pam_handle_t *pamh, const struct record *grant, int renewed, unsigned int *exported)
{
    char text[TIME_TEXT_SIZE];
    int kept[VARIABLES], r;
    const char *value;
    size_t size;

    if (!all_are_good(grant))
        return PAM_SESSION_ERR;
    for (size_t i = 0; i < VARIABLES; i++)
        kept[i] = renewed && is_kept(pamh, i);
    r = cover_callers(pamh, exported); /* keys go before an endpoint in every SDK */
    for (size_t i = 0; r == PAM_SUCCESS && i < VARIABLES; i++)
        if (!kept[i] && find_value(grant, i, text, &value, &size) && size > 0)
            r = put(pamh, i, value, size, exported);
    if (r != PAM_SUCCESS) /* out of memory: not half of it */
        environment_delete(pamh, exported);
    return r;
}

int
environment_export(pam_handle_t *pamh, const struct record *grant, unsigned int *exported)
{
    return export(pamh, grant, 0, exported);
}

int
environment_renew(pam_handle_t *pamh, const struct record *grant, unsigned int *exported)
{
    return export(pamh, grant, 1, exported);
}

void
environment_delete(pam_handle_t *pamh, unsigned int *exported)
{
    for (size_t i = 0; i < VARIABLES; i++)
        if ((*exported & 1U << i) != 0)
            (void)pam_putenv(pamh, variables[i].name);
    *exported = 0;
}

/* Sets the variable that comes from `field` to a field of `reply`, or to `text` when given. */
static int
put_field(pam_handle_t *pamh, const struct record *reply, enum record_field field,
          const char *text, unsigned int *exported)
{
    const char *value = text;
    char number[TIME_TEXT_SIZE];
    size_t i = 0, size = text == NULL ? 0 : strlen(text);

    while (variables[i].field != field)
        i++;
    if (text == NULL && !find_value(reply, i, number, &value, &size))
        return PAM_SESSION_ERR;
    return is_printable(value, size) ? put(pamh, i, value, size, exported) : PAM_SESSION_ERR;
}

int
environment_export_pending(pam_handle_t *pamh, const struct record *reply, const char *socket,
                           unsigned int *exported)
{
    int r = cover_callers(pamh, exported);

    if (r == PAM_SUCCESS)
        r = put_field(pamh, reply, FIELD_REFRESH_AT, "0", exported);
    if (r == PAM_SUCCESS)
        r = put_field(pamh, reply, FIELD_SOCKET, socket, exported);
    if (r == PAM_SUCCESS && has_endpoint(reply)) {
        r = put_field(pamh, reply, FIELD_ENDPOINT_URI, NULL, exported);
        if (r == PAM_SUCCESS)
            r = put_field(pamh, reply, FIELD_ENDPOINT_TOKEN, NULL, exported);
    }
    if (r != PAM_SUCCESS)
        environment_delete(pamh, exported);
    return r;
}
