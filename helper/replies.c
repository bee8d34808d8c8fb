/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/replies.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "common/key_rules.h"
#include "helper/base64.h"
#include "helper/replies_json.h"
#include "helper/replies_value.h"
#include "helper/replies_xml.h"

/* AWS's model of CreateOAuth2Token: 2048. */
#define REFRESH_TOKEN_MAX 8192

static int
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Told apart by the first byte: servers answer XML when asked for JSON, and call it text/html. */
static int
read_body(const char *body, size_t size, struct replies_values *values)
{
    *values = (struct replies_values){.expires_at = 0};
    while (size > 0 && is_blank(*body)) {
        body++;
        size--;
    }
    if (size > 0 && *body == '{')
        return replies_json_read(body, size, values);
    if (size > 0 && *body == '<')
        return replies_xml_read(body, size, values);
    return AWS_ROLE_ERR_NOT_AWS;
}

/* Documents are indented, and wrapped in the middle of long values. */
static void
remove_blanks(struct secret *text)
{
    size_t used = 0;

    for (size_t i = 0; i < text->size; i++)
        if (!is_blank(text->data[i]))
            text->data[used++] = text->data[i];
    if (text->size > 0)
        explicit_bzero(text->data + used, text->size - used);
    text->size = used;
    if (used == 0)
        secret_wipe(text);
}

static int
two_digits(const char *text, int low, int high, int *number)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return 0;
    *number = (text[0] - '0') * 10 + (text[1] - '0');
    return *number >= low && *number <= high;
}

/* The 19 bytes of YYYY-MM-DDTHH:MM:SS. */
static int
read_date(const char *text, struct tm *utc)
{
    int century, year, month, day;

    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        !two_digits(text, 19, 99, &century) || !two_digits(text + 2, 0, 99, &year) ||
        !two_digits(text + 5, 1, 12, &month) || !two_digits(text + 8, 1, 31, &day) ||
        !two_digits(text + 11, 0, 23, &utc->tm_hour) ||
        !two_digits(text + 14, 0, 59, &utc->tm_min) || !two_digits(text + 17, 0, 60, &utc->tm_sec))
        return 0;
    utc->tm_year = century * 100 + year - 1900;
    utc->tm_mon = month - 1;
    utc->tm_mday = day;
    return 1;
}

int
replies_time(const char *text, int64_t *seconds)
{
    struct tm utc = {0};

    if (strnlen(text, 20) < 20 || !read_date(text, &utc))
        return AWS_ROLE_ERR_NOT_AWS;
    text += 19;
    if (*text == '.') {
        size_t digits = strspn(text + 1, "0123456789");

        if (digits == 0 || digits > 9)
            return AWS_ROLE_ERR_NOT_AWS;
        text += 1 + digits;
    }
    if (strcmp(text, "Z") != 0 && strcmp(text, "+00:00") != 0)
        return AWS_ROLE_ERR_NOT_AWS;
    *seconds = (int64_t)timegm(&utc);
    return *seconds > 0 ? 0 : AWS_ROLE_ERR_NOT_AWS;
}

static int
malformed(struct failure *why, const char *what)
{
    return failure_set(why, AWS_ROLE_ERR_NOT_AWS, "the answer's credentials have %s", what);
}

static int
take_expiry(struct replies_values *values, int64_t issuer_now, struct credentials *credentials,
            struct failure *why)
{
    const struct secret *text = &values->text[REPLIES_EXPIRATION];
    int64_t expires_at = values->expires_at;

    if (text->size > 0 && (expires_at != 0 || replies_time(text->data, &expires_at) != 0))
        return malformed(why, "an Expiration that is no time");
    if (expires_at == 0)
        return malformed(why, "no Expiration");
    if (expires_at > issuer_now + REPLIES_LIFETIME_MAX)
        return malformed(why, "an Expiration further away than AWS issues any");
    credentials_set_expiry(credentials, expires_at, issuer_now);
    return 0;
}

static int
take_keys(struct replies_values *values, struct credentials *credentials, struct failure *why)
{
    struct secret *id = &values->text[REPLIES_KEY_ID];
    struct secret *key = &values->text[REPLIES_SECRET];
    struct secret *token = &values->text[REPLIES_TOKEN];

    remove_blanks(id);
    remove_blanks(key);
    remove_blanks(token);
    if (!key_rules_id(id->data, id->size))
        return malformed(why, "no AccessKeyId of 16 to 128 letters and digits");
    if (!key_rules_secret(key->data, key->size, CREDENTIALS_SECRET_MAX))
        return malformed(why, "no SecretAccessKey that can be one");
    if (!key_rules_secret(token->data, token->size, CREDENTIALS_TOKEN_MAX))
        return malformed(why, "no session token that can be one");
    memcpy(credentials->access_key_id, id->data, id->size + 1);
    secret_move(&credentials->secret_access_key, key);
    secret_move(&credentials->session_token, token);
    return 0;
}

static int
take_credentials(struct replies_values *values, int64_t issuer_now,
                 struct credentials *credentials, struct failure *why)
{
    struct secret *arn = &values->text[REPLIES_ARN];
    int r;

    credentials_wipe(credentials);
    remove_blanks(&values->text[REPLIES_EXPIRATION]);
    remove_blanks(arn);
    if ((r = take_keys(values, credentials, why)) != 0 ||
        (r = take_expiry(values, issuer_now, credentials, why)) != 0) {
        credentials_wipe(credentials);
        return r;
    }
    if (arn->size > 0 && key_rules_secret(arn->data, arn->size, CREDENTIALS_ARN_MAX))
        memcpy(credentials->arn, arn->data, arn->size + 1);
    return 0;
}

