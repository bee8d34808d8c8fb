/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/name_service.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>

struct name_service name_service;

static int
answer(const struct name_service_account *account, struct passwd *entry, char *buffer, size_t size,
       struct passwd **result)
{
    const char *name = name_service.canonical != NULL ? name_service.canonical : account->name;
    size_t length = strlen(name);

    if (size < name_service.needs || size <= length)
        return ERANGE;
    memcpy(buffer, name, length + 1);
    *entry = (struct passwd){.pw_name = buffer, .pw_uid = account->uid, .pw_gid = account->gid};
    *result = entry;
    return 0;
}

/* By name, or by uid where that is NULL. */
static int
find(const char *name, uid_t uid, struct passwd *entry, char *buffer, size_t size,
     struct passwd **result)
{
    const struct name_service_account *account = name_service.accounts;

    *result = NULL;
    if (name_service.asked != NULL)
        name_service.asked();
    if (name_service.error != 0)
        return name_service.error;
    for (; account->name != NULL; account++)
        if (name != NULL ? strcmp(account->name, name) == 0 : account->uid == uid)
            return answer(account, entry, buffer, size, result);
    return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
           struct passwd **result)
{
    return find(name, 0, entry, buffer, size, result);
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **result)
{
    return find(NULL, uid, entry, buffer, size, result);
}
