/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "broker/sweep.h"
#include "broker/swept_file.h"
#include "common/error.h"
#include "common/folder.h"

#define WHY_MAX 512
#define MARK_MS (2 * 60 * 1000) /* longer than any obtain */

struct memory_entry {
    char name[CACHE_NAME_MAX];
    struct record record;
    deadline_t until;
};

struct cache {
    int folder; /* -1: none; it may be there for locks although entries are in memory */
    int shared;
    struct memory_entry memory[CACHE_ENTRIES_MAX];
    size_t count;
};

static int
is_in_memory_only(int folder)
{
    struct statfs fs;

    return fstatfs(folder, &fs) == 0 &&
           (fs.f_type == TMPFS_MAGIC || (unsigned long)fs.f_type == RAMFS_MAGIC);
}

/* Opens the folder if it is ours alone. */
static int
open_folder(const char *path, char *why)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (folder < 0) {
        snprintf(why, WHY_MAX, "%.300s cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(folder, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 07777) != 0700) {
        snprintf(why, WHY_MAX, "%.300s is not a folder of the service user's with mode 0700", path);
        close(folder);
        return -1;
    }
    return folder;
}

struct cache *
cache_open(const char *path, char *why)
{
    struct cache *cache = calloc(1, sizeof *cache);

    why[0] = '\0';
    if (cache == NULL)
        return NULL;
    cache->folder = open_folder(path, why);
    if (cache->folder >= 0 && is_in_memory_only(cache->folder))
        cache->shared = 1;
    else if (cache->folder >= 0)
        snprintf(why, WHY_MAX, "%.300s is not on tmpfs or ramfs", path);
    return cache;
}

void
cache_close(struct cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->count; i++)
        record_wipe(&cache->memory[i].record);
    if (cache->folder >= 0)
        close(cache->folder);
    free(cache);
}

int
cache_is_shared(const struct cache *cache)
{
    return cache->shared;
}

int
cache_folder(const struct cache *cache)
{
    return cache->folder;
}

/* FNV-1a, 64 bits: spreads names, proves nothing. */
void
cache_name(const struct cache_key *key, char *name)
{
    const unsigned char *byte = key->bytes;
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < key->size; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3;
    snprintf(name, CACHE_NAME_MAX, "%.20s-%016llx", key->owner, (unsigned long long)hash);
}

/* In memory there is one owner: entries come back from a child without theirs. */
static void
name_entry(const struct cache *cache, const struct cache_key *key, char *name)
{
    struct cache_key named = *key;

    if (!cache->shared)
        named.owner = "memory";
    cache_name(&named, name);
}

static int
is_of_key(const struct record *entry, const struct cache_key *key)
{
    size_t size;
    const void *bytes = record_bytes(entry, FIELD_KEY, &size);

    return entry->kind == RECORD_ENTRY && size == key->size &&
           memcmp(bytes, key->bytes, size) == 0;
}

