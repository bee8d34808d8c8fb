/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_ANSWER_H
#define AWS_ROLE_CLI_ANSWER_H

#include "common/deadline.h"
#include "common/secret.h"

/* How a person answers what a role's step asks: by typing, or by a command that knows it. */

#define ANSWER_MAX 4096 /* bytes; a line of a terminal has no more, termios(3) */

/*
 * Shows `prompt`, escaped, on the process's terminal, whatever standard input and output are, and
 * reads one line there. Before it stands the page where the answer is to be found, if there is one:
 * `url`, else NULL, with `qr` also as a QR code (cli/sign_in_page.h). The caller wipes `answer`;
 * blanks around it are left out. Waits for the person, who can interrupt. AWS_ROLE_ERR_NOT_FOUND:
 * there is no terminal; AWS_ROLE_ERR_PEER_GONE: an end of file in place of an answer;
 * AWS_ROLE_ERR_ANSWER: an empty line; AWS_ROLE_ERR_TOO_BIG; AWS_ROLE_ERR_MEMORY;
 * AWS_ROLE_ERR_SYSTEM (errno).
 */
int answer_read(const char *prompt, const char *url, int qr, struct secret *answer);

/*
 * The same of the first line that `command` prints, which sh(1) runs as the caller until `deadline`
 * at most; then it is killed, and what it has printed is no answer. AWS_ROLE_ERR_DEADLINE: it has
 * not printed a line, or not ended; AWS_ROLE_ERR_ANSWER: it prints nothing, or does not end with
 * status 0; otherwise as above.
 */
int answer_run(const char *command, deadline_t deadline, struct secret *answer);

#endif
