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

/* Every variable that a GRANT can set, and the field it comes from. Sorted as a person reads them. */
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

static int
put(pam_handle_t *pamh, const char *name, const char *value, size_t size)
{
    size_t name_length = strlen(name);
    struct secret setting = {.size = name_length + 1 + size};
    int r;

    if (!is_printable(value, size))
        return PAM_SESSION_ERR;
    setting.data = malloc(setting.size + 1);
    if (setting.data == NULL)
        return PAM_SESSION_ERR;
    memcpy(setting.data, name, name_length);
    setting.data[name_length] = '=';
    memcpy(setting.data + name_length + 1, value, size);
    setting.data[setting.size] = '\0';
    r = pam_putenv(pamh, setting.data); /* copies it */
    secret_wipe(&setting);
    return r == PAM_SUCCESS ? PAM_SUCCESS : PAM_SESSION_ERR;
}

static int
put_variable(pam_handle_t *pamh, size_t i, const struct record *grant)
{
    char text[TIME_TEXT_SIZE];
    const char *value;
    size_t size;

    value = record_bytes(grant, variables[i].field, &size);
    if (value == NULL)
        return PAM_SUCCESS;
    if (variables[i].form != TEXT) {
        if (!format_time(record_number(grant, variables[i].field), variables[i].form, text))
            return PAM_SESSION_ERR;
        return put(pamh, variables[i].name, text, strlen(text));
    }
    /* A text field's NUL is no part of the value; a secret has none. */
    if (record_text(grant, variables[i].field) != NULL)
        size--;
    return put(pamh, variables[i].name, value, size);
}

int
environment_export(pam_handle_t *pamh, const struct record *grant)
{
    size_t done = 0;
    int r = is_complete(grant) ? PAM_SUCCESS : PAM_SESSION_ERR;

    while (r == PAM_SUCCESS && done < VARIABLES) {
        r = put_variable(pamh, done, grant);
        if (r == PAM_SUCCESS)
            done++;
    }
    while (r != PAM_SUCCESS && done-- > 0)
        (void)pam_putenv(pamh, variables[done].name); /* without `=`: removed */
    return r;
}

int
environment_export_pending(pam_handle_t *pamh, const char *socket)
{
    if (put(pamh, "AWS_ROLE_SOCKET", socket, strlen(socket)) != PAM_SUCCESS ||
        put(pamh, "AWS_ROLE_REFRESH_AT", "0", 1) != PAM_SUCCESS)
        return PAM_SESSION_ERR;
    return PAM_SUCCESS;
}
