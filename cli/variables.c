/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/variables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/credentials.h"
#include "common/error.h"
#include "common/role_name.h"

#define URI_START "http://127.0.0.1:"
#define REFRESH_AT_MAX 9999999998 /* 10 digits, below VARIABLES_NEVER */
#define TIME_MAX 253402300799     /* 9999-12-31T23:59:59Z */

/* When the next prompt asks again, where newer ones are due and these are still good. */
#define SOON_SECONDS 3
#define LATER_SECONDS 30 /* the newest try has failed */

static const char *const names[VARIABLES_COUNT] = {
    [VARIABLES_ACCESS_KEY_ID] = "AWS_ACCESS_KEY_ID",
    [VARIABLES_SECRET_ACCESS_KEY] = "AWS_SECRET_ACCESS_KEY",
    [VARIABLES_SESSION_TOKEN] = "AWS_SESSION_TOKEN",
    [VARIABLES_EXPIRATION] = "AWS_CREDENTIAL_EXPIRATION",
    [VARIABLES_SECURITY_TOKEN] = "AWS_SECURITY_TOKEN",
    [VARIABLES_ENDPOINT_URI] = "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    [VARIABLES_ENDPOINT_TOKEN] = "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    [VARIABLES_RELATIVE_URI] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    [VARIABLES_TOKEN_FILE] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    [VARIABLES_REGION] = "AWS_REGION",
    [VARIABLES_DEFAULT_REGION] = "AWS_DEFAULT_REGION",
    [VARIABLES_ROLE_NAME] = "AWS_ROLE_NAME",
    [VARIABLES_SOCKET] = "AWS_ROLE_SOCKET",
    [VARIABLES_REFRESH_AT] = "AWS_ROLE_REFRESH_AT",
    [VARIABLES_KEY_MARK] = "_AWS_ROLE_KEY",
};

const char *
variables_name(enum variables_name name)
{
    return names[name];
}

static int
is_printable(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (value[i] <= 0x20 || value[i] >= 0x7f)
            return 0;
    return size > 0;
}

static int
set(struct variables *variables, enum variables_name name, const char *value, size_t size)
{
    if (value == NULL || !is_printable(value, size))
        return AWS_ROLE_ERR_PROTOCOL;
    variables->change[name] = VARIABLES_SET;
    return secret_set(&variables->value[name], value, size);
}

int
variables_set(struct variables *variables, enum variables_name name, const char *text)
{
    return set(variables, name, text, text == NULL ? 0 : strlen(text));
}

static int
set_secret(struct variables *variables, enum variables_name name, const struct secret *secret)
{
    return set(variables, name, secret->data, secret->size);
}

