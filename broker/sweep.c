/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broker/cache.h"
#include "broker/lock.h"
#include "common/deadline.h"
#include "common/folder.h"

#define FILES_MAX 20000
#define SUCCESSOR_SECONDS 60

/* Copies `file` without `suffix` into `name`; 0 when it has none or is too long. */
static int
cut_suffix(const char *file, const char *suffix, char name[CACHE_NAME_MAX])
{
    size_t length = strlen(file), end = strlen(suffix);

    if (length <= end || strcmp(file + length - end, suffix) != 0 ||
        length - end >= CACHE_NAME_MAX)
        return 0;
    memcpy(name, file, length - end);
    name[length - end] = '\0';
    return 1;
}

static int
exists(int folder, const char *name)
{
    struct stat st;

    return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A lock goes when there is no entry and nobody is at work on one. */
static void
sweep_lock(int folder, const char *name)
{
    int lock = exists(folder, name) ? -1 : lock_try(folder, name);

    if (lock >= 0)
        lock_remove(folder, name, lock);
}

/*
 * An entry is written in no time: a successor that is still there was left by one who was killed.
 */
static void
sweep_successor(int folder, const char *file)
{
    struct stat st;

    if (fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        time(NULL) - st.st_mtim.tv_sec > SUCCESSOR_SECONDS)
        (void)unlinkat(folder, file, 0);
}

/* The end of the life of an entry that stays, in seconds; 0: it does not. */
static uint64_t
sweep_entry(int folder, const char *name, deadline_t now)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if ((uint64_t)st.st_mtim.tv_sec > now / 1000)
        return (uint64_t)st.st_mtim.tv_sec;
    (void)unlinkat(folder, name, 0);
    return 0;
}

static int
is_of_owner(const char *name, const char *owner)
{
    size_t length = strlen(owner);

    return strncmp(name, owner, length) == 0 && name[length] == '-';
}

unsigned int
sweep_cache(int folder, const char *owner, const char *kept, char *soonest)
{
    DIR *list = folder_list(folder);
    deadline_t now = deadline_now();
    unsigned int seen = 0, owned = 0;
    uint64_t end, first = UINT64_MAX;
    char name[CACHE_NAME_MAX];
    const struct dirent *entry;

    soonest[0] = '\0';
    if (list == NULL)
        return 0;
    while (seen++ < FILES_MAX && (entry = readdir(list)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, kept) == 0)
            continue;
        if (cut_suffix(entry->d_name, SWEEP_LOCK_SUFFIX, name))
            sweep_lock(folder, name);
        else if (cut_suffix(entry->d_name, SWEEP_NEW_SUFFIX, name))
            sweep_successor(folder, entry->d_name);
        else if ((end = sweep_entry(folder, entry->d_name, now)) != 0 &&
                 is_of_owner(entry->d_name, owner)) {
            owned++;
            if (end < first && strlen(entry->d_name) < CACHE_NAME_MAX) {
                first = end;
                memcpy(soonest, entry->d_name, strlen(entry->d_name) + 1);
            }
        }
    }
    closedir(list);
    return owned;
}

int
sweep_is_entry_of(const char *file, const char *owner)
{
    return is_of_owner(file, owner) && strchr(file, '.') == NULL;
}

void
sweep_owner(int folder, const char *owner)
{
    DIR *list = folder_list(folder);
    const struct dirent *entry;

    if (list == NULL)
        return;
    while ((entry = readdir(list)) != NULL)
        if (sweep_is_entry_of(entry->d_name, owner))
            (void)unlinkat(folder, entry->d_name, 0);
    closedir(list);
}
