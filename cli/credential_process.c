/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/credential_process.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/usage.h"
#include "cli/variables.h"
#include "cli/wait.h"
#include "common/error.h"
#include "common/role_name.h"
#include "common/wiping.h"

#define VERB "credential-process"
#define LIMIT_MS 5000

static const char usage[] =
    "usage: aws-role credential-process [--role ROLE]\n"
    "\n"
    "Prints credentials in the form that credential_process in ~/.aws/config asks for. AWS's\n"
    "tools run it; 'aws-role profiles' writes the lines that have them do so.\n"
    "\n"
    "  --role ROLE  for that role; else the one of AWS_ROLE_NAME, else the session's default\n"
    "  --help       this text\n"
    "\n"
    "Exit status: 0 there are credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

/* The members of the object, from the variables that have the same values. */
static const struct {
    const char *name;
    enum variables_name variable;
} members[] = {
    {"AccessKeyId", VARIABLES_ACCESS_KEY_ID},
    {"SecretAccessKey", VARIABLES_SECRET_ACCESS_KEY},
    {"SessionToken", VARIABLES_SESSION_TOKEN},
    {"Expiration", VARIABLES_EXPIRATION},
};

static int
print(const struct variables *variables)
{
    json_t *object;
    int r;

    json_set_alloc_funcs(wiping_malloc, wiping_free);
    object = json_object();
    r = json_object_set_new(object, "Version", json_integer(1));
    for (size_t i = 0; r == 0 && i < sizeof members / sizeof members[0]; i++)
        r = json_object_set_new(object, members[i].name,
                                json_string(variables->value[members[i].variable].data));
    if (r == 0 && json_dumpf(object, stdout, JSON_ENSURE_ASCII) == 0)
        fputc('\n', stdout);
    json_decref(object);
    return r == 0 ? 0 : AWS_ROLE_ERR_MEMORY;
}

/* Keys are asked for, so an endpoint is no answer. */
static int
print_grant(struct own_session *session, const struct record *grant)
{
    struct variables variables;
    int r = variables_of_grant(&variables, grant, session->socket, (int64_t)time(NULL));

    if (r == 0 && variables.change[VARIABLES_ACCESS_KEY_ID] != VARIABLES_SET)
        r = AWS_ROLE_ERR_PROTOCOL;
    if (r == 0)
        r = print(&variables);
    variables_wipe(&variables);
    return r == 0 ? VERB_OK : own_session_fail(session, r);
}

int
credential_process_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {
        {"role", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    struct own_session session;
    struct wait wait = {.session = &session, .export = EXPORT_KEYS};
    struct record grant;
    int option, r;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return VERB_OK;
        }
        if (option == '?')
            return usage_refuse(VERB, usage, NULL, NULL);
        if (!role_name_is_good(optarg))
            return usage_refuse_role(VERB, usage, optarg);
        wait.role = optarg;
    }
    if (optind != argc)
        return usage_refuse(VERB, usage, "takes no argument", argv[optind]);
    own_session_open(&session, installed);
    session.in_hurry = 1;
    wait.role = own_session_role(wait.role);
    wait.deadline = deadline_in(LIMIT_MS);
    r = wait_for_grant(&wait, &grant);
    if (r == VERB_OK)
        r = print_grant(&session, &grant);
    record_wipe(&grant);
    return r == VERB_OK ? r : own_session_tell(&session, VERB, r);
}
