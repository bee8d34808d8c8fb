/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/aws_name.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"

static int
is_kept(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_+,.@-", c) != NULL);
}

int
aws_name_encode(const char *value, char *name, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t used = 0;

    for (const char *from = value; *from != '\0'; from++) {
        unsigned char c = (unsigned char)*from;
        size_t need = is_kept(c) ? 1 : 3;

        if (used + need >= size)
            return AWS_ROLE_ERR_TOO_BIG;
        if (need == 1) {
            name[used] = (char)c;
        } else {
            name[used] = '=';
            name[used + 1] = digits[c >> 4];
            name[used + 2] = digits[c & 15];
        }
        used += need;
    }
    if (used >= size)
        return AWS_ROLE_ERR_TOO_BIG;
    name[used] = '\0';
    return 0;
}

void
aws_name_fit(const char *value, uid_t uid, char *name)
{
    char mark[16];
    size_t length = strlen(value), mark_length, kept;

    if (length >= AWS_NAME_MIN && length <= AWS_NAME_MAX) {
        memmove(name, value, length + 1);
        return;
    }
    mark_length = (size_t)snprintf(mark, sizeof mark, "==%lu", (unsigned long)uid);
    kept = length < AWS_NAME_MIN ? length : AWS_NAME_MAX - mark_length;
    memmove(name, value, kept);
    memcpy(name + kept, mark, mark_length + 1);
}
