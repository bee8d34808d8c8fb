/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_REPLIES_H
#define AWS_ROLE_HELPER_REPLIES_H

#include <stddef.h>
#include <stdint.h>

#include "common/credentials.h"
#include "helper/failure.h"

/*
 * What services answer, in every shape that was seen of them: JSON or XML (told apart by the first
 * byte, whatever was asked for or announced), with and without outer elements. Anything else is no
 * answer of theirs.
 */

/* AWS issues credentials for 36 hours at most (GetSessionToken); an hour is for the clocks. */
#define REPLIES_LIFETIME_MAX (37 * 3600)

struct reply_error {
    char code[FAILURE_CODE_MAX + 1];
    char message[FAILURE_QUOTE_MAX + 1];
    char request_id[FAILURE_REQUEST_ID_MAX + 1];
};

/*
 * The credentials in the answer to `action` ("AssumeRole"): key id, secret, token and expiry, the
 * expiry after `issuer_now` (seconds of the epoch) and not too far. `arn` is set where the answer
 * has it. AWS_ROLE_ERR_NOT_AWS, with `why` saying what is wrong; AWS_ROLE_ERR_MEMORY.
 * `credentials` is empty then.
 */
int replies_credentials(const char *action, const char *body, size_t size, int64_t issuer_now,
                        struct credentials *credentials, struct failure *why);

/*
 * The same for an instance metadata service (flat JSON; Amazon EC2 User Guide, "Retrieve security
 * credentials"). A Code that is not Success is AWS_ROLE_ERR_RETRY: the service is not ready. An
 * expiry that has passed is AWS_ROLE_ERR_RETRY too: the service serves old ones in an outage.
 */
int replies_metadata(const char *body, size_t size, int64_t issuer_now,
                     struct credentials *credentials, struct failure *why);

/*
 * AWS Sign-In's answer to CreateOAuth2Token: credentials that live for its expiresIn from
 * `issuer_now`, a refresh token, and whose they are by its ID token (`subject` has room for
 * CREDENTIALS_ARN_MAX bytes and a NUL; "" without one). The ID token's signature is not looked at:
 * it came over TLS from its issuer (OpenID Connect Core 3.1.3.7). AWS_ROLE_ERR_NOT_AWS, and nothing
 * is given then; AWS_ROLE_ERR_MEMORY.
 */
int replies_sign_in(const char *body, size_t size, int64_t issuer_now,
                    struct credentials *credentials, struct secret *refresh_token, char *subject,
                    struct failure *why);

/* Whom AWS takes the caller for, by the answer to GetCallerIdentity; `arn` as `subject` above. */
int replies_caller(const char *body, size_t size, char *arn, struct failure *why);

/* What an error answer says, as printable ASCII. AWS_ROLE_ERR_NOT_AWS when it is none. */
int replies_error(const char *body, size_t size, struct reply_error *error);

/*
 * `YYYY-MM-DDTHH:MM:SS`, perhaps a fraction, then `Z` or `+00:00`, as seconds of the epoch, the
 * fraction dropped. AWS_ROLE_ERR_NOT_AWS.
 */
int replies_time(const char *text, int64_t *seconds);

#endif
