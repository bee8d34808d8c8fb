/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What services answer, by libFuzzer's interface, to each of its readers. Whatever comes out must be
 * fit to be used, or nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/key_rules.h"
#include "helper/replies.h"

#define NOW INT64_C(2000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition)
        abort();
}

static void
check_text(const char *text)
{
    for (; *text != '\0'; text++)
        require(*text >= ' ' && *text < 0x7f);
}

static void
check_credentials(int r, const struct credentials *credentials, const struct failure *why)
{
    const struct secret *key = &credentials->secret_access_key;
    const struct secret *token = &credentials->session_token;

    check_text(why->text);
    if (r != 0) {
        require(why->class == r && why->text[0] != '\0');
        require(credentials->access_key_id[0] == '\0' && key->size == 0 && token->size == 0);
        return;
    }
    require(key_rules_id(credentials->access_key_id, strlen(credentials->access_key_id)));
    require(key_rules_secret(key->data, key->size, CREDENTIALS_SECRET_MAX));
    require(key_rules_secret(token->data, token->size, CREDENTIALS_TOKEN_MAX));
    require(credentials->expires_at > NOW &&
            credentials->expires_at <= NOW + REPLIES_LIFETIME_MAX);
    check_text(credentials->arn);
}

static void
read_credentials(const char *body, size_t size)
{
    struct credentials credentials = {.arn = ""};
    struct failure why = {.class = 0};
    int r = replies_credentials("AssumeRole", body, size, NOW, &credentials, &why);

    check_credentials(r, &credentials, &why);
    credentials_wipe(&credentials);
    why = (struct failure){.class = 0};
    r = replies_metadata(body, size, NOW, &credentials, &why);
    check_credentials(r, &credentials, &why);
    credentials_wipe(&credentials);
}

static void
read_sign_in(const char *body, size_t size)
{
    struct credentials credentials = {.arn = ""};
    struct secret refresh_token = SECRET_EMPTY;
    struct failure why = {.class = 0};
    char subject[CREDENTIALS_ARN_MAX + 1];
    int r = replies_sign_in(body, size, NOW, &credentials, &refresh_token, subject, &why);

    check_credentials(r, &credentials, &why);
    check_text(subject);
    require(r == 0 || (refresh_token.size == 0 && subject[0] == '\0'));
    if (refresh_token.size > 0)
        check_text(refresh_token.data);
    require(refresh_token.size == 0 || strlen(refresh_token.data) == refresh_token.size);
    credentials_wipe(&credentials);
    secret_wipe(&refresh_token);
}

static void
read_caller(const char *body, size_t size)
{
    struct failure why = {.class = 0};
    char arn[CREDENTIALS_ARN_MAX + 1];
    int r = replies_caller(body, size, arn, &why);

    check_text(arn);
    check_text(why.text);
    require((r == 0) == (arn[0] != '\0'));
}

static void
read_error(const char *body, size_t size)
{
    struct reply_error error;
    int r = replies_error(body, size, &error);

    require((r == 0) == (error.code[0] != '\0'));
    check_text(error.code);
    check_text(error.message);
    check_text(error.request_id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *body = (const char *)data;

    read_credentials(body, size);
    read_sign_in(body, size);
    read_caller(body, size);
    read_error(body, size);
    return 0;
}
