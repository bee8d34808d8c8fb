/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/login.h"

#include <stdio.h>

#include "cli/answer.h"
#include "cli/open_browser.h"
#include "cli/shell_verb.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "cli/wait.h"
#include "common/error.h"

#define ATTEMPTS 3 /* an answer that AWS did not take is asked for again twice */
#define COMMAND_MS 60000
#define BROWSER_MS (10 * 60 * 1000)

static const char usage[] =
    "usage: aws-role login [--browser | --qr | --code-from COMMAND] [--shell SHELL]\n"
    "\n"
    "Gets credentials for the role of this shell where there are none, and asks on the terminal\n"
    "for what the role needs, as an MFA code or a sign-in. Waits for AWS for 30 seconds, for a\n"
    "browser ten minutes. With the shell's function aws-role, --shell is put in by itself.\n"
    "\n"
    "  --browser            sign in in a browser of this host: no code is typed\n"
    "  --qr                 show the sign-in's page as a QR code, too\n"
    "  --code-from COMMAND  sh runs COMMAND, and the first line that it prints is the MFA code\n"
    "  --shell SHELL        print code for sh, fish, csh or powershell, and change that shell by\n"
    "                       it\n"
    "  --help               this text\n"
    "\n"
    "Exit status: 0 there are credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

/* The verb's own options, in the order of its table. */
enum own_option { OWN_BROWSER, OWN_QR, OWN_CODE_FROM };

static int
fail(struct shell_verb *verb, const char *text)
{
    snprintf(verb->session.why, sizeof verb->session.why, "%s", text);
    return VERB_FAILED;
}

static void
say(const char *text, const char *what)
{
    struct terminal errors;

    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN, "aws-role login: %s%s", text, what);
}

/* Names the way that the ASK has beside. */
static int
fail_without_terminal(struct shell_verb *verb, const struct record *ask)
{
    return fail(verb, record_has(ask, FIELD_URL)
                          ? "there is no terminal to ask on: run it on a terminal, or with "
                            "--browser"
                          : "there is no terminal to ask on: see --code-from");
}

/* Gets the answer to an ASK, from the person or the command. */
static int
get_answer(struct shell_verb *verb, const struct record *ask, struct secret *answer)
{
    const char *command = verb->own_values[OWN_CODE_FROM];
    int r;

    if (command != NULL && record_has(ask, FIELD_URL))
        return fail(verb, "--code-from is for MFA codes, and this role needs a sign-in in a "
                          "browser: run aws-role login on a terminal, or with --browser");
    r = command != NULL ? answer_run(command, deadline_in(COMMAND_MS), answer)
                        : answer_read(record_text(ask, FIELD_PROMPT), record_text(ask, FIELD_URL),
                                      verb->own_values[OWN_QR] != NULL, answer);

    if (r == 0)
        return VERB_OK;
    if (command != NULL && r == AWS_ROLE_ERR_DEADLINE)
        return fail(verb, "the command of --code-from did not answer and end within a minute");
    if (command != NULL)
        return fail(verb, "the command of --code-from gave no answer: run it by hand to see why");
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        return fail_without_terminal(verb, ask);
    return fail(verb, r == AWS_ROLE_ERR_ANSWER || r == AWS_ROLE_ERR_PEER_GONE
                          ? "nothing was answered, and nothing is changed"
                          : error_text(r));
}

/* One round of asking and answering; VERB_OK: `reply` is a GRANT, or once more an ASK. */
static int
answer_typed(struct shell_verb *verb, struct wait *wait, struct record *reply)
{
    struct secret answer = SECRET_EMPTY;
    int r = get_answer(verb, reply, &answer);

    record_wipe(reply);
    if (r != VERB_OK)
        return r;
    wait->deadline = deadline_in(WAIT_MS);
    r = wait_for_person(wait, RECORD_ANSWER, &answer, reply);
    secret_wipe(&answer);
    return r;
}

