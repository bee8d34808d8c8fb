/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/replies_value.h"

#include <string.h>

#include "common/error.h"

/* Seconds of the epoch up to the year 9999. */
#define EXPIRATION_MAX 253402300799.0

static const struct {
    const char *path;
    enum replies_field field;
} known[] = {
    /* STS */
    {"Credentials/AccessKeyId", REPLIES_KEY_ID},
    {"Credentials/SecretAccessKey", REPLIES_SECRET},
    {"Credentials/SessionToken", REPLIES_TOKEN},
    {"Credentials/Expiration", REPLIES_EXPIRATION},
    {"AssumedRoleUser/Arn", REPLIES_ARN},
    {"Arn", REPLIES_ARN}, /* GetCallerIdentity */
    {"ResponseMetadata/RequestId", REPLIES_REQUEST_ID},
    /* errors: AWS, moto, Ceph in XML, Ceph in JSON */
    {"Error/Code", REPLIES_CODE},
    {"Error/Message", REPLIES_MESSAGE},
    {"Error/RequestId", REPLIES_REQUEST_ID},
    {"Errors/Error/Code", REPLIES_CODE},
    {"Errors/Error/Message", REPLIES_MESSAGE},
    {"Code", REPLIES_CODE},
    {"Message", REPLIES_MESSAGE},
    {"RequestId", REPLIES_REQUEST_ID},
    /* metadata services */
    {"AccessKeyId", REPLIES_KEY_ID},
    {"SecretAccessKey", REPLIES_SECRET},
    {"Token", REPLIES_TOKEN},
    {"Expiration", REPLIES_EXPIRATION},
    /* AWS Sign-In: CreateOAuth2Token, its errors, and the payload of its ID token */
    {"accessToken/accessKeyId", REPLIES_KEY_ID},
    {"accessToken/secretAccessKey", REPLIES_SECRET},
    {"accessToken/sessionToken", REPLIES_TOKEN},
    {"refreshToken", REPLIES_REFRESH_TOKEN},
    {"idToken", REPLIES_ID_TOKEN},
    {"error", REPLIES_CODE},
    {"message", REPLIES_MESSAGE},
    {"sub", REPLIES_SUBJECT},
};

/* The length of a first component of `path` that ends in `suffix`; 0 when it does not. */
static size_t
ends_in(const char *path, const char *suffix)
{
    size_t length = strcspn(path, "/"), end = strlen(suffix);

    if (path[length] != '/' || length <= end || strncmp(path + length - end, suffix, end) != 0)
        return 0;
    return length;
}

/* Leaves out the outer elements, keeping the action's name, which must not change. */
static int
strip(struct replies_values *values, const char **path)
{
    size_t length = ends_in(*path, "Response");

    if (length > 0)
        *path += length + 1;
    length = ends_in(*path, "Result");
    if (length == 0)
        return 0;
    length -= strlen("Result");
    if (length >= sizeof values->action ||
        (values->action[0] != '\0' && (strlen(values->action) != length ||
                                       strncmp(values->action, *path, length) != 0)))
        return AWS_ROLE_ERR_NOT_AWS;
    memcpy(values->action, *path, length);
    values->action[length] = '\0';
    *path += length + strlen("Result/");
    return 0;
}

/* REPLIES_FIELD_COUNT: nobody asks for it. */
static int
find(struct replies_values *values, const char *path, enum replies_field *field)
{
    int r = strip(values, &path);

    *field = REPLIES_FIELD_COUNT;
    if (r != 0)
        return r;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(path, known[i].path) == 0)
            *field = known[i].field;
    return 0;
}

int
replies_value_take(struct replies_values *values, const char *path, const char *text, size_t size)
{
    enum replies_field field;
    int r = find(values, path, &field);

    if (r != 0 || field == REPLIES_FIELD_COUNT || size == 0)
        return r;
    if (values->text[field].size > 0 || memchr(text, '\0', size) != NULL)
        return AWS_ROLE_ERR_NOT_AWS;
    return secret_set(&values->text[field], text, size);
}

int
replies_value_take_number(struct replies_values *values, const char *path, double number)
{
    enum replies_field field;
    int64_t *to = NULL;
    int r = find(values, path, &field);

    if (strcmp(path, "expiresIn") == 0)
        to = &values->expires_in;
    else if (r == 0 && field == REPLIES_EXPIRATION)
        to = &values->expires_at;
    if (r != 0 || to == NULL)
        return r;
    if (*to != 0 || !(number >= 1 && number <= EXPIRATION_MAX))
        return AWS_ROLE_ERR_NOT_AWS;
    *to = (int64_t)number;
    return 0;
}

void
replies_value_wipe(struct replies_values *values)
{
    for (size_t i = 0; i < REPLIES_FIELD_COUNT; i++)
        secret_wipe(&values->text[i]);
    explicit_bzero(values, sizeof *values);
}
