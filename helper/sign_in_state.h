/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_SIGN_IN_STATE_H
#define AWS_ROLE_HELPER_SIGN_IN_STATE_H

#include <stdint.h>

#include "common/deadline.h"
#include "common/protocol.h"
#include "common/secret.h"
#include "helper/random.h"

/*
 * What a console sign-in remembers, in the broker's hands: BEGUN from the page's URL to the code
 * that a person brings, KEPT from then on for as long as it can be renewed. Both begin with a
 * version, since the helper may be newer than the session.
 */

#define SIGN_IN_VERIFIER_LENGTH 64 /* RFC 7636 4.1: 43 to 128; awscli's is as long */
#define SIGN_IN_DIGEST 32

struct sign_in_begun {
    unsigned char step[SIGN_IN_DIGEST]; /* SHA-256 of the STEP record that it is for */
    uint16_t port;                      /* of 127.0.0.1, where a browser brings the code; 0: none */
    char state[RANDOM_UUID_SIZE];
    char verifier[SIGN_IN_VERIFIER_LENGTH + 1];
    struct secret key; /* helper/dpop.h */
};

struct sign_in_kept {
    deadline_t until;         /* renewed no longer than this */
    int same_device;          /* 1: it began with a port */
    struct secret key;
    struct secret refresh_token;
};

/* Makes state, verifier and key. AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY. */
int sign_in_state_begin(const struct record *step, uint16_t port, struct sign_in_begun *begun);

/*
 * From and to the bytes that travel. sign_in_state_read_begun: AWS_ROLE_ERR_NOT_FOUND when they
 * are none, of another version or for another step; sign_in_state_read_kept the same, without a
 * step. AWS_ROLE_ERR_MEMORY.
 */
int sign_in_state_write_begun(const struct sign_in_begun *begun, struct secret *bytes);
int sign_in_state_read_begun(const struct secret *bytes, const struct record *step,
                       struct sign_in_begun *begun);
int sign_in_state_write_kept(const struct sign_in_kept *kept, struct secret *bytes);
int sign_in_state_read_kept(const struct secret *bytes, struct sign_in_kept *kept);

void sign_in_state_wipe_begun(struct sign_in_begun *begun);
void sign_in_state_wipe_kept(struct sign_in_kept *kept);

#endif