static int
unreadable(int error, struct failure *why)
{
    if (error == AWS_ROLE_ERR_MEMORY)
        return failure_set(why, error, "out of memory");
    return failure_set(why, AWS_ROLE_ERR_NOT_AWS,
                       "the answer is neither the JSON nor the XML of the service asked");
}

int
replies_credentials(const char *action, const char *body, size_t size, int64_t issuer_now,
                    struct credentials *credentials, struct failure *why)
{
    struct replies_values values;
    int r = read_body(body, size, &values);

    if (r != 0)
        r = unreadable(r, why);
    else if (strcmp(values.action, action) != 0)
        r = failure_set(why, AWS_ROLE_ERR_NOT_AWS, "the answer is not one to %s", action);
    else
        r = take_credentials(&values, issuer_now, credentials, why);
    if (r == 0 && credentials->valid_until == 0) {
        credentials_wipe(credentials);
        r = malformed(why, "an Expiration that has passed");
    }
    replies_value_wipe(&values);
    return r;
}

int
replies_metadata(const char *body, size_t size, int64_t issuer_now,
                 struct credentials *credentials, struct failure *why)
{
    struct replies_values values;
    const struct secret *code = &values.text[REPLIES_CODE];
    int r = read_body(body, size, &values);

    if (r != 0)
        r = unreadable(r, why);
    else if (code->size > 0 && strcmp(code->data, "Success") != 0)
        r = failure_set(why, AWS_ROLE_ERR_RETRY,
                        "the instance's role has no credentials yet (%.64s): check the instance "
                        "profile and the trust policy of its role",
                        code->data);
    else
        r = take_credentials(&values, issuer_now, credentials, why);
    if (r == 0 && credentials->valid_until == 0) {
        credentials_wipe(credentials);
        r = failure_set(why, AWS_ROLE_ERR_RETRY,
                        "the metadata service gave credentials that have expired");
    }
    replies_value_wipe(&values);
    return r;
}

/* An ARN as it may be compared: printable, without a blank. "" when there is none. */
static void
copy_arn(char *to, const struct secret *from)
{
    if (from->size > 0 && key_rules_secret(from->data, from->size, CREDENTIALS_ARN_MAX))
        memcpy(to, from->data, from->size + 1);
}

/* The `sub` of a JWT's payload (RFC 7519 3.1, 4.1.2). */
static int
read_subject(const struct secret *token, char *subject)
{
    const char *payload = token->size == 0 ? NULL : strchr(token->data, '.'), *end;
    struct secret json = SECRET_EMPTY;
    struct replies_values values = {.expires_at = 0};
    int r = 0;

    end = payload == NULL ? NULL : strchr(payload + 1, '.');
    if (end == NULL)
        return 0;
    r = base64_read(payload + 1, (size_t)(end - payload - 1), &json);
    if (r == 0)
        r = replies_json_read(json.data, json.size, &values);
    if (r == 0)
        copy_arn(subject, &values.text[REPLIES_SUBJECT]);
    secret_wipe(&json);
    replies_value_wipe(&values);
    return r == AWS_ROLE_ERR_MEMORY ? r : 0;
}

static int
take_sign_in(struct replies_values *values, int64_t issuer_now, struct credentials *credentials,
             struct secret *refresh_token, struct failure *why)
{
    struct secret *token = &values->text[REPLIES_REFRESH_TOKEN];

    if (values->expires_in == 0)
        return malformed(why, "no expiresIn");
    if (token->size > 0 && !key_rules_secret(token->data, token->size, REFRESH_TOKEN_MAX))
        return malformed(why, "a refresh token that can be none");
    values->expires_at = issuer_now + values->expires_in;
    secret_move(refresh_token, token);
    return take_credentials(values, issuer_now, credentials, why);
}

int
replies_sign_in(const char *body, size_t size, int64_t issuer_now,
                struct credentials *credentials, struct secret *refresh_token, char *subject,
                struct failure *why)
{
    struct replies_values values;
    int r = read_body(body, size, &values);

    subject[0] = '\0';
    if (r == 0)
        r = read_subject(&values.text[REPLIES_ID_TOKEN], subject);
    r = r != 0 ? unreadable(r, why)
               : take_sign_in(&values, issuer_now, credentials, refresh_token, why);
    if (r != 0) {
        credentials_wipe(credentials);
        secret_wipe(refresh_token);
        subject[0] = '\0';
    }
    replies_value_wipe(&values);
    return r;
}

int
replies_caller(const char *body, size_t size, char *arn, struct failure *why)
{
    struct replies_values values;
    int r = read_body(body, size, &values);

    arn[0] = '\0';
    if (r == 0)
        copy_arn(arn, &values.text[REPLIES_ARN]);
    if (r != 0)
        r = unreadable(r, why);
    else if (arn[0] == '\0')
        r = failure_set(why, AWS_ROLE_ERR_NOT_AWS, "the answer does not say who the caller is");
    replies_value_wipe(&values);
    return r;
}

static void
copy_clean(char *to, size_t size, const struct secret *from)
{
    failure_clean(to, size, from->size == 0 ? "" : from->data, from->size);
}

int
replies_error(const char *body, size_t size, struct reply_error *error)
{
    struct replies_values values;
    int r = read_body(body, size, &values);

    *error = (struct reply_error){.code = ""};
    if (r == 0) {
        copy_clean(error->code, sizeof error->code, &values.text[REPLIES_CODE]);
        copy_clean(error->message, sizeof error->message, &values.text[REPLIES_MESSAGE]);
        copy_clean(error->request_id, sizeof error->request_id, &values.text[REPLIES_REQUEST_ID]);
    }
    replies_value_wipe(&values);
    if (error->code[0] == '\0')
        return AWS_ROLE_ERR_NOT_AWS;
    return 0;
}
