/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/account.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"

int
account_check(const struct person_identity *session, struct person_identity *now,
              struct failure *failure)
{
    int r = person_find(session->name, now);

    /* A directory may know a person by several names; this one has become another's alias. */
    if (r == 0 && strcmp(now->name, session->name) != 0)
        r = AWS_ROLE_ERR_NOT_FOUND;
    if (r == AWS_ROLE_ERR_NOT_FOUND) {
        r = AWS_ROLE_ERR_UNMAPPED;
        failure_set(failure, r, "the account %s is gone since this session began: log in again",
                    session->name);
    } else if (r != 0) {
        failure_set(failure, r, "the account %s cannot be looked up: %s", session->name,
                    r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r));
    } else if (now->uid != session->uid) {
        r = AWS_ROLE_ERR_UNMAPPED;
        failure_set(failure, r,
                    "the account %s has another uid since this session began: log in again",
                    session->name);
    }
    return r;
}
