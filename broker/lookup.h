/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_LOOKUP_H
#define AWS_ROLE_BROKER_LOOKUP_H

#include <sys/types.h>

#include "broker/person.h"
#include "common/deadline.h"

/* Who is to be found, for one session. */
struct lookup {
    const char *service; /* the service user's name */
    const char *person;  /* the name that PAM gave */
    uid_t login_uid;     /* who came in; (uid_t)-1 when nobody knows */
    int lifeline;        /* whose end ends the search */
    deadline_t deadline;
};

/* What was found. An error is one of person_find's, and then its identity holds nothing. */
struct lookup_result {
    int service_error, person_error;
    struct person_identity service;
    struct person_identity person;
    char login_name[PERSON_NAME_MAX + 1]; /* of login_uid; "" when it has none */
};

/*
 * Asks NSS in a child that ends: a directory that hangs is left behind with it, and so is the
 * memory that NSS's libraries take. The child keeps the caller's privilege, since a directory may
 * tell root alone; it holds no descriptor but its end of a socket pair, dies with its parent, and
 * is gone on return.
 *
 * 0: NSS has answered, see the two errors. AWS_ROLE_ERR_PEER_GONE: the lifeline ended before.
 * AWS_ROLE_ERR_DEADLINE. AWS_ROLE_ERR_SYSTEM: the child could not be started, or ended without an
 * answer.
 */
int lookup_run(const struct lookup *lookup, struct lookup_result *result);

#endif
