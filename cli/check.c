/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check.h"

#include <getopt.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/check_config.h"
#include "cli/check_host.h"
#include "cli/check_live.h"
#include "cli/check_pam.h"
#include "cli/check_people.h"
#include "cli/check_person.h"
#include "cli/usage.h"
#include "common/service_user.h"

static const char usage[] =
    "usage: aws-role check [--user NAME] [--config FILE | --drop-in FILE] [--live]\n"
    "\n"
    "Reads the configuration and tells each problem as file:line: what: how to mend it, or\n"
    "shows which roles everybody has and how they come to them. Without --config and --drop-in\n"
    "it looks at this host as well: programs, service user, PAM's lines, credentials files.\n"
    "Asks nobody on the network, but with --live.\n"
    "\n"
    "  --user NAME     which section decides about this person, and which do not\n"
    "  --config FILE   checks the content of FILE as if it were the main file\n"
    "  --drop-in FILE  checks the content of FILE as if it were among the drop-ins\n"
    "  --live          tries whether an ordinary user gets through to the metadata service\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 no problem in what could be read, 1 problems, 2 wrong usage.\n";

enum {
    OF_HOST = 1,   /* with what is installed */
    OF_PEOPLE = 2, /* without --user */
    OF_PERSON = 4, /* with --user */
    OF_LIVE = 8,   /* with --live */
    OF_PAPER = 16, /* without --live */
};

/* In this order: the later ones use what the configuration's check has loaded. */
static const struct {
    void (*run)(struct check *check);
    unsigned int when; /* all of these have to be so */
} checks[] = {
    {check_host_service_user, OF_HOST | OF_PEOPLE},
    {check_host_programs, OF_HOST | OF_PEOPLE},
    {check_pam, OF_HOST | OF_PEOPLE},
    {check_host_run_folder, OF_HOST | OF_PEOPLE},
    {check_config, 0},
    {check_host_credentials, OF_HOST | OF_PEOPLE},
    {check_people, OF_PEOPLE},
    {check_person, OF_PERSON},
    {check_live, OF_LIVE},
    {check_live_hint, OF_HOST | OF_PEOPLE | OF_PAPER},
};

void
check_problem(struct check *check, const char *file, unsigned int line, const char *what,
              const char *mend)
{
    check->problems++;
    if (line == 0)
        terminal_line(&check->err, TERMINAL_BAD, "%s: %s: %s", file, what, mend);
    else
        terminal_line(&check->err, TERMINAL_BAD, "%s:%u: %s: %s", file, line, what, mend);
}

void
check_note(struct check *check, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    check->notes++;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    terminal_line(&check->err, TERMINAL_PLAIN, "note: %s", text != NULL ? text : "out of memory");
    free(text);
}

int
check_all(struct check *check)
{
    unsigned int asked = (check->content == NULL ? (unsigned int)OF_HOST : 0U) |
                         (check->user == NULL ? OF_PEOPLE : OF_PERSON) |
                         (check->live ? OF_LIVE : OF_PAPER);

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if ((checks[i].when & asked) == checks[i].when)
            checks[i].run(check);
    if (check->problems == 0 && check->user == NULL && check->content == NULL)
        terminal_line(&check->out, TERMINAL_GOOD, "no problem found%s",
                      check->config == NULL ? " in what you may read" : "");
    config_free(check->config);
    check->config = NULL;
    return check->problems == 0 ? VERB_OK : VERB_FAILED;
}

/* The group that may read secrets beside root; root's own while the service user is missing. */
static gid_t
service_group(void)
{
    const struct group *group = getgrnam(SERVICE_USER);

    return group == NULL ? 0 : group->gr_gid;
}

static int
take_option(struct check *check, int option, const char *value)
{
    const char *name = option == 'u' ? "--user" : option == 'c' ? "--config" : "--drop-in";

    if (value[0] == '\0')
        return usage_refuse("check", usage, "a value is missing", name);
    if (option == 'u' ? check->user != NULL : check->content != NULL)
        return usage_refuse("check", usage,
                            option == 'u' ? "only once" : "only one --config or --drop-in", name);
    if (option == 'u') {
        check->user = value;
    } else {
        check->content = value;
        check->place = option == 'c' ? CONFIG_PLACE_MAIN : CONFIG_PLACE_DROP_IN;
    }
    return VERB_OK;
}

/* Reads the options: VERB_OK to go on, VERB_USAGE, or -1 when --help has been answered. */
static int
read_options(struct check *check, int argc, char **argv)
{
    static const struct option options[] = {{"user", required_argument, NULL, 'u'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"drop-in", required_argument, NULL, 'd'},
                                            {"live", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return -1;
        }
        if (option == 'l')
            check->live = 1;
        else if (option == '?')
            return usage_refuse("check", usage, NULL, NULL);
        else if (take_option(check, option, optarg) != VERB_OK)
            return VERB_USAGE;
    }
    return optind == argc ? VERB_OK
                          : usage_refuse("check", usage, "takes no argument", argv[optind]);
}

int
check_run(const struct installed *installed, int argc, char **argv)
{
    struct check check = {.installed = installed};
    int r;

    terminal_open(&check.out, stdout);
    terminal_open(&check.err, stderr);
    r = read_options(&check, argc, argv);
    if (r == -1)
        return VERB_OK;
    if (r != VERB_OK)
        return r;
    check.trust.secret_group = service_group();
    return check_all(&check);
}
