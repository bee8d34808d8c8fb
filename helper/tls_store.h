/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_TLS_STORE_H
#define AWS_ROLE_HELPER_TLS_STORE_H

/*
 * Where this host keeps the certificate authorities it trusts. A folder with hashed names
 * (openssl-rehash(1)) is preferred: one authority is read instead of all of them, which is two
 * thirds of the time of a first login.
 */
struct tls_store {
    const char *folder; /* with hashed names; NULL: none */
    const char *file;   /* a bundle, when there is no such folder; NULL: none */
};

/* The system's store. Both are NULL when there is none. */
struct tls_store tls_store_find(void);

/* 1 when a folder holds a name like `1a2b3c4d.0`. */
int tls_store_is_hashed(const char *folder);

#endif
