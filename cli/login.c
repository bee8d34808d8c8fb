/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/login.h"

#include "cli/shell_verb.h"
#include "cli/wait.h"

static const char usage[] =
    "usage: aws-role login [--shell SHELL]\n"
    "\n"
    "Gets credentials for the role of this shell where there are none, and waits for them, 30\n"
    "seconds at most. With the shell's function aws-role, --shell is put in by itself.\n"
    "\n" SHELL_VERB_OPTION
    "\n"
    "Exit status: 0 there are credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

int
login_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {.name = "login", .usage = usage};
    struct wait wait = {.session = &verb.session, .verb = "login", .by_hand = 1};
    struct record grant;
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    wait.role = own_session_role(NULL);
    wait.deadline = deadline_in(WAIT_MS);
    r = wait_for_grant(&wait, &grant);
    r = r == VERB_OK ? shell_verb_end(&verb, &grant, "there are credentials for")
                     : own_session_tell(&verb.session, "login", r);
    record_wipe(&grant);
    return r;
}
