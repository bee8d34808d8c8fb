/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_CHECK_H
#define AWS_ROLE_CLI_CHECK_H

#include <stddef.h>

#include "cli/terminal.h"
#include "cli/verb.h"
#include "common/trusted_file.h"
#include "policy/config.h"

/*
 * aws-role check: is everything in place, and who may have what. It is a table of checks, each of
 * which tells problems, which make the exit status 1, and notes, which do not. No network but with
 * --live.
 */

struct check {
    const struct installed *installed;
    struct trust trust;  /* of configuration and secrets */
    const char *user;    /* --user; NULL: everybody */
    const char *content; /* --config or --drop-in: this file's content; NULL: what is installed */
    enum config_place place;
    int live;            /* --live */
    struct terminal out; /* what there is */
    struct terminal err; /* problems and notes */
    struct config *config; /* NULL: not loaded, and why has been told */
    size_t problems;
    size_t notes;
};

/* Tells a problem as `file:line: what: mend`, or `file: what: mend` for line 0. */
void check_problem(struct check *check, const char *file, unsigned int line, const char *what,
                   const char *mend);

/* Tells what could not be looked at, or is good to know. `format` is printf(3)'s. */
void check_note(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Runs the checks that `check` asks for: VERB_OK or VERB_FAILED. Frees `check->config`. */
int check_all(struct check *check);

/* The verb. */
int check_run(const struct installed *installed, int argc, char **argv);

#endif
