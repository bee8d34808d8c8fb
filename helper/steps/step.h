/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_STEP_H
#define AWS_ROLE_HELPER_STEPS_STEP_H

#include "common/credentials.h"
#include "common/deadline.h"
#include "common/protocol.h"
#include "common/secret.h"
#include "common/trusted_file.h"
#include "helper/exchange.h"
#include "helper/failure.h"

/*
 * A step turns the credentials before it into new ones. Each kind is one file in this folder with
 * one function of the type step_run, and one row in steps.c.
 */

#define STEP_ORIGIN_MAX 320
#define STEP_METADATA_ENDPOINTS 2

/* What every step of an obtain has at hand. */
struct step_context {
    struct exchange exchange;
    struct trust trust; /* of files that hold secrets */
    const char *metadata[STEP_METADATA_ENDPOINTS]; /* URLs of the instance metadata service */
    const char *sign_in; /* URL in place of AWS Sign-In's own; NULL */
    int person;          /* 1: somebody is there to be asked */
    unsigned int port;   /* of 127.0.0.1, where a browser of theirs brings the answer; 0: none */
};

struct step_input {
    struct step_context *context;
    const struct record *step;      /* the STEP record */
    const struct credentials *from; /* the credentials before it; no key id: none */
    const char *origin;             /* where those come from, for people */
    enum step_kind base;            /* the kind of the plan's first step; 0: this is it */
    const struct secret *kept;      /* what this step kept last time; empty: nothing */
    const struct secret *begun;     /* what it began when it asked; empty: nothing */
    const struct secret *answer;    /* what a person answered; empty: nothing */
};

/* Starts as zeroes. */
struct step_output {
    struct credentials credentials;
    char origin[STEP_ORIGIN_MAX + 1]; /* where they come from, for the words of the next step */
    struct secret keep;               /* for the next time */
    deadline_t keep_until;

    /* with AWS_ROLE_ERR_NEEDS_PERSON */
    char prompt[RECORD_TEXT_MAX]; /* what to ask */
    char why[RECORD_TEXT_MAX];    /* what to say where nobody is asked; "" for a usual sentence */
    char url[RECORD_URL_MAX + 1]; /* where the answer is to be found; "": nowhere */
    struct secret begun;          /* what it needs once it is answered */
};

/*
 * 0, or the class of what went wrong, told in `why`. AWS_ROLE_ERR_NEEDS_PERSON is no failure: it
 * asks a person, with `prompt`.
 */
typedef int step_run(const struct step_input *in, struct step_output *out, struct failure *why);

#endif
