/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/switch.h"

#include "cli/shell_verb.h"
#include "cli/wait.h"

static const char usage[] =
    "usage: aws-role switch ROLE [--shell SHELL]\n"
    "\n"
    "Gives this shell another role of yours; 'aws-role roles' lists them. Other shells and the\n"
    "session keep theirs. When the role is not to be had nothing changes. The shell's function\n"
    "aws-role, which comes with its hook, puts --shell in by itself; without both, the command\n"
    "to type is told.\n"
    "\n" SHELL_VERB_OPTION
    "\n"
    "Exit status: 0 this shell has the role, 1 it is not to be had, 2 wrong usage, 3 no session\n"
    "of yours on this host holds a role.\n";

int
switch_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {
        .name = "switch", .usage = usage, .takes_role = 1, .needs_shell = 1};
    struct wait wait = {.session = &verb.session, .verb = "switch", .by_hand = 1};
    struct record grant;
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    wait.role = verb.role;
    wait.deadline = deadline_in(WAIT_MS);
    r = wait_for_grant(&wait, &grant);
    r = r == VERB_OK ? shell_verb_end(&verb, &grant, "this shell has")
                     : own_session_tell(&verb.session, "switch", r);
    record_wipe(&grant);
    return r;
}
