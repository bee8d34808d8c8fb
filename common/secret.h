/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_SECRET_H
#define AWS_ROLE_COMMON_SECRET_H

#include <stddef.h>

/*
 * The one type for what nobody else may read: secret keys, session tokens, what a step keeps, a
 * person's answer. Its memory is wiped before it is freed or grows. There is no function that
 * prints one.
 *
 * `data` is NULL exactly when `size` is 0; otherwise it holds `size` bytes and a NUL behind them
 * that `size` does not count. Initialise with SECRET_EMPTY or zeroes.
 */
struct secret {
    char *data;
    size_t size;
};

#define SECRET_EMPTY                                                                               \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

/* Replaces what `secret` holds with a copy of `size` bytes (0 empties it). AWS_ROLE_ERR_MEMORY. */
int secret_set(struct secret *secret, const void *data, size_t size);

/* secret_set with another secret's bytes. AWS_ROLE_ERR_MEMORY. */
int secret_copy(struct secret *secret, const struct secret *from);

/* Moves: `secret` is wiped first, `from` is empty afterwards. */
void secret_move(struct secret *secret, struct secret *from);

/* Wipes and frees; the secret is empty afterwards and may be used again. NULL is allowed. */
void secret_wipe(struct secret *secret);

/* 1 when both hold the same bytes; the time depends on the sizes only. */
int secret_equal(const struct secret *a, const struct secret *b);

#endif