static int
set_expiration(struct variables *variables, const struct credentials *credentials)
{
    int64_t expiry = credentials_expiry_here(credentials);
    time_t seconds = (time_t)expiry;
    char text[32];
    struct tm utc;

    if (expiry <= 0 || expiry > TIME_MAX || gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return AWS_ROLE_ERR_PROTOCOL;
    return variables_set(variables, VARIABLES_EXPIRATION, text);
}

static void
unset(struct variables *variables, const enum variables_name *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        variables->change[list[i]] = VARIABLES_UNSET;
}

static int
set_keys(struct variables *variables, const struct record *grant)
{
    static const enum variables_name others[] = {VARIABLES_SECURITY_TOKEN, VARIABLES_ENDPOINT_URI,
                                                 VARIABLES_ENDPOINT_TOKEN};
    struct credentials credentials = {0};
    int r = record_get_credentials(grant, &credentials);

    if (r != 0) {
        r = r == AWS_ROLE_ERR_MEMORY ? r : AWS_ROLE_ERR_PROTOCOL;
        goto out;
    }
    unset(variables, others, sizeof others / sizeof others[0]);
    if ((r = variables_set(variables, VARIABLES_ACCESS_KEY_ID, credentials.access_key_id)) != 0 ||
        (r = set_secret(variables, VARIABLES_SECRET_ACCESS_KEY,
                        &credentials.secret_access_key)) != 0 ||
        (r = set_secret(variables, VARIABLES_SESSION_TOKEN, &credentials.session_token)) != 0)
        goto out;
    r = set_expiration(variables, &credentials);
out:
    credentials_wipe(&credentials);
    return r;
}

/* http://127.0.0.1:PORT/…: nowhere else are credentials asked for. */
static int
uri_is_good(const char *uri)
{
    size_t start = strlen(URI_START), digits;

    if (uri == NULL || strncmp(uri, URI_START, start) != 0)
        return 0;
    digits = strspn(uri + start, "0123456789");
    return digits > 0 && digits <= 5 && uri[start] != '0' && uri[start + digits] == '/' &&
           strtol(uri + start, NULL, 10) <= 65535;
}

static int
set_endpoint(struct variables *variables, const struct record *grant)
{
    static const enum variables_name others[] = {
        VARIABLES_ACCESS_KEY_ID,  VARIABLES_SECRET_ACCESS_KEY, VARIABLES_SESSION_TOKEN,
        VARIABLES_EXPIRATION,     VARIABLES_SECURITY_TOKEN,    VARIABLES_RELATIVE_URI,
        VARIABLES_TOKEN_FILE};
    const char *uri = record_text(grant, FIELD_ENDPOINT_URI);
    struct secret token = SECRET_EMPTY;
    int r;

    if (!uri_is_good(uri) || record_has(grant, FIELD_ACCESS_KEY_ID))
        return AWS_ROLE_ERR_PROTOCOL;
    unset(variables, others, sizeof others / sizeof others[0]);
    r = record_get_secret(grant, FIELD_ENDPOINT_TOKEN, &token);
    if (r == 0)
        r = variables_set(variables, VARIABLES_ENDPOINT_URI, uri);
    if (r == 0)
        r = set_secret(variables, VARIABLES_ENDPOINT_TOKEN, &token);
    secret_wipe(&token);
    return r;
}

static int
set_refresh_at(struct variables *variables, const struct record *grant, int64_t now)
{
    uint64_t at = record_number(grant, FIELD_REFRESH_AT);
    uint64_t end = record_number(grant, FIELD_EXPIRES_AT);
    char text[24];

    if (at > REFRESH_AT_MAX || now < 0)
        return AWS_ROLE_ERR_PROTOCOL;
    if (at <= (uint64_t)now) {
        at = (uint64_t)now + (record_has(grant, FIELD_LAST_ERROR) ? LATER_SECONDS : SOON_SECONDS);
        if (end > (uint64_t)now && end < at)
            at = end; /* then there are others, or none */
    }
    snprintf(text, sizeof text, "%" PRIu64, at);
    return variables_set(variables, VARIABLES_REFRESH_AT, text);
}

int
variables_of_grant(struct variables *variables, const struct record *grant, const char *socket,
                   int64_t now)
{
    const char *role = record_text(grant, FIELD_ROLE);
    int r = AWS_ROLE_ERR_PROTOCOL;

    memset(variables, 0, sizeof *variables);
    if (grant->kind != RECORD_GRANT || !role_name_is_good(role))
        goto out;
    r = record_has(grant, FIELD_ENDPOINT_URI) ? set_endpoint(variables, grant)
                                              : set_keys(variables, grant);
    if (r == 0)
        r = variables_set(variables, VARIABLES_ROLE_NAME, role);
    if (r == 0)
        r = variables_set(variables, VARIABLES_SOCKET, socket);
    if (r == 0)
        r = set_refresh_at(variables, grant, now);
out:
    if (r != 0)
        variables_wipe(variables);
    return r;
}

/*
 * 1 when the key of the environment is one that the hook, or a login, has set. Without the hook's
 * mark a shell of ours is known by its role.
 */
static int
key_is_ours(void)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID"), *mark = getenv("_AWS_ROLE_KEY");

    if (mark == NULL)
        return getenv("AWS_ROLE_NAME") != NULL;
    return key != NULL && strcmp(key, mark) == 0;
}

/* IAM User Guide, "IAM identifiers", unique prefixes: an access key of a user's, without an end. */
static int
key_is_long_lived(void)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID");

    return key != NULL && strncmp(key, "AKIA", 4) == 0;
}

int
variables_have_endpoint(void)
{
    const char *uri = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");

    return uri != NULL && strncmp(uri, URI_START, strlen(URI_START)) == 0;
}

int
variables_of_nothing(struct variables *variables)
{
    static const enum variables_name key[] = {VARIABLES_ACCESS_KEY_ID, VARIABLES_SECRET_ACCESS_KEY,
                                              VARIABLES_SESSION_TOKEN, VARIABLES_EXPIRATION,
                                              VARIABLES_KEY_MARK};
    static const enum variables_name endpoint[] = {VARIABLES_ENDPOINT_URI,
                                                   VARIABLES_ENDPOINT_TOKEN};
    static const enum variables_name always[] = {VARIABLES_ROLE_NAME, VARIABLES_SOCKET};

    memset(variables, 0, sizeof *variables);
    unset(variables, always, sizeof always / sizeof always[0]);
    if (key_is_long_lived()) /* the end of ours would be taken for its own */
        variables->change[VARIABLES_EXPIRATION] = VARIABLES_UNSET;
    if (key_is_ours())
        unset(variables, key, sizeof key / sizeof key[0]);
    if (variables_have_endpoint())
        unset(variables, endpoint, sizeof endpoint / sizeof endpoint[0]);
    return variables_set(variables, VARIABLES_REFRESH_AT, VARIABLES_NEVER);
}

/* A person who has switched the hook off for good keeps the role of the login, and its name. */
int
variables_are_off(void)
{
    const char *at = getenv(names[VARIABLES_REFRESH_AT]);

    return at != NULL && strcmp(at, VARIABLES_NEVER) == 0 &&
           getenv(names[VARIABLES_ROLE_NAME]) == NULL;
}

void
variables_wipe(struct variables *variables)
{
    for (size_t i = 0; i < VARIABLES_COUNT; i++)
        secret_wipe(&variables->value[i]);
    memset(variables, 0, sizeof *variables);
}
