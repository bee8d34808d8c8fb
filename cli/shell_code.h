/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SHELL_CODE_H
#define AWS_ROLE_CLI_SHELL_CODE_H

#include <stdio.h>

#include "cli/variables.h"

/*
 * What a shell evaluates to get variables, a statement a line that ends in `;`; and two forms for
 * other programs, which have nothing to unset.
 */

enum shell_code {
    SHELL_CODE_SH, /* POSIX, bash, zsh */
    SHELL_CODE_FISH,
    SHELL_CODE_CSH,
    SHELL_CODE_POWERSHELL,
    SHELL_CODE_JSON,   /* one object, on one line */
    SHELL_CODE_DOTENV, /* NAME=VALUE, a line each */
};

/* The words that people choose by, for a message. */
#define SHELL_CODE_WORDS "sh, fish, csh, powershell, json or dotenv"
#define SHELL_CODE_SHELLS "sh, fish, csh or powershell"

/* 1 when `word` is one of them; bash and zsh are sh. */
int shell_code_find(const char *word, enum shell_code *shell);

/* 1 for what is evaluated by a running shell. */
int shell_code_is_shell(enum shell_code shell);

/*
 * Prints all that is to be set or unset. AWS_ROLE_ERR_PROTOCOL: a value holds what dotenv has no
 * quoting for that all its readers know; AWS_ROLE_ERR_MEMORY, for JSON. Nothing is printed then.
 * What cannot be written is left to ferror(3).
 */
int shell_code_print(const struct variables *variables, enum shell_code shell, FILE *out);

/* For a shell: sets a variable of the environment to any text without a control character. */
void shell_code_export(enum shell_code shell, const char *name, const char *value, FILE *out);

/* For a shell: unsets a variable; one that is not set is none. */
void shell_code_unset(enum shell_code shell, const char *name, FILE *out);

/* For sh and fish: sets a variable of the shell alone. */
void shell_code_note(enum shell_code shell, const char *name, const char *value, FILE *out);

#endif
