/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_PERSON_H
#define AWS_ROLE_BROKER_PERSON_H

#include <sys/types.h>

#define PERSON_NAME_MAX 256 /* LOGIN_NAME_MAX, limits.h */

/* Whose session it is, as NSS knows them. */
struct person_identity {
    char name[PERSON_NAME_MAX + 1]; /* pw_name: the canonical one, not the one typed at login */
    uid_t uid;
    gid_t gid;
};

/*
 * Looks `name` up with getpwnam_r(3), which may ask a directory server and has no deadline of its
 * own: the caller arms one. AWS_ROLE_ERR_NOT_FOUND (no such person), AWS_ROLE_ERR_SYSTEM (NSS
 * failed, errno), AWS_ROLE_ERR_TOO_BIG (a name longer than any may be), AWS_ROLE_ERR_MEMORY.
 */
int person_find(const char *name, struct person_identity *identity);

/* The same by uid, getpwuid_r(3): of several names with one uid the one that NSS tells first. */
int person_find_uid(uid_t uid, struct person_identity *identity);

#endif
