/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/wiping.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *
wiping_malloc(size_t size)
{
    return malloc(size);
}

void *
wiping_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

void *
wiping_realloc(void *memory, size_t size)
{
    size_t old = memory == NULL ? 0 : malloc_usable_size(memory);
    void *moved;

    if (memory != NULL && size > 0 && size <= old)
        return memory;
    moved = malloc(size);
    if (moved == NULL)
        return NULL;
    if (memory != NULL) {
        memcpy(moved, memory, old < size ? old : size);
        wiping_free(memory);
    }
    return moved;
}

char *
wiping_strdup(const char *text)
{
    return strdup(text);
}

void
wiping_free(void *memory)
{
    /* The size is asked for rather than kept: what lies between is ours to overwrite as well. */
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}
