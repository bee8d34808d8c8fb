/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_ERROR_CLASS_H
#define AWS_ROLE_HELPER_ERROR_CLASS_H

/*
 * The class of an error answer: AWS_ROLE_ERR_RETRY, SKEW, DENIED, REFUSED or NOT_AWS. `code` is the
 * service's error code, "" when the answer is none that can be read; `message` and the HTTP status
 * decide where the code alone does not.
 *
 * Retry codes: botocore data/_retry.json and botocore/retries/standard.py. Skew codes: smithy-go's
 * and the AWS SDKs' service error classification.
 */
int error_class(const char *code, const char *message, long status);

/* 1 for a code that a clock that differs can be the reason of. */
int error_class_may_be_skew(const char *code);

#endif