static int
read_entry(int fd, struct record *entry)
{
    struct secret content = {.size = RECORD_SIZE_MAX};
    size_t used = 0;
    ssize_t n;
    int r;

    content.data = malloc(content.size);
    if (content.data == NULL)
        return AWS_ROLE_ERR_MEMORY;
    while (used < content.size) {
        n = read(fd, content.data + used, content.size - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    r = record_decode(entry, content.data, used);
    secret_wipe(&content);
    return r == AWS_ROLE_ERR_PROTOCOL ? AWS_ROLE_ERR_NOT_FOUND : r;
}

static int
find_in_files(const struct cache *cache, const char *name, struct record *entry)
{
    struct stat st;
    int fd, r;

    fd = openat(cache->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return AWS_ROLE_ERR_NOT_FOUND;
    r = AWS_ROLE_ERR_NOT_FOUND;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
        st.st_size <= RECORD_SIZE_MAX)
        r = read_entry(fd, entry);
    close(fd);
    return r;
}

static struct memory_entry *
find_in_memory(struct cache *cache, const char *name)
{
    for (size_t i = 0; i < cache->count; i++)
        if (strcmp(cache->memory[i].name, name) == 0)
            return &cache->memory[i];
    return NULL;
}

int
cache_find(struct cache *cache, const struct cache_key *key, struct record *entry)
{
    char name[CACHE_NAME_MAX];
    const struct memory_entry *found;
    int r;

    memset(entry, 0, sizeof *entry);
    name_entry(cache, key, name);
    if (cache->shared) {
        r = find_in_files(cache, name, entry);
    } else {
        found = find_in_memory(cache, name);
        if (found == NULL)
            return AWS_ROLE_ERR_NOT_FOUND;
        r = record_decode(entry, found->record.bytes.data, found->record.bytes.size);
    }
    if (r == 0 && !is_of_key(entry, key)) {
        record_wipe(entry);
        r = AWS_ROLE_ERR_NOT_FOUND;
    }
    return r;
}

/* A place for one more: a free one, or that of the entry which ends first. */
static struct memory_entry *
make_room(struct cache *cache)
{
    struct memory_entry *first = &cache->memory[0];

    if (cache->count < CACHE_ENTRIES_MAX)
        return &cache->memory[cache->count++];
    for (size_t i = 1; i < cache->count; i++)
        if (cache->memory[i].until < first->until)
            first = &cache->memory[i];
    return first;
}

static int
store_in_memory(struct cache *cache, const char *name, const struct record *entry,
                deadline_t until)
{
    struct memory_entry *place = find_in_memory(cache, name);

    if (place == NULL)
        place = make_room(cache);
    record_wipe(&place->record);
    snprintf(place->name, sizeof place->name, "%s", name);
    place->until = until;
    return record_decode(&place->record, entry->bytes.data, entry->bytes.size);
}

int
cache_store(struct cache *cache, const struct cache_key *key, const struct record *entry,
            deadline_t until)
{
    char name[CACHE_NAME_MAX], soonest[CACHE_NAME_MAX];
    int r = record_check(entry);

    if (r != 0)
        return r;
    name_entry(cache, key, name);
    if (!cache->shared)
        return store_in_memory(cache, name, entry, until);
    if (sweep_cache(cache->folder, key->owner, name, soonest) >= CACHE_ENTRIES_MAX)
        (void)unlinkat(cache->folder, soonest, 0);
    return swept_file_write(cache->folder, name, entry->bytes.data, entry->bytes.size, until);
}

void
cache_remove(struct cache *cache, const struct cache_key *key)
{
    char name[CACHE_NAME_MAX];

    cache_name(key, name);
    if (cache->shared)
        (void)unlinkat(cache->folder, name, 0);
}

void
cache_each(struct cache *cache, uid_t uid,
           void (*visit)(void *context, const struct record *entry), void *context)
{
    const struct dirent *file;
    struct record entry;
    char owner[CACHE_NAME_MAX];
    DIR *list = cache->shared ? folder_list(cache->folder) : NULL;

    snprintf(owner, sizeof owner, "%lu", (unsigned long)uid);
    while (list != NULL && (file = readdir(list)) != NULL) {
        if (!sweep_is_entry_of(file->d_name, owner) ||
            find_in_files(cache, file->d_name, &entry) != 0)
            continue;
        if (entry.kind == RECORD_ENTRY)
            visit(context, &entry);
        record_wipe(&entry);
    }
    if (list != NULL)
        closedir(list);
}

/* Not OWNER-INDEX with the uid as owner: no entry, but swept like one. */
static void
mark_name(uid_t uid, char name[CACHE_NAME_MAX])
{
    snprintf(name, CACHE_NAME_MAX, "forgotten-%lu", (unsigned long)uid);
}

/* Without room for it what is under way is kept, as it is by a broker that does not look. */
static void
mark_forgotten(const struct cache *cache, uid_t uid)
{
    const deadline_t now = deadline_now();
    char name[CACHE_NAME_MAX];

    mark_name(uid, name);
    (void)swept_file_write(cache->folder, name, &now, sizeof now, now + MARK_MS);
}

int
cache_is_forgotten(const struct cache *cache, uid_t uid, deadline_t since)
{
    char name[CACHE_NAME_MAX];
    deadline_t when;
    int fd, found;

    if (!cache->shared)
        return 0;
    mark_name(uid, name);
    fd = openat(cache->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    found = fd >= 0 && read(fd, &when, sizeof when) == (ssize_t)sizeof when && when >= since;
    if (fd >= 0)
        close(fd);
    return found;
}

void
cache_forget(struct cache *cache, uid_t uid)
{
    char owner[CACHE_NAME_MAX];

    if (cache->shared) {
        /*
         * Before anything is removed, for whoever is about to store; and after it, for whoever
         * began between the two, and has read what was about to be removed.
         */
        mark_forgotten(cache, uid);
        snprintf(owner, sizeof owner, "%lu", (unsigned long)uid);
        sweep_owner(cache->folder, owner);
        mark_forgotten(cache, uid);
        return;
    }
    for (size_t i = 0; i < cache->count; i++)
        record_wipe(&cache->memory[i].record);
    cache->count = 0;
}
