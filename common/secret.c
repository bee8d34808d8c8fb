/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/secret.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"

int
secret_set(struct secret *secret, const void *data, size_t size)
{
    char *copy = NULL;

    if (size > 0) {
        copy = malloc(size + 1);
        if (copy == NULL)
            return AWS_ROLE_ERR_MEMORY;
        memcpy(copy, data, size);
        copy[size] = '\0';
    }
    secret_wipe(secret);
    secret->data = copy;
    secret->size = size;
    return 0;
}

int
secret_copy(struct secret *secret, const struct secret *from)
{
    return secret_set(secret, from->data, from->size);
}

void
secret_move(struct secret *secret, struct secret *from)
{
    secret_wipe(secret);
    *secret = *from;
    from->data = NULL;
    from->size = 0;
}

void
secret_wipe(struct secret *secret)
{
    if (secret == NULL || secret->data == NULL)
        return;
    explicit_bzero(secret->data, secret->size);
    free(secret->data);
    secret->data = NULL;
    secret->size = 0;
}

int
secret_equal(const struct secret *a, const struct secret *b)
{
    unsigned char difference = 0;

    if (a->size != b->size)
        return 0;
    for (size_t i = 0; i < a->size; i++)
        difference |= (unsigned char)a->data[i] ^ (unsigned char)b->data[i];
    return difference == 0;
}
