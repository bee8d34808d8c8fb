/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_WIPING_H
#define AWS_ROLE_COMMON_WIPING_H

#include <stddef.h>

/*
 * malloc(3) and its family for the libraries that see secrets (libcurl, jansson, expat, libevent)
 * and know nothing of them: the same contracts, but memory is wiped before it is given back or
 * moved.
 */
void *wiping_malloc(size_t size);
void *wiping_calloc(size_t count, size_t size);
void *wiping_realloc(void *memory, size_t size);
char *wiping_strdup(const char *text);
void wiping_free(void *memory);

#endif
