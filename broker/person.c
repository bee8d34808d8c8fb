/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/person.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define ENTRY_SIZE_FIRST 1024
#define ENTRY_SIZE_MAX (1024 * 1024)

static int
take(const struct passwd *entry, struct person_identity *identity)
{
    size_t length = strlen(entry->pw_name);

    if (length == 0 || length > PERSON_NAME_MAX)
        return AWS_ROLE_ERR_TOO_BIG;
    memcpy(identity->name, entry->pw_name, length + 1);
    identity->uid = entry->pw_uid;
    identity->gid = entry->pw_gid;
    return 0;
}

/* Looks by `name`, or by `uid` where that is NULL. An errno value. */
static int
ask(const char *name, uid_t uid, struct passwd *entry, char *buffer, size_t size,
    struct passwd **found)
{
    return name != NULL ? getpwnam_r(name, entry, buffer, size, found)
                        : getpwuid_r(uid, entry, buffer, size, found);
}

/* One try with a buffer of `size`; AWS_ROLE_ERR_BUSY when the entry needs a larger one. */
static int
find_with(const char *name, uid_t uid, size_t size, struct person_identity *identity)
{
    struct passwd entry, *found = NULL;
    char *buffer = malloc(size);
    int error, r;

    if (buffer == NULL)
        return AWS_ROLE_ERR_MEMORY;
    error = ask(name, uid, &entry, buffer, size, &found);
    if (found != NULL)
        r = take(found, identity);
    else if (error == ERANGE)
        r = AWS_ROLE_ERR_BUSY;
    else if (error == 0 || error == ENOENT || error == ESRCH) /* getpwnam(3), RETURN VALUE */
        r = AWS_ROLE_ERR_NOT_FOUND;
    else
        r = AWS_ROLE_ERR_SYSTEM;
    free(buffer);
    errno = error;
    return r;
}

static int
find(const char *name, uid_t uid, struct person_identity *identity)
{
    int r = AWS_ROLE_ERR_BUSY;

    for (size_t size = ENTRY_SIZE_FIRST; r == AWS_ROLE_ERR_BUSY && size <= ENTRY_SIZE_MAX;
         size *= 4)
        r = find_with(name, uid, size, identity);
    return r == AWS_ROLE_ERR_BUSY ? AWS_ROLE_ERR_TOO_BIG : r;
}

int
person_find(const char *name, struct person_identity *identity)
{
    return find(name, (uid_t)-1, identity);
}

int
person_find_uid(uid_t uid, struct person_identity *identity)
{
    return find(NULL, uid, identity);
}
