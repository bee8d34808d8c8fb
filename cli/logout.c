/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/logout.h"

#include "cli/shell_verb.h"
#include "cli/role_variables.h"
#include "common/error.h"

#define ANSWER_MS 5000

static const char usage[] =
    "usage: aws-role logout [--shell SHELL]\n"
    "\n"
    "Has this session forget all its credentials, and your MFA codes and sign-ins on this host.\n"
    "What was handed out is valid until its end, and so is what your other sessions hold.\n"
    "The session goes on: whatever asks it next, 'aws-role status' as well, gets new ones; for a\n"
    "role that needs a code or a sign-in, only 'aws-role login' does.\n"
    "With the shell's function aws-role, --shell is put in by itself, and the variables are\n"
    "taken from this shell.\n"
    "\n" SHELL_VERB_OPTION
    "\n"
    "Exit status: 0 all is forgotten, 1 it is not, 2 wrong usage, 3 no session of yours on this\n"
    "host holds a role.\n";

static int
forget(struct own_session *session)
{
    struct record request, answer;
    int r;

    record_start(&request, RECORD_LOGOUT);
    r = own_session_ask(session, &request, &answer, deadline_in(ANSWER_MS));
    if (r == VERB_OK && answer.kind != RECORD_NONE)
        r = own_session_refused(session, &answer);
    record_wipe(&request);
    record_wipe(&answer);
    return r;
}

int
logout_run(const struct installed *installed, int argc, char **argv)
{
    struct shell_verb verb = {.name = "logout", .usage = usage};
    struct variables variables;
    int r;

    if (!shell_verb_begin(&verb, installed, argc, argv, &r))
        return r;
    r = variables_of_nothing(&variables) == 0
            ? VERB_OK
            : own_session_fail(&verb.session, AWS_ROLE_ERR_MEMORY);
    if (r == VERB_OK) {
        /* First, since who has forgotten its roles does not know their regions. */
        role_variables_drop_region(&verb.session, deadline_in(ANSWER_MS), &variables);
        r = forget(&verb.session);
    }
    r = r == VERB_OK ? shell_verb_end_without(&verb, &variables,
                                              "the session's credentials are forgotten, and your "
                                              "MFA codes and sign-ins on this host; the next use "
                                              "gets new ones, after aws-role login where a role "
                                              "needs you")
                     : own_session_tell(&verb.session, "logout", r);
    variables_wipe(&variables);
    return r;
}
