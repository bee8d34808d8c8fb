/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_BEGUN_H
#define AWS_ROLE_BROKER_BEGUN_H

#include "common/deadline.h"
#include "common/protocol.h"
#include "common/secret.h"

/*
 * What steps need once a person has answered them (BEGUN), by the name of the role: in the memory
 * of the session's broker alone, for a quarter of an hour, since a person may ask for the same page
 * again. Starts as zeroes.
 */

#define BEGUN_MAX 4

struct begun {
    struct {
        char role[RECORD_ROLE_NAME_MAX + 1]; /* "": free */
        struct secret bytes;
        deadline_t until;
    } list[BEGUN_MAX];
};

/*
 * Takes the BEGUN of an ASK that names its role, in place of that role's earlier one, or of the
 * oldest when there is no room; and makes `told` of the rest of it, for the agent. The caller wipes
 * `told`. An ASK without a BEGUN leaves what there is.
 */
void begun_take(struct begun *begun, const struct record *ask, struct record *told);

/* What is kept for a role, valid until the next call; NULL: nothing. */
const struct secret *begun_find(struct begun *begun, const char *role);

/* Wipes a role's, or with NULL all. */
void begun_forget(struct begun *begun, const char *role);

#endif
