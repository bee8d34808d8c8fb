/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/off.h"

#include "cli/shell_verb.h"
#include "cli/role_variables.h"

/* For the region alone: without an answer it stays. */
#define ANSWER_MS 950

static const char usage[] =
    "usage: aws-role off [--shell SHELL]\n"
    "\n"
    "Takes the session's variables from this shell, until 'aws-role switch', 'refresh' or\n"
    "'login'. The session keeps its credentials. The shell's function aws-role, which comes with\n"
    "its hook, puts --shell in by itself; without both, the command to type is told.\n"
    "\n" SHELL_VERB_OPTION
    "\n"
    "Exit status: 0 this shell has none of them, 1 out of memory, 2 wrong usage.\n";

int
off_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {.name = "off", .usage = usage, .needs_shell = 1};
    struct variables variables;
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    r = variables_of_nothing(&variables);
    if (r == 0) {
        role_variables_drop_region(&verb.session, deadline_in(ANSWER_MS), &variables);
        r = shell_verb_end_without(&verb, &variables, "this shell has no role");
    } else {
        r = own_session_tell(&verb.session, "off", own_session_fail(&verb.session, r));
    }
    variables_wipe(&variables);
    return r;
}
