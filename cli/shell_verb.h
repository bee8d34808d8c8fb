/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SHELL_VERB_H
#define AWS_ROLE_CLI_SHELL_VERB_H

#include <getopt.h>

#include "cli/own_session.h"
#include "cli/shell_code.h"
#include "cli/variables.h"
#include "cli/verb.h"

/*
 * What the verbs have in common that change the running shell. A program cannot do that: with
 * --shell they print code on standard output, for a function of the shell to evaluate, and what
 * people are to know on standard error.
 */

#define SHELL_VERB_OWN_MAX 3

struct shell_verb {
    const char *name;
    const char *usage;
    int takes_role;  /* 1: a role is its one argument */
    int needs_shell; /* 1: of no use without --shell */
    struct option own_options[SHELL_VERB_OWN_MAX]; /* that no other verb has; val is ours */
    /* what shell_verb_begin makes of the words */
    const char *role; /* the argument */
    int has_shell;
    enum shell_code shell;
    const char *own_values[SHELL_VERB_OWN_MAX]; /* of each; NULL: not there; "": there, and takes
                                                   none */
    struct own_session session;
};

/* 1: the verb goes on. 0: it ends with the exit code in `code`, what there is to say is said. */
int shell_verb_begin(struct shell_verb *verb, const struct installed *installed, int argc,
                     char **argv, int *code);

/*
 * Ends a verb that got a GRANT: prints its variables when there is a shell, and says `done` and
 * which role it is for how long. An exit code.
 */
int shell_verb_end(struct shell_verb *verb, const struct record *grant, const char *done);

/* Ends one that takes the variables away: prints that when there is a shell, and says `done`. */
int shell_verb_end_without(struct shell_verb *verb, const struct variables *variables,
                           const char *done);

/* Of their usage. */
#define SHELL_VERB_OPTION                                                                          \
    "  --shell SHELL  print code for sh, fish, csh or powershell, and change that shell by it\n"   \
    "  --help         this text\n"

#endif
