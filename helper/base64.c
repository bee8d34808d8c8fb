/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/base64.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define PIECE 48 /* bytes at a time: a multiple of 3, so that only the last one has padding */

/* The characters that the two alphabets do not share: the standard's, then those of base64url. */
static const char standard[] = "+/", url[] = "-_";

static void
translate(char *text, size_t size, const char *from, const char *to)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == from[0])
            text[i] = to[0];
        else if (text[i] == from[1])
            text[i] = to[1];
    }
}

void
base64_add_url(struct buffer *text, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    char piece[PIECE / 3 * 4 + 1];

    while (size > 0) {
        int length = (int)(size < PIECE ? size : PIECE);

        (void)EVP_EncodeBlock((unsigned char *)piece, at, length);
        translate(piece, sizeof piece, standard, url);
        buffer_add(text, piece, strcspn(piece, "="));
        at += length;
        size -= (size_t)length;
    }
    explicit_bzero(piece, sizeof piece);
}

/* How many characters stand before the padding; 0 when it is not as long as it has to be. */
static size_t
characters(const char *text, size_t size)
{
    size_t length = size;

    while (length > 0 && text[length - 1] == '=')
        length--;
    return length % 4 == 1 || (length != size && (size % 4 != 0 || size - length > 2)) ? 0 : length;
}

static int
is_base64(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!((text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= 'a' && text[i] <= 'z') ||
              (text[i] >= '0' && text[i] <= '9') || (text[i] != '\0' && strchr("+/-_", text[i]))))
            return 0;
    return 1;
}

int
base64_read(const char *text, size_t size, struct secret *bytes)
{
    size_t length = characters(text, size), padded = (length + 3) / 4 * 4;
    struct secret copy = SECRET_EMPTY, decoded = SECRET_EMPTY;
    int r = AWS_ROLE_ERR_MEMORY;

    if (length == 0 || length > INT32_MAX / 2 || !is_base64(text, length))
        return AWS_ROLE_ERR_ARGUMENT;
    copy.data = malloc(padded + 1);
    decoded.data = malloc(padded + 1);
    copy.size = decoded.size = padded;
    if (copy.data == NULL || decoded.data == NULL)
        goto out;
    memset(copy.data, '=', padded);
    memcpy(copy.data, text, length);
    copy.data[padded] = '\0';
    translate(copy.data, length, url, standard);
    r = EVP_DecodeBlock((unsigned char *)decoded.data, (unsigned char *)copy.data, (int)padded) < 0
            ? AWS_ROLE_ERR_ARGUMENT
            : secret_set(bytes, decoded.data, length * 3 / 4);
out:
    secret_wipe(&copy);
    secret_wipe(&decoded);
    return r;
}
