/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_KEY_H
#define AWS_ROLE_BROKER_KEY_H

#include <stddef.h>
#include <sys/types.h>

#include "broker/cache.h"
#include "policy/config.h"
#include "policy/plan.h"

#define KEY_OWNER_MAX 16

/*
 * The cache key of the first steps of a plan: everything that decides what they give, each part
 * behind its length. That is the configuration's path, the uid (but for steps that are the
 * machine's own), the steps with every expanded value in them, and the identity of every file that
 * they read.
 */
struct key {
    unsigned char *bytes;
    size_t size, room;
    char owner[KEY_OWNER_MAX]; /* "machine", or the uid in digits */
};

/* The key of steps 0 to `last`. AWS_ROLE_ERR_MEMORY. key_free ends it. */
int key_make(const struct plan *plan, size_t last, const char *config_path, uid_t uid,
             struct key *key);

/*
 * The key of a refusal of the step that `key` is the key of: that key, the uid, and the identity of
 * every file of the configuration (NULL: it does not load), so that a changed configuration is
 * tried at once. It is the person's own also where the step is the machine's: what one person's
 * slow session ran into must not be held against another's. AWS_ROLE_ERR_MEMORY.
 */
int key_make_refusal(const struct key *key, const struct config *config, uid_t uid,
                     struct key *refusal);

/* 1 when the key is the same for every person of this host. */
int key_is_machine(const struct key *key);

/* The same as the cache takes it; points into `key`. */
struct cache_key key_for_cache(const struct key *key);

void key_free(struct key *key);

#endif
