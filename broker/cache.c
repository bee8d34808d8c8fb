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

static int
write_all(int fd, const struct secret *content)
{
    size_t used = 0;

    while (used < content->size) {
        ssize_t n = write(fd, content->data + used, content->size - used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return AWS_ROLE_ERR_SYSTEM;
        used += (size_t)n;
    }
    return 0;
}

/* Written beside its place and moved there, so that a reader sees the old one or the new one. */
static int
store_in_files(const struct cache *cache, const char *name, const struct record *entry,
               deadline_t until)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)(until / 1000)},
                                      {.tv_sec = (time_t)(until / 1000)}};
    char beside[CACHE_NAME_MAX + 32];
    int fd, r;

    /* Not everybody who stores holds the lock: nobody else writes a file of this name. */
    snprintf(beside, sizeof beside, "%s.%ld" SWEEP_NEW_SUFFIX, name, (long)getpid());
    (void)unlinkat(cache->folder, beside, 0); /* of a process of our number that was killed */
    fd = openat(cache->folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return AWS_ROLE_ERR_SYSTEM;
    r = write_all(fd, &entry->bytes);
    if (r == 0 && renameat(cache->folder, beside, cache->folder, name) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    /* sweep reads the end of an entry's life from here, without reading the entry */
    if (r == 0 && futimens(fd, times) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    close(fd);
    if (r != 0)
        (void)unlinkat(cache->folder, beside, 0);
    return r;
}

/* A place for one more: a free one, or that of an entry whose life is over. */
static struct memory_entry *
make_room(struct cache *cache)
{
    deadline_t now = deadline_now();

    if (cache->count < CACHE_ENTRIES_MAX)
        return &cache->memory[cache->count++];
    for (size_t i = 0; i < cache->count; i++)
        if (cache->memory[i].until <= now)
            return &cache->memory[i];
    return NULL;
}

static int
store_in_memory(struct cache *cache, const char *name, const struct record *entry,
                deadline_t until)
{
    struct memory_entry *place = find_in_memory(cache, name);

    if (place == NULL)
        place = make_room(cache);
    if (place == NULL)
        return AWS_ROLE_ERR_TOO_BIG;
    record_wipe(&place->record);
    snprintf(place->name, sizeof place->name, "%s", name);
    place->until = until;
    return record_decode(&place->record, entry->bytes.data, entry->bytes.size);
}

int
cache_store(struct cache *cache, const struct cache_key *key, const struct record *entry,
            deadline_t until)
{
    char name[CACHE_NAME_MAX];
    int r = record_check(entry);

    if (r != 0)
        return r;
    name_entry(cache, key, name);
    if (!cache->shared)
        return store_in_memory(cache, name, entry, until);
    if (sweep_cache(cache->folder, key->owner, name) >= CACHE_ENTRIES_MAX)
        return AWS_ROLE_ERR_TOO_BIG;
    return store_in_files(cache, name, entry, until);
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

/* Written before anything is removed, so that whoever stores after that finds it. */
static void
mark_forgotten(const struct cache *cache, uid_t uid)
{
    const deadline_t now = deadline_now();
    const time_t until = (time_t)((now + MARK_MS) / 1000);
    const struct timespec times[2] = {{.tv_sec = until}, {.tv_sec = until}};
    char name[CACHE_NAME_MAX];
    int fd;

    mark_name(uid, name);
    fd = openat(cache->folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                0600);
    if (fd < 0)
        return;
    if (pwrite(fd, &now, sizeof now, 0) != (ssize_t)sizeof now || futimens(fd, times) != 0)
        (void)unlinkat(cache->folder, name, 0);
    close(fd);
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
        mark_forgotten(cache, uid);
        snprintf(owner, sizeof owner, "%lu", (unsigned long)uid);
        sweep_owner(cache->folder, owner);
        return;
    }
    for (size_t i = 0; i < cache->count; i++)
        record_wipe(&cache->memory[i].record);
    cache->count = 0;
}
