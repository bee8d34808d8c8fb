/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_CONSOLE_H
#define AWS_ROLE_TESTS_UNIT_CONSOLE_H

#include "helper/steps/step.h"
#include "tests/unit/peer_process.h"

/* A console sign-in as the example's ueno, asked of the peer: for the tests of that step. */

struct console {
    struct step_context context;
    struct record step;
    struct secret kept, begun, answer; /* what the next run is given */
    struct step_output out;            /* of the last one */
    struct failure why;
};

extern struct console console;

/* A STEP for that person; NULL: for nobody. */
void console_step(const char *who);

int console_run(void);

/*
 * Fails the test unless this is the class, and these words are why; or when a failure gave
 * anything, or tells a secret of what it was given.
 */
void console_expect(int r, int class, const char *words);

/* Runs with a person there, for its page and BEGUN: with nothing kept and no answer. */
void console_ask(void);

/* Has somebody sign in at the page; `answer` is what it shows. */
void console_sign_in(const char *user, const char *password);

/* Has ueno sign in and redeems it: `kept` is what is kept from then on. */
void console_begin(void);

/* `kept` is what the last run gives to keep. */
void console_keep(void);

/* That the last run gave AWS's quarter of an hour. */
void console_expect_credentials(void);

/* A fault of AWS Sign-In in JSON, without its braces, and how often an action has arrived there. */
void console_fault(const char *action, const char *rest);
int console_count(const char *action);

/* Before and after each test. */
int console_set_up(void **state);
int console_tear_down(void **state);

#endif
