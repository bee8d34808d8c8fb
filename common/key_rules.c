/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/key_rules.h"

#include "common/credentials.h"

#define KEY_ID_MIN 16

int
key_rules_id(const char *text, size_t size)
{
    if (size < KEY_ID_MIN || size > CREDENTIALS_KEY_ID_MAX)
        return 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return 0;
    }
    return 1;
}

int
key_rules_secret(const char *text, size_t size, size_t size_max)
{
    if (size == 0 || size > size_max)
        return 0;
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return 0;
    return 1;
}
