/* SPDX-License-Identifier: BSD-3-Clause */
/* aws-role: what people run. A table of verbs. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/credential_process.h"
#include "cli/env.h"
#include "cli/exec.h"
#include "cli/login.h"
#include "cli/logout.h"
#include "cli/off.h"
#include "cli/profiles.h"
#include "cli/refresh.h"
#include "cli/revoke.h"
#include "cli/roles.h"
#include "cli/status.h"
#include "cli/switch.h"
#include "cli/terminal.h"
#include "cli/verb.h"

static int help_run(const struct installed *installed, int argc, char **argv);

static const struct verb verbs[] = {
    {"status", "this shell's role, and for how long; for root, everybody's", status_run},
    {"roles", "the roles that you may take", roles_run},
    {"switch", "give this shell another role", switch_run},
    {"refresh", "get new credentials now", refresh_run},
    {"login", "get credentials where there are none", login_run},
    {"logout", "have this session forget its credentials", logout_run},
    {"off", "take the session's variables from this shell", off_run},
    {"exec", "run a command with a role", exec_run},
    {"env", "what sets this session's variables, for a shell or a program", env_run},
    {"credential-process", "credentials for ~/.aws/config, see profiles", credential_process_run},
    {"profiles", "profiles for ~/.aws/config, one for each role", profiles_run},
    {"revoke", "end what a person has of this host's roles, for root", revoke_run},
    {"check", "whether the configuration is good, and who may have which role", check_run},
    {"help", "this text, or with a verb what it does", help_run},
};

static const struct installed installed = {
    .config = AWS_ROLE_CONFIG,
    .config_dir = AWS_ROLE_CONFIG_DIR,
    .vendor_config = AWS_ROLE_VENDOR_CONFIG,
    .credentials = AWS_ROLE_CREDENTIALS,
    .rundir = AWS_ROLE_RUNDIR,
    .program = AWS_ROLE_PROGRAM,
    .broker = AWS_ROLE_LIBEXECDIR "/aws-role-broker",
    .helper = AWS_ROLE_LIBEXECDIR "/aws-role-helper",
    .agent = AWS_ROLE_LIBEXECDIR "/aws-role-agent",
    .module = AWS_ROLE_PAMDIR "/pam_aws_role.so",
    .pam_folder = "/etc/pam.d", /* pam.d(5) */
    .metadata_users = AWS_ROLE_METADATA_USERS,
};

static void
print_usage(FILE *out)
{
    fputs("usage: aws-role VERB [OPTION...]\n\n", out);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        fprintf(out, "  %-18s  %s\n", verbs[i].name, verbs[i].summary);
    fputs("\naws-role VERB --help tells a verb's options, aws-role --version the version.\n", out);
}

static const struct verb *
find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int
is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Says what is wrong with which word, which a list of all verbs would push out of sight. */
static int
refuse(const char *what, const char *word)
{
    struct terminal errors;

    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN, "aws-role: %s: %s", what, word);
    terminal_line(&errors, TERMINAL_PLAIN, "aws-role --help lists the verbs.");
    return VERB_USAGE;
}

/* Runs the verb under the name that getopt_long(3) begins its messages with. */
static int
run_verb(const struct verb *verb, const struct installed *where, int argc, char **argv)
{
    char name[32];

    snprintf(name, sizeof name, "aws-role %s", verb->name);
    argv[0] = name;
    return verb->run(where, argc, argv);
}

static int
help_run(const struct installed *where, int argc, char **argv)
{
    char option[] = "--help", *arguments[] = {argv[0], option, NULL};
    const struct verb *verb = argc == 2 ? find_verb(argv[1]) : NULL;

    if (verb != NULL && verb->run != help_run)
        return run_verb(verb, where, 2, arguments);
    if (argc == 1 || verb != NULL || is_help(argv[1])) {
        print_usage(stdout);
        return VERB_OK;
    }
    return argc > 2 ? refuse("help takes one verb, and this is more", argv[2])
                    : refuse("there is no such verb", argv[1]);
}

static int
run(int argc, char **argv)
{
    const struct verb *verb;

    if (argc < 2) {
        print_usage(stderr);
        return VERB_USAGE;
    }
    if (is_help(argv[1]) || strcmp(argv[1], "--version") == 0) {
        if (argc > 2)
            return refuse("takes no argument", argv[1]);
        if (!is_help(argv[1]))
            puts("aws-role " AWS_ROLE_VERSION);
        else
            print_usage(stdout);
        return VERB_OK;
    }
    verb = find_verb(argv[1]);
    if (verb == NULL)
        return refuse("there is no such verb", argv[1]);
    return run_verb(verb, &installed, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
    int r;

    (void)setlocale(LC_CTYPE, ""); /* without one, everything above ASCII is shown as \xHH */
    r = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("aws-role: standard output");
        return r == VERB_OK ? VERB_FAILED : r;
    }
    return r;
}
