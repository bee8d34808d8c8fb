/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/exec.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/role_variables.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "cli/wait.h"
#include "common/error.h"
#include "common/role_name.h"

static const char usage[] =
    "usage: aws-role exec [--role ROLE] [--endpoint] [--] COMMAND [ARGUMENT...]\n"
    "\n"
    "Runs a command with the variables of a role in its environment. Where there are no\n"
    "credentials yet it waits for them, 30 seconds at most.\n"
    "\n"
    "  --role ROLE  that role; else the one of AWS_ROLE_NAME, else the session's default\n"
    "  --endpoint   an address to get credentials from in place of the credentials, so that a\n"
    "               command that runs for long gets newer ones\n"
    "  --help       this text\n"
    "\n"
    "Exit status: the command's; 126 it could not be run, 127 there is no such command, 1 there\n"
    "are no credentials, 2 wrong usage, 3 no session of yours on this host holds a role.\n";

static int
put(const struct variables *variables, enum variables_name name)
{
    if (variables->change[name] == VARIABLES_UNSET)
        return unsetenv(variables_name(name));
    if (variables->change[name] == VARIABLES_SET)
        return setenv(variables_name(name), variables->value[name].data, 1);
    return 0;
}

/* A profile of the person's would come before the role for some programs. */
static int
put_all(const struct variables *variables)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < VARIABLES_COUNT; i++)
        r = put(variables, (enum variables_name)i);
    if (r == 0 && unsetenv("AWS_PROFILE") == 0 && unsetenv("AWS_DEFAULT_PROFILE") == 0)
        return 0;
    return AWS_ROLE_ERR_MEMORY;
}

static int
fill_environment(struct own_session *session, const char *role, enum export export)
{
    struct wait wait = {.session = session, .role = own_session_role(role), .export = export,
                        .verb = "exec", .by_hand = 1, .deadline = deadline_in(WAIT_MS)};
    struct variables variables = {0};
    struct record grant;
    int r = wait_for_grant(&wait, &grant);

    if (r == VERB_OK)
        r = role_variables_of_grant(session, &grant, ROLE_VARIABLES_SHELL, wait.deadline,
                                    &variables);
    record_wipe(&grant);
    if (r == VERB_OK && put_all(&variables) != 0)
        r = own_session_fail(session, AWS_ROLE_ERR_MEMORY);
    variables_wipe(&variables);
    return r;
}

/* 1 when a folder of PATH has a file of that name. */
static int
is_in_path(const char *name)
{
    const char *path = getenv("PATH");
    char file[PATH_MAX];

    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");

        snprintf(file, sizeof file, "%.*s/%s", (int)length, path, name);
        if (access(file, F_OK) == 0)
            return 1;
        path += length + (path[length] == ':');
    }
    return 0;
}

static int
become(char **command)
{
    struct terminal errors;
    int error;

    (void)execvp(command[0], command);
    error = errno;
    /* execvp(3) tells of a folder that may not be searched, too, and a shell does not. */
    if (error == EACCES && strchr(command[0], '/') == NULL && !is_in_path(command[0]))
        error = ENOENT;
    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN, "aws-role exec: %s: %s", command[0], strerror(error));
    return error == ENOENT || error == ENOTDIR ? EXEC_NOT_FOUND : EXEC_NOT_RUN;
}

int
exec_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {
        {"role", required_argument, NULL, 'r'},
        {"endpoint", no_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    enum export export = 0;
    const char *role = NULL;
    struct own_session session;
    int option, r;

    while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return VERB_OK;
        }
        if (option == '?')
            return usage_refuse("exec", usage, NULL, NULL);
        if (option == 'r' && !role_name_is_good(optarg))
            return usage_refuse_role("exec", usage, optarg);
        if (option == 'r')
            role = optarg;
        else
            export = EXPORT_ENDPOINT;
    }
    if (optind == argc)
        return usage_refuse("exec", usage, "the command is missing", NULL);
    own_session_open(&session, installed);
    r = fill_environment(&session, role, export);
    return r == VERB_OK ? become(argv + optind) : own_session_tell(&session, "exec", r);
}
