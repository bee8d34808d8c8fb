/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What services answer, by libFuzzer's interface: the first byte chooses the reader. Whatever comes
 * out must be fit to be used, or nothing.
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct credentials credentials = {.arn = ""};
    struct failure why = {.class = 0};
    struct reply_error error;
    const char *body;
    int r;

    if (size == 0)
        return 0;
    body = (const char *)data + 1;
    size--;
    switch (data[0] % 3) {
    case 0:
        r = replies_credentials("AssumeRole", body, size, NOW, &credentials, &why);
        check_credentials(r, &credentials, &why);
        break;
    case 1:
        r = replies_metadata(body, size, NOW, &credentials, &why);
        check_credentials(r, &credentials, &why);
        break;
    default:
        r = replies_error(body, size, &error);
        require((r == 0) == (error.code[0] != '\0'));
        check_text(error.code);
        check_text(error.message);
        check_text(error.request_id);
        break;
    }
    credentials_wipe(&credentials);
    return 0;
}
