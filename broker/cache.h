/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_CACHE_H
#define AWS_ROLE_BROKER_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/protocol.h"

/*
 * What steps gave, for every session of this host: one entry a key, each an ENTRY record. An entry
 * is either a result (credentials, and what the step keeps) or a refusal (CLASS, TEXT, until
 * FRESH_UNTIL). The file of an entry is found by an index made of its key; the entry holds the key,
 * which is compared byte for byte.
 *
 * Files only on tmpfs or ramfs (statfs(2)), in a folder of the calling user's with mode 0700.
 * Elsewhere the cache is memory: that of the broker, which hands it down to its obtain children by
 * fork(2) and gets their entries back as records.
 */
struct cache;

/* A key: the whole input of a step. `owner` bounds how many entries one person can have. */
struct cache_key {
    const void *bytes;
    size_t size;
    const char *owner; /* a uid in digits, or "machine": goes into the file's name */
};

#define CACHE_ENTRIES_MAX 64 /* of one owner */
#define CACHE_NAME_MAX 64

/*
 * Opens the cache in `folder`. Always gives one: in memory when the folder cannot be used, with the
 * reason in `why` (512 bytes; "" when files are used). NULL: out of memory.
 */
struct cache *cache_open(const char *folder, char *why);

/* Wipes what is in memory, closes; the files stay. NULL is allowed. */
void cache_close(struct cache *cache);

/* 1 when entries are files, which every broker of the host sees. */
int cache_is_shared(const struct cache *cache);

/*
 * The newest entry of `key`, as a record that the caller wipes. AWS_ROLE_ERR_NOT_FOUND (also for a
 * file that is not an entry, or one of another key), AWS_ROLE_ERR_MEMORY.
 */
int cache_find(struct cache *cache, const struct cache_key *key, struct record *entry);

/*
 * Stores `entry`, an ENTRY record with the key in it, in place of an earlier one of the same key,
 * to be swept once `until` is past. Where the owner has CACHE_ENTRIES_MAX, the one that ends first
 * makes room: what lasts longest, as a person's sign-in, is dearest.
 * AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY.
 */
int cache_store(struct cache *cache, const struct cache_key *key, const struct record *entry,
                deadline_t until);

/* Removes the entry of a key, from files alone. */
void cache_remove(struct cache *cache, const struct cache_key *key);

/*
 * Calls `visit` with each entry of a person's that is in a file. What is no entry is passed over.
 */
void cache_each(struct cache *cache, uid_t uid,
                void (*visit)(void *context, const struct record *entry), void *context);

/*
 * Removes every entry of a person's; those of the machine stay. Where entries are files it is noted
 * when, for as long as anybody can be at work on another one.
 */
void cache_forget(struct cache *cache, uid_t uid);

/* 1 when cache_forget was called for that person at or after `since`, by whichever broker. */
int cache_is_forgotten(const struct cache *cache, uid_t uid, deadline_t since);

/* The folder, for lock and sweep; -1 when there is none. */
int cache_folder(const struct cache *cache);

/* The file name of a key's entry: OWNER-INDEX, `name` has room for CACHE_NAME_MAX bytes. */
void cache_name(const struct cache_key *key, char *name);

#endif
