/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/refresh.h"

#include "cli/shell_verb.h"
#include "cli/wait.h"

static const char usage[] =
    "usage: aws-role refresh [--shell SHELL]\n"
    "\n"
    "Gets new credentials for the role of this shell now, and waits for them, 30 seconds at\n"
    "most. With the shell's function aws-role, --shell is put in by itself.\n"
    "\n" SHELL_VERB_OPTION
    "\n"
    "Exit status: 0 there are new credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

int
refresh_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {.name = "refresh", .usage = usage};
    struct wait wait = {.session = &verb.session, .verb = "refresh", .by_hand = 1};
    struct record grant;
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    wait.role = own_session_role(NULL);
    wait.deadline = deadline_in(WAIT_MS);
    r = wait_for_newer(&wait, &grant);
    r = r == VERB_OK ? shell_verb_end(&verb, &grant, "here are the newest credentials for")
                     : own_session_tell(&verb.session, "refresh", r);
    record_wipe(&grant);
    return r;
}
