/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_FAILURE_H
#define AWS_ROLE_HELPER_FAILURE_H

#include <stddef.h>

#include "common/protocol.h"

#define FAILURE_CODE_MAX 64
#define FAILURE_REQUEST_ID_MAX 128
/* What of a service's own words may appear in ours. */
#define FAILURE_QUOTE_MAX 200

/*
 * Why a step failed, as a FAIL record carries it: an AWS_ROLE_ERR_* of common/error.h, AWS's error
 * code and request id where there are any, and a sentence that tells an administrator what happened
 * and what to do. All of it is printable ASCII. Initialise with zeroes.
 */
struct failure {
    int class;
    char code[FAILURE_CODE_MAX + 1];
    char request_id[FAILURE_REQUEST_ID_MAX + 1];
    char text[RECORD_TEXT_MAX];
    int sent; /* 1: what a person answered may have reached the service, which did not take it */
};

/*
 * Sets class and text, cut where it is too long, and returns `class`, so that a function can end in
 * `return failure_set(…)`. What is not printable ASCII becomes `?`. Code and request id stay.
 */
int failure_set(struct failure *why, int class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Adds what the service itself said, and its request id, behind the text, which is cut to make
 * room. An empty message adds nothing.
 */
void failure_quote(struct failure *why, const char *message, const char *request_id);

/*
 * Copies text from the network into `to` (`size` bytes, its NUL included) as printable ASCII: white
 * space becomes one blank, anything else that is not printable `?`.
 */
void failure_clean(char *to, size_t size, const char *from, size_t length);

#endif
