/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/error_class.h"

#include <stddef.h>
#include <string.h>

#include "common/error.h"

static const char *const retry[] = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "IDPCommunicationError",
    "InternalError",
    "InternalFailure",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "TransactionInProgressException",
};

/* These say that the clocks differ, whatever else. */
static const char *const skew[] = {
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
};

/* These say so sometimes. */
static const char *const maybe_skew[] = {
    "AuthFailure",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "TOKEN_EXPIRED", /* AWS Sign-In, of a proof of possession */
};

static const char *const denied[] = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IDPRejectedClaim",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidSignatureException",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
};

static const char *const refused[] = {
    "IncompleteSignature",
    "InvalidAction",
    "InvalidArgument",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MalformedPolicyDocument",
    "MethodNotAllowed",
    "MissingAction",
    "MissingAuthenticationToken",
    "MissingParameter",
    "NoSuchEntity",
    "PackedPolicyTooLarge",
    "RegionDisabledException",
    "ValidationError",
    "ValidationException",
};

#define IS_ONE_OF(code, list) is_one_of((code), (list), sizeof(list) / sizeof *(list))

static int
is_one_of(const char *code, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(code, list[i]) == 0)
            return 1;
    return 0;
}

static int
of_status(long status)
{
    switch (status) {
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
    case 509:
        return AWS_ROLE_ERR_RETRY;
    case 401:
    case 403:
        return AWS_ROLE_ERR_DENIED;
    default:
        return status >= 500 ? AWS_ROLE_ERR_RETRY : AWS_ROLE_ERR_REFUSED;
    }
}

int
error_class_may_be_skew(const char *code)
{
    return IS_ONE_OF(code, skew) || IS_ONE_OF(code, maybe_skew);
}

int
error_class(const char *code, const char *message, long status)
{
    if (code[0] == '\0') /* not the service's own words: a proxy's, or another server's */
        return of_status(status) == AWS_ROLE_ERR_RETRY ? AWS_ROLE_ERR_RETRY
                                                       : AWS_ROLE_ERR_NOT_AWS;
    if (IS_ONE_OF(code, retry))
        return AWS_ROLE_ERR_RETRY;
    /* STS: "Signature expired: … is now earlier than …", "Signature not yet current: …". */
    if (IS_ONE_OF(code, skew) ||
        (IS_ONE_OF(code, maybe_skew) && (strncmp(message, "Signature expired", 17) == 0 ||
                                         strncmp(message, "Signature not yet", 17) == 0)))
        return AWS_ROLE_ERR_SKEW;
    if (IS_ONE_OF(code, denied))
        return AWS_ROLE_ERR_DENIED;
    if (IS_ONE_OF(code, refused))
        return AWS_ROLE_ERR_REFUSED;
    return of_status(status);
}