/* Waits for what the browser brings, and for what AWS makes of it. */
static int
wait_for_browser(struct shell_verb *verb, struct wait *wait, struct record *reply)
{
    deadline_t until = deadline_in(BROWSER_MS);
    int r;

    wait->browser = BROWSER_WAIT;
    do {
        record_wipe(reply);
        wait->deadline = deadline_in(WAIT_MS);
        r = wait_for_person(wait, RECORD_LOGIN, NULL, reply);
    } while (r == VERB_OK && reply->kind == RECORD_ASK && deadline_left(until) > 0);
    wait->browser = BROWSER_OPEN;
    if (r == VERB_OK && reply->kind == RECORD_ASK)
        r = fail(verb, "nobody has signed in in the browser for 10 minutes; try again");
    return r;
}

/* The same in a browser; where there is none, the ASK of one who types. */
static int
answer_in_browser(struct shell_verb *verb, struct wait *wait, struct record *reply)
{
    const char *url = record_text(reply, FIELD_URL);
    int r = open_browser(url);

    if (r == 0) {
        say("waiting for the sign-in in a browser of this host, 10 minutes at most; if none opens "
            "there: ",
            url);
        return wait_for_browser(verb, wait, reply);
    }
    say("no browser can be started here: ",
        r == AWS_ROLE_ERR_NOT_FOUND ? "see BROWSER in aws-role(1)" : error_text(r));
    wait->browser = 0;
    wait->deadline = deadline_in(WAIT_MS);
    record_wipe(reply);
    r = wait_for_person(wait, RECORD_LOGIN, NULL, reply);
    return r == VERB_OK && reply->kind == RECORD_ASK ? answer_typed(verb, wait, reply) : r;
}

/* 1 when the person's answer was not accepted, and another one may be. */
static int
may_try_again(const struct shell_verb *verb, const struct record *reply, int r)
{
    return r == VERB_FAILED && verb->own_values[OWN_CODE_FROM] == NULL &&
           record_number(reply, FIELD_CLASS) == -AWS_ROLE_ERR_ANSWER;
}

/* Asks the person until the role is there, or nothing is left to be asked. */
static int
ask_person(struct shell_verb *verb, struct wait *wait)
{
    struct record reply;
    int r = wait_for_person(wait, RECORD_LOGIN, NULL, &reply);

    for (int i = 0; i < ATTEMPTS && r == VERB_OK && reply.kind == RECORD_ASK; i++) {
        r = wait->browser != 0 && record_has(&reply, FIELD_URL)
                ? answer_in_browser(verb, wait, &reply)
                : answer_typed(verb, wait, &reply);
        if (i + 1 == ATTEMPTS || !may_try_again(verb, &reply, r))
            continue;
        (void)own_session_tell(&verb->session, "login", r);
        record_wipe(&reply);
        wait->deadline = deadline_in(WAIT_MS);
        r = wait_for_person(wait, RECORD_LOGIN, NULL, &reply);
    }
    if (r == VERB_OK && reply.kind == RECORD_ASK)
        r = fail(verb, "the answer led to another question: try again");
    record_wipe(&reply);
    return r;
}

/* The three ways to answer exclude each other. */
static int
check_options(const struct shell_verb *verb)
{
    int ways = 0;

    for (int i = OWN_BROWSER; i <= OWN_CODE_FROM; i++)
        ways += verb->own_values[i] != NULL;
    return ways <= 1 ? VERB_OK
                     : usage_refuse("login", usage,
                                    "--browser, --qr and --code-from exclude each other", NULL);
}

int
login_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {
        .name = "login",
        .usage = usage,
        .own_options = {[OWN_BROWSER] = {"browser", no_argument, NULL, 0},
                        [OWN_QR] = {"qr", no_argument, NULL, 0},
                        [OWN_CODE_FROM] = {"code-from", required_argument, NULL, 0}},
    };
    struct wait wait = {.session = &verb.session, .verb = "login", .by_hand = 1};
    struct record grant = {0};
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    r = check_options(&verb);
    if (r != VERB_OK)
        return r;
    wait.role = own_session_role(NULL);
    wait.browser = verb.own_values[OWN_BROWSER] != NULL ? BROWSER_OPEN : 0;
    wait.deadline = deadline_in(WAIT_MS);
    r = ask_person(&verb, &wait);
    if (r == VERB_OK)
        r = wait_for_grant(&wait, &grant);
    r = r == VERB_OK ? shell_verb_end(&verb, &grant, "there are credentials for")
                     : own_session_tell(&verb.session, "login", r);
    record_wipe(&grant);
    return r;
}
