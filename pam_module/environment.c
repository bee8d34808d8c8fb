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
} variables[] = {
    {"AWS_ACCESS_KEY_ID", FIELD_ACCESS_KEY_ID, TEXT},
    {"AWS_SECRET_ACCESS_KEY", FIELD_SECRET_ACCESS_KEY, TEXT},
    {"AWS_SESSION_TOKEN", FIELD_SESSION_TOKEN, TEXT},
    {"AWS_CREDENTIAL_EXPIRATION", FIELD_EXPIRES_AT, UTC},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", FIELD_ENDPOINT_URI, TEXT},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", FIELD_ENDPOINT_TOKEN, TEXT},
    {"AWS_REGION", FIELD_REGION, TEXT},
    {"AWS_DEFAULT_REGION", FIELD_REGION, TEXT},
    {"AWS_ROLE_NAME", FIELD_ROLE, TEXT},
    {"AWS_ROLE_SOCKET", FIELD_SOCKET, TEXT},
    {"AWS_ROLE_REFRESH_AT", FIELD_REFRESH_AT, SECONDS},
};
#define VARIABLES (sizeof variables / sizeof variables[0])

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

/* Sets a variable whose value has been looked at; pam_putenv(3) copies it. */
static int
put(pam_handle_t *pamh, const char *name, const char *value, size_t size)
{
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
    return r == PAM_SUCCESS ? PAM_SUCCESS : PAM_SESSION_ERR;
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

int
environment_export(pam_handle_t *pamh, const struct record *grant)
{
    char text[TIME_TEXT_SIZE];
    int r = PAM_SUCCESS;
    const char *value;
    size_t size, i;

    if (!all_are_good(grant))
        return PAM_SESSION_ERR;
    for (i = 0; r == PAM_SUCCESS && i < VARIABLES; i++)
        if (find_value(grant, i, text, &value, &size) && size > 0)
            r = put(pamh, variables[i].name, value, size);
    while (r != PAM_SUCCESS && i-- > 0) /* out of memory: not half of it */
        (void)pam_putenv(pamh, variables[i].name);
    return r;
}

int
environment_export_pending(pam_handle_t *pamh, const char *socket)
{
    if (!is_printable(socket, strlen(socket)) ||
        put(pamh, "AWS_ROLE_REFRESH_AT", "0", 1) != PAM_SUCCESS)
        return PAM_SESSION_ERR;
    if (put(pamh, "AWS_ROLE_SOCKET", socket, strlen(socket)) != PAM_SUCCESS) {
        (void)pam_putenv(pamh, "AWS_ROLE_REFRESH_AT");
        return PAM_SESSION_ERR;
    }
    return PAM_SUCCESS;
}
