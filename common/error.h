/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_ERROR_H
#define AWS_ROLE_COMMON_ERROR_H

/*
 * Every outcome of every function in this project: 0, or one negative code of this list.
 * The classes of what AWS answered are told apart once, in the helper (AWS_ROLE_ERR_RETRY to
 * AWS_ROLE_ERR_NEEDS_PERSON), and travel over the protocol as these numbers, so a number is never
 * reused for something else.
 */
enum aws_role_error {
    AWS_ROLE_OK = 0,

    /* this machine */
    AWS_ROLE_ERR_MEMORY = -1,    /* malloc(3) failed */
    AWS_ROLE_ERR_SYSTEM = -2,    /* a system call failed; errno says why */
    AWS_ROLE_ERR_DEADLINE = -3,  /* the time allowed is over */
    AWS_ROLE_ERR_NOT_FOUND = -4, /* no such file, entry, role, person */
    AWS_ROLE_ERR_UNTRUSTED = -5, /* owner, mode or kind of a file is not what it has to be */
    AWS_ROLE_ERR_ARGUMENT = -6,  /* the caller broke the contract of a function */
    AWS_ROLE_ERR_PRIVILEGE = -7, /* privilege could not be dropped, or is missing */

    /* peers and their records */
    AWS_ROLE_ERR_PEER_GONE = -20, /* end of file, ECONNRESET, EPIPE */
    AWS_ROLE_ERR_PROTOCOL = -21,  /* a record that breaks a rule of common/protocol.h */
    AWS_ROLE_ERR_TOO_BIG = -22,   /* over a limit of size or count */
    AWS_ROLE_ERR_BUSY = -23,      /* the peer's queue is full */

    /* configuration and policy */
    AWS_ROLE_ERR_SYNTAX = -40,      /* a configuration file does not parse */
    AWS_ROLE_ERR_CONFIG = -41,      /* it parses, and says what cannot be */
    AWS_ROLE_ERR_UNMAPPED = -42,    /* nothing in the configuration gives this person a role */
    AWS_ROLE_ERR_NOT_ALLOWED = -43, /* the role exists and is not among this person's */
    AWS_ROLE_ERR_MISSING_VALUE = -44, /* an expansion has no value in this session */

    /* what AWS answered, or did not */
    AWS_ROLE_ERR_RETRY = -60,        /* throttled, or a fault that may pass */
    AWS_ROLE_ERR_SKEW = -61,         /* the clocks differ by more than AWS accepts */
    AWS_ROLE_ERR_DENIED = -62,       /* a definite no */
    AWS_ROLE_ERR_REFUSED = -63,      /* no request like this can do: change the configuration */
    AWS_ROLE_ERR_UNREACHABLE = -64,  /* no answer: name, route, connection, TLS, time */
    AWS_ROLE_ERR_NOT_AWS = -65,      /* an answer, and not one of the service asked */
    AWS_ROLE_ERR_NEEDS_PERSON = -66, /* a step needs a person's answer and has none */
    AWS_ROLE_ERR_ANSWER = -67,       /* what a person answered is not accepted: ask again */
    AWS_ROLE_ERR_ATTEMPTS = -68,     /* too many answers were not accepted: AWS is not asked */
};

/*
 * A constant English phrase for an outcome, never NULL, also for a number that is not in the list.
 */
const char *error_text(int error);

/* 1 when `error` is a negative code of the list: what may be taken from a peer's record. */
int error_is_known(int error);

#endif
