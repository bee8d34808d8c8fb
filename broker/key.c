/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/key.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define MACHINE "machine"

static int
append(struct key *key, const void *part, size_t size)
{
    const uint32_t length = (uint32_t)size;
    size_t needed = key->size + sizeof length + size;

    if (needed > key->room) {
        unsigned char *bytes = realloc(key->bytes, 2 * needed);

        if (bytes == NULL)
            return AWS_ROLE_ERR_MEMORY;
        key->bytes = bytes;
        key->room = 2 * needed;
    }
    memcpy(key->bytes + key->size, &length, sizeof length);
    if (size > 0)
        memcpy(key->bytes + key->size + sizeof length, part, size);
    key->size = needed;
    return 0;
}

static int
append_text(struct key *key, const char *text)
{
    return append(key, text, strlen(text));
}

static int
append_file(struct key *key, const char *path, const struct file_identity *identity)
{
    const uint64_t numbers[] = {identity->device, identity->inode, identity->size,
                                (uint64_t)identity->modified_ns};
    int r = append_text(key, path);

    return r == 0 ? append(key, numbers, sizeof numbers) : r;
}

/* 1 when every step up to `last` is the machine's own. */
static int
is_machine(const struct plan *plan, size_t last)
{
    for (size_t i = 0; i <= last; i++)
        if (!plan->machine_base[i])
            return 0;
    return 1;
}

static int
append_parts(struct key *key, const struct plan *plan, size_t last, const char *config_path)
{
    int r = append_text(key, config_path);

    if (r == 0)
        r = append_text(key, key->owner);
    for (size_t i = 0; r == 0 && i <= last; i++)
        r = append(key, plan->steps[i].bytes.data, plan->steps[i].bytes.size);
    for (size_t i = 0; r == 0 && i < plan->file_count; i++)
        r = append_file(key, plan->files[i].path, &plan->files[i].identity);
    return r;
}

int
key_is_machine(const struct key *key)
{
    return strcmp(key->owner, MACHINE) == 0;
}

int
key_make(const struct plan *plan, size_t last, const char *config_path, uid_t uid,
         struct key *key)
{
    int r;

    memset(key, 0, sizeof *key);
    if (is_machine(plan, last))
        snprintf(key->owner, sizeof key->owner, "%s", MACHINE);
    else
        snprintf(key->owner, sizeof key->owner, "%lu", (unsigned long)uid);
    r = append_parts(key, plan, last, config_path);
    if (r != 0)
        key_free(key);
    return r;
}

int
key_make_refusal(const struct key *key, const struct config *config, uid_t uid,
                 struct key *refusal)
{
    int r;

    memset(refusal, 0, sizeof *refusal);
    snprintf(refusal->owner, sizeof refusal->owner, "%lu", (unsigned long)uid);
    r = append_text(refusal, "refused");
    if (r == 0)
        r = append_text(refusal, refusal->owner);
    if (r == 0)
        r = append(refusal, key->bytes, key->size);
    for (size_t i = 0; r == 0 && config != NULL && i < config->file_count; i++)
        r = append_file(refusal, config->files[i].path, &config->files[i].identity);
    if (r != 0)
        key_free(refusal);
    return r;
}

struct cache_key
key_for_cache(const struct key *key)
{
    return (struct cache_key){.bytes = key->bytes, .size = key->size, .owner = key->owner};
}

void
key_free(struct key *key)
{
    free(key->bytes);
    memset(key, 0, sizeof *key);
}
