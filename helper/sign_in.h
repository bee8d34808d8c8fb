/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_SIGN_IN_H
#define AWS_ROLE_HELPER_SIGN_IN_H

#include "common/credentials.h"
#include "common/protocol.h"
#include "common/secret.h"
#include "helper/buffer.h"
#include "helper/exchange.h"
#include "helper/failure.h"

/*
 * AWS Sign-In, as `aws login` of AWS CLI 2.32 and later uses it: a page for a person, whose code
 * CreateOAuth2Token takes (AWS Sign-In API reference; the service's model of 2023-01-01). The
 * requests are not signed: a proof of possession of the sign-in's key goes with them.
 */

struct sign_in_call {
    const struct record *step; /* a STEP record: who is to sign in, and how to get to AWS */
    const char *endpoint;      /* in place of AWS's own; NULL */
    int same_device;           /* 1: a browser of this host brings the code, to a program here */
    unsigned int port;         /* of 127.0.0.1, where it brings it; only for URL and redemption */
    const struct secret *key;  /* helper/dpop.h */
};

/* What a token request gives. Starts as zeroes; sign_in_wipe ends it. */
struct sign_in_answer {
    struct credentials credentials;
    struct secret refresh_token;
    char subject[CREDENTIALS_ARN_MAX + 1]; /* who has signed in; "": it does not say */
};

/*
 * The page to open, into `url`, for a code that `verifier` (RFC 7636) redeems and that comes back
 * with `state`. AWS_ROLE_ERR_REFUSED: the region has no such page, or `why` says what else.
 */
int sign_in_url(const struct sign_in_call *call, const char *state, const char *verifier,
                struct buffer *url, struct failure *why);

/*
 * Redeems a code. It is sent once, whatever happens. AWS_ROLE_ERR_ANSWER: AWS does not take it;
 * also when a clock that differs was the reason, which the next request allows for.
 */
int sign_in_redeem(struct exchange *exchange, const struct sign_in_call *call,
                   const struct secret *code, const char *verifier, struct sign_in_answer *answer,
                   struct failure *why);

/*
 * Renews. AWS takes the same token again when its answer was lost. AWS_ROLE_ERR_NEEDS_PERSON: AWS
 * will give nothing for it any more, for a reason that `why` tells.
 */
int sign_in_refresh(struct exchange *exchange, const struct sign_in_call *call,
                    const struct secret *refresh_token, struct sign_in_answer *answer,
                    struct failure *why);

void sign_in_wipe(struct sign_in_answer *answer);

#endif
