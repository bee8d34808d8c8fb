/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/login.h"

#include <stdio.h>

#include "cli/answer.h"
#include "cli/shell_verb.h"
#include "cli/terminal.h"
#include "cli/wait.h"
#include "common/error.h"

#define ATTEMPTS 3 /* an answer that AWS did not take is asked for again twice */

static const char usage[] =
    "usage: aws-role login [--code-from COMMAND] [--shell SHELL]\n"
    "\n"
    "Gets credentials for the role of this shell where there are none, and asks on the terminal\n"
    "for what the role needs, as an MFA code. Waits for AWS 30 seconds at most. With the shell's\n"
    "function aws-role, --shell is put in by itself.\n"
    "\n"
    "  --code-from COMMAND  sh runs COMMAND, and the first line that it prints is the answer\n"
    "  --shell SHELL        print code for sh, fish, csh or powershell, and change that shell by\n"
    "                       it\n"
    "  --help               this text\n"
    "\n"
    "Exit status: 0 there are credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

static int
fail(struct shell_verb *verb, const char *text)
{
    snprintf(verb->session.why, sizeof verb->session.why, "%s", text);
    return VERB_FAILED;
}

/* Gets the answer to an ASK, from the person or the command. */
static int
get_answer(struct shell_verb *verb, const struct record *ask, struct secret *answer)
{
    int r = verb->own_value != NULL ? answer_run(verb->own_value, answer)
                                    : answer_read(record_text(ask, FIELD_PROMPT),
                                                  record_text(ask, FIELD_URL), answer);

    if (r == 0)
        return VERB_OK;
    if (verb->own_value != NULL && r == AWS_ROLE_ERR_DEADLINE)
        return fail(verb, "the command of --code-from did not answer within a minute");
    if (verb->own_value != NULL)
        return fail(verb, "the command of --code-from gave no answer: run it by hand to see why");
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        return fail(verb, "there is no terminal to ask on: see --code-from");
    return fail(verb, r == AWS_ROLE_ERR_ANSWER || r == AWS_ROLE_ERR_PEER_GONE
                          ? "nothing was answered, and nothing is changed"
                          : error_text(r));
}

/* One round of asking and answering; VERB_OK: `reply` is a GRANT, or once more an ASK. */
static int
answer_ask(struct shell_verb *verb, struct wait *wait, struct record *reply, int *again)
{
    struct secret answer = SECRET_EMPTY;
    int r = get_answer(verb, reply, &answer);

    *again = 0;
    if (r != VERB_OK)
        return r;
    record_wipe(reply);
    wait->deadline = deadline_in(WAIT_MS);
    r = wait_for_person(wait, RECORD_ANSWER, &answer, reply);
    secret_wipe(&answer);
    *again = r == VERB_FAILED && verb->own_value == NULL &&
             record_number(reply, FIELD_CLASS) == -AWS_ROLE_ERR_ANSWER;
    return r;
}

/* Asks the person until the role is there, or nothing is left to be asked. */
static int
ask_person(struct shell_verb *verb, struct wait *wait)
{
    struct record reply;
    int r = wait_for_person(wait, RECORD_LOGIN, NULL, &reply), again = 0;

    for (int i = 0; i < ATTEMPTS && r == VERB_OK && reply.kind == RECORD_ASK; i++) {
        r = answer_ask(verb, wait, &reply, &again);
        if (!again || i + 1 == ATTEMPTS)
            continue;
        (void)own_session_tell(&verb->session, "login", r);
        record_wipe(&reply);
        r = wait_for_person(wait, RECORD_LOGIN, NULL, &reply);
    }
    if (r == VERB_OK && reply.kind == RECORD_ASK)
        r = fail(verb, "the answer led to another question: try again");
    record_wipe(&reply);
    return r;
}

int
login_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {
        .name = "login",
        .usage = usage,
        .own_option = {"code-from", required_argument, NULL, 'o'},
    };
    struct wait wait = {.session = &verb.session, .verb = "login", .by_hand = 1};
    struct record grant = {0};
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    wait.role = own_session_role(NULL);
    wait.deadline = deadline_in(WAIT_MS);
    r = ask_person(&verb, &wait);
    if (r == VERB_OK)
        r = wait_for_grant(&wait, &grant);
    r = r == VERB_OK ? shell_verb_end(&verb, &grant, "there are credentials for")
                     : own_session_tell(&verb.session, "login", r);
    record_wipe(&grant);
    return r;
}
