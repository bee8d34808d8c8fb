/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ACCOUNT_H
#define AWS_ROLE_BROKER_ACCOUNT_H

#include "broker/failure.h"
#include "broker/person.h"

/*
 * A session outlives its account: somebody is removed while they are logged in, and their name or
 * their uid may be given to somebody else. `session` is who it was begun for; NSS is asked again,
 * without a deadline, and `*now` is what it answers: the same name and uid, and perhaps another
 * primary group.
 *
 * AWS_ROLE_ERR_UNMAPPED: the account is gone, or it is another's. What else person_find fails with:
 * nobody knows. `failure` says why.
 */
int account_check(const struct person_identity *session, struct person_identity *now,
                  struct failure *failure);

#endif
