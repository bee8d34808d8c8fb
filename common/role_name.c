/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/role_name.h"

#include <string.h>

#include "common/protocol.h"

int
role_name_is_good(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    size_t length = name == NULL ? 0 : strlen(name);

    return length > 0 && length <= RECORD_ROLE_NAME_MAX && name[0] != '-' &&
           strspn(name, allowed) == length;
}
