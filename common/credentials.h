/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_CREDENTIALS_H
#define AWS_ROLE_COMMON_CREDENTIALS_H

#include <stdint.h>

#include "common/deadline.h"
#include "common/secret.h"

/* AWS STS API reference, Credentials: AccessKeyId is 16 to 128 of \w. */
#define CREDENTIALS_KEY_ID_MAX 128
/* The model gives no bound for these two; ours are far above what AWS issues. */
#define CREDENTIALS_SECRET_MAX 1024
#define CREDENTIALS_TOKEN_MAX 32768
/* AWS STS API reference: Arn is 20 to 2048. */
#define CREDENTIALS_ARN_MAX 2048

/*
 * AWS credentials and how long they are good for. Long-lived ones (an IAM user's access key) have
 * an empty session_token and expires_at 0. Initialise with zeroes; credentials_wipe ends it.
 */
struct credentials {
    char access_key_id[CREDENTIALS_KEY_ID_MAX + 1];
    struct secret secret_access_key;
    struct secret session_token;
    char arn[CREDENTIALS_ARN_MAX + 1]; /* whose they are, "" when the issuer did not say */
    int64_t expires_at;     /* as the issuer wrote it, seconds of the epoch; 0: never */
    deadline_t valid_until; /* the same on our clock; UINT64_MAX: for ever */
    deadline_t fresh_until; /* past this, ask for new ones; UINT64_MAX: for ever */
};

/*
 * Sets the three times of credentials that end at `expires_at`, given by an issuer whose clock says
 * `issuer_now` (both in seconds of the epoch). Fresh until 20 minutes before the end, or for two
 * thirds of a lifetime shorter than an hour. `expires_at` 0 means for ever; one that is not after
 * `issuer_now` makes both deadlines "already over".
 */
void credentials_set_expiry(struct credentials *credentials, int64_t expires_at,
                            int64_t issuer_now);

/*
 * `expires_at` as this host's wall clock would say it: the issuer's own figure while the clocks
 * agree within five seconds, else now plus what is left, so that a program that compares it with
 * the local clock is right. 0 for long-lived credentials.
 */
int64_t credentials_expiry_here(const struct credentials *credentials);

/* When `fresh_until` is reached, in seconds of this host's wall clock; 0 for long-lived ones. */
int64_t credentials_refresh_at(const struct credentials *credentials);

/* 1 while they can be used, by at least ten seconds. */
int credentials_are_valid(const struct credentials *credentials);

/* Until when credentials_are_valid says so; 0 when there is no key. */
deadline_t credentials_usable_until(const struct credentials *credentials);

/* 1 while nobody needs to ask for new ones. */
int credentials_are_fresh(const struct credentials *credentials);

/* Replaces `credentials` by a copy of `from`. AWS_ROLE_ERR_MEMORY leaves it empty. */
int credentials_copy(struct credentials *credentials, const struct credentials *from);

/* Wipes everything; the result is empty and may be used again. NULL is allowed. */
void credentials_wipe(struct credentials *credentials);

/*
 * The account of an ARN (`arn:partition:service:region:account:…`), copied into `account`, which
 * has room for 13 bytes; "" when the ARN has none or is no ARN.
 */
void credentials_account(const char *arn, char account[13]);

#endif
