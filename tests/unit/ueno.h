/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_UENO_H
#define AWS_ROLE_TESTS_UNIT_UENO_H

#include "helper/sign_in.h"
#include "helper/sign_in_state.h"
#include "tests/unit/peer_process.h"

/* One sign-in of the example's ueno at the peer, for the tests of helper/sign_in.c. */

struct ueno {
    struct exchange exchange;
    struct record step;
    struct sign_in_begun begun;
    struct sign_in_call call;
    struct sign_in_answer answer; /* of the last redeem or refresh */
    struct secret code, token;    /* what these send */
    struct failure why;
};

extern struct ueno ueno;

/* A STEP for ueno; region may be NULL. */
void ueno_step(const char *region, int use_fips);

/* The page's URL, valid until the next call. */
const char *ueno_page(void);

/* Has ueno sign in at the page, for `code`. */
void ueno_get_code(void);

/* The same and redeems it; `token` is its refresh token from then on. */
void ueno_begin(void);

int ueno_redeem(void);
int ueno_refresh(void);

/*
 * Fails the test unless this is the class, and these words are why; or when a failure gave anything
 * or tells a secret.
 */
void ueno_expect(int r, int class, const char *words);

/* That the last answer has AWS's quarter of an hour. */
void ueno_expect_credentials(void);

/* A fault of the peer's in JSON, without its braces, and how often an action has arrived there. */
void ueno_fault(const char *action, const char *rest);
int ueno_count(const char *action);

/* Before and after each test. */
int ueno_set_up(void **state);
int ueno_tear_down(void **state);

#endif
