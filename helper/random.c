/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/random.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/error.h"

#define UUID_BYTES 16

/* getrandom(2): up to 256 bytes come whole once the pool is ready, which a host with a login is. */
static int
fill(unsigned char *bytes, size_t size)
{
    return getrandom(bytes, size, GRND_NONBLOCK) == (ssize_t)size ? 0 : AWS_ROLE_ERR_SYSTEM;
}

int
random_uuid(char uuid[RANDOM_UUID_SIZE])
{
    unsigned char b[UUID_BYTES];

    uuid[0] = '\0';
    if (fill(b, sizeof b) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(uuid, RANDOM_UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
    return 0;
}

int
random_text(char *text, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char byte;

    for (size_t i = 0; i < length; i++) {
        if (fill(&byte, 1) != 0)
            return AWS_ROLE_ERR_SYSTEM;
        text[i] = letters[byte & 0x3f];
    }
    text[length] = '\0';
    explicit_bzero(&byte, sizeof byte);
    return 0;
}
