/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_FAILURE_H
#define AWS_ROLE_BROKER_FAILURE_H

#include "common/protocol.h"

/* Why an obtain gave nothing: the helper's FAIL, or our own reason in its form. */
struct failure {
    int error;                       /* AWS_ROLE_ERR_* */
    enum step_kind step; /* of the step that asks, with AWS_ROLE_ERR_NEEDS_PERSON; 0: not known */
    char text[RECORD_TEXT_MAX + 1];  /* what happened and what to do */
    char code[129], request_id[129]; /* AWS's, "" without */
};

/* Sets a failure of our own; `format` is printf(3)'s and is cut at RECORD_TEXT_MAX. */
void failure_set(struct failure *failure, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Takes a FAIL, or an ENTRY that is a refusal. A class that is none of common/error.h's is
 * AWS_ROLE_ERR_PROTOCOL.
 */
void failure_from_record(struct failure *failure, const struct record *record);

/* Adds CLASS, TEXT, CODE and REQUEST_ID. */
void failure_put(const struct failure *failure, struct record *record);

/*
 * How long, in milliseconds, the same question is not asked again: 30 s for a definite answer, 5 s
 * where nobody answered well; 0: the failure is not AWS's and costs nothing to find again.
 */
unsigned int failure_remember_ms(const struct failure *failure);

#endif
