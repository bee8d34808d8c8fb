/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/env.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/own_session.h"
#include "cli/role_variables.h"
#include "cli/shell_code.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "common/role_name.h"

#define ANSWER_MS 5000
#define HOOK_MS 950 /* a prompt waits for it; the agent answers within 900 */
#define HOOK_RETRY_SECONDS 30
#define WHY "_aws_role_why"

static const char usage[] =
    "usage: aws-role env [--role ROLE] [--shell SHELL] [--hook]\n"
    "\n"
    "Prints what sets this session's variables: eval \"$(aws-role env)\"\n"
    "\n"
    "  --role ROLE    for that role; else the one of AWS_ROLE_NAME, else the session's default\n"
    "  --shell SHELL  for sh (the default; also bash, zsh), fish, csh or powershell; json and\n"
    "                 dotenv are for other programs\n"
    "  --hook         for a shell's prompt, sh or fish: within a second, and silent\n"
    "  --help         this text\n"
    "\n"
    "Exit status: 0 there are credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

struct wish {
    const char *role;
    enum shell_code shell;
    int hook;
};

/* Gets the variables; prints nothing. An exit code. */
static int
get(struct own_session *session, const struct wish *wish, struct variables *variables)
{
    deadline_t deadline = deadline_in(wish->hook ? HOOK_MS : ANSWER_MS);
    struct record grant;
    int r = own_session_get(session, own_session_role(wish->role), 0, &grant, deadline);

    if (r == VERB_OK)
        r = role_variables_of_grant(session, &grant,
                                    shell_code_is_shell(wish->shell) ? ROLE_VARIABLES_SHELL
                                                                     : ROLE_VARIABLES_ALONE,
                                    deadline, variables);
    record_wipe(&grant);
    return r;
}

/* When the shell's credentials end, as it was told; 0 where it was not. */
static int64_t
expiration(void)
{
    const char *text = getenv(variables_name(VARIABLES_EXPIRATION)), *rest;
    struct tm utc = {0};

    rest = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return rest != NULL && *rest == '\0' ? (int64_t)timegm(&utc) : 0;
}

/*
 * For a prompt: why there is nothing, and when to ask again. Not later than the credentials that
 * the shell still has end: the agent looks for others all the time that somebody asks.
 */
static void
print_failure(const struct own_session *session, enum shell_code shell)
{
    char why[4 * OWN_SESSION_WHY_MAX], at[24];
    int64_t now = (int64_t)time(NULL), next = now + HOOK_RETRY_SECONDS, end = expiration();

    if (end > now && end < next)
        next = end;
    terminal_escape(session->why, why, sizeof why);
    snprintf(at, sizeof at, "%" PRId64, next);
    shell_code_note(shell, WHY, why, stdout);
    shell_code_export(shell, variables_name(VARIABLES_REFRESH_AT), at, stdout);
}

static int
print(struct own_session *session, const struct wish *wish)
{
    struct variables variables = {0};
    int r = get(session, wish, &variables), error = 0;

    if (r == VERB_OK)
        error = shell_code_print(&variables, wish->shell, stdout);
    if (error != 0)
        r = own_session_fail(session, error);
    variables_wipe(&variables);
    if (!wish->hook)
        return r == VERB_OK ? r : own_session_tell(session, "env", r);
    if (r == VERB_OK)
        shell_code_note(wish->shell, WHY, "", stdout);
    else
        print_failure(session, wish->shell);
    return r;
}

static int
refuse(const char *what, const char *word)
{
    return usage_refuse("env", usage, what, word);
}

int
env_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {
        {"role", required_argument, NULL, 'r'},
        {"shell", required_argument, NULL, 's'},
        {"hook", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    struct own_session session;
    struct wish wish = {.shell = SHELL_CODE_SH};
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return VERB_OK;
        }
        if (option == '?')
            return refuse(NULL, NULL);
        if (option == 'r' && !role_name_is_good(optarg))
            return usage_refuse_role("env", usage, optarg);
        if (option == 'r')
            wish.role = optarg;
        if (option == 's' && !shell_code_find(optarg, &wish.shell))
            return refuse("--shell is " SHELL_CODE_WORDS ", not", optarg);
        wish.hook |= option == 'k';
    }
    if (optind != argc)
        return refuse("takes no argument", argv[optind]);
    if (wish.hook && wish.shell != SHELL_CODE_SH && wish.shell != SHELL_CODE_FISH)
        return refuse("--hook is for sh and fish", NULL);
    own_session_open(&session, installed);
    session.in_hurry = wish.hook;
    return print(&session, &wish);
}
