/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_STEPS_H
#define AWS_ROLE_HELPER_STEPS_STEPS_H

#include <stdint.h>

#include "helper/steps/step.h"

/* The table of steps: DESIGN's rows that have a file in this folder. */

struct step {
    enum step_kind kind;
    const char *name; /* for people */
    step_run *run;
    int stays;  /* 1: its credentials are long-lived and never leave the helper */
    int person; /* 1: takes what it kept, began and was answered (KEPT, BEGUN, ANSWER) */
};

/* The row of a kind; NULL when it has none. */
const struct step *steps_find(uint64_t kind);

/* Wipes an output, which may then be used again. */
void steps_wipe_output(struct step_output *out);

#endif
