/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_NAME_SERVICE_H
#define AWS_ROLE_TESTS_UNIT_NAME_SERVICE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A name service of the test's own: this file's getpwnam_r(3) and getpwuid_r(3) take the place of
 * the C library's in a test program that is linked with it.
 */

/* An account that there is. */
struct name_service_account {
    const char *name;
    uid_t uid;
    gid_t gid;
};

struct name_service {
    const struct name_service_account *accounts; /* ended by one without a name */
    const char *canonical;   /* the name that every answer carries; NULL: the account's */
    int error;               /* what every question is answered; 0: with the accounts */
    size_t needs;            /* the smallest buffer that is large enough */
    void (*asked)(void);     /* called by every question; NULL: nothing is */
};

/* What there is from now on. */
extern struct name_service name_service;

#endif
