/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/shell_verb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/role_variables.h"
#include "cli/status.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "common/role_name.h"

#define ANSWER_MS 5000
#define OWN_FIRST 256 /* the first own option's val; a character's are below */

static int
refuse(const struct shell_verb *verb, const char *what, const char *word)
{
    return usage_refuse(verb->name, verb->usage, what, word);
}

/* What is wrong with the words behind the options: an exit code; VERB_OK: nothing. */
static int
take_words(struct shell_verb *verb, int count, char **words)
{
    if (verb->takes_role && count == 0)
        return refuse(verb, "the role is missing", NULL);
    if (count > verb->takes_role)
        return refuse(verb, verb->takes_role ? "takes one role, and this is more"
                                             : "takes no argument", words[verb->takes_role]);
    if (verb->takes_role && !role_name_is_good(words[0]))
        return usage_refuse_role(verb->name, verb->usage, words[0]);
    verb->role = verb->takes_role ? words[0] : NULL;
    return VERB_OK;
}

static int
tell_mend(const struct shell_verb *verb)
{
    struct terminal errors;

    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN,
                  "aws-role %s: a program cannot change the shell that runs it; without the "
                  "shell's function aws-role type: eval \"$(aws-role %s%s)\", in fish with "
                  "--shell fish and | source",
                  verb->name, verb->role != NULL ? "env --role " : "off --shell sh",
                  verb->role != NULL ? verb->role : "");
    return VERB_USAGE;
}

/* One of the options: an exit code. */
static int
take_option(struct shell_verb *verb, int option)
{
    if (option >= OWN_FIRST) {
        verb->own_values[option - OWN_FIRST] = optarg != NULL ? optarg : "";
        return VERB_OK;
    }
    if (option != 's')
        return refuse(verb, NULL, NULL);
    if (!shell_code_find(optarg, &verb->shell) || !shell_code_is_shell(verb->shell))
        return refuse(verb, "--shell is " SHELL_CODE_SHELLS ", not", optarg);
    verb->has_shell = 1;
    return VERB_OK;
}

int
shell_verb_begin(struct shell_verb *verb, const struct installed *installed, int argc, char **argv,
                 int *code)
{
    struct option options[SHELL_VERB_OWN_MAX + 3] = {{"shell", required_argument, NULL, 's'},
                                                     {"help", no_argument, NULL, 'h'}};
    int option;

    for (int i = 0; i < SHELL_VERB_OWN_MAX; i++) { /* those of zeroes are the table's end */
        options[2 + i] = verb->own_options[i];
        options[2 + i].val = OWN_FIRST + i;
    }
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(verb->usage, stdout);
            *code = VERB_OK;
            return 0;
        }
        *code = take_option(verb, option);
        if (*code != VERB_OK)
            return 0;
    }
    *code = take_words(verb, argc - optind, argv + optind);
    if (*code == VERB_OK && verb->needs_shell && !verb->has_shell)
        *code = tell_mend(verb);
    own_session_open(&verb->session, installed);
    return *code == VERB_OK;
}

/* How long the credentials of a GRANT are good for; "" where it does not tell. */
static void
read_time_left(const struct record *grant, char *text, size_t size)
{
    uint64_t until = record_number(grant, FIELD_VALID_UNTIL), now = deadline_now();
    char left[48];

    text[0] = '\0';
    if (!record_has(grant, FIELD_VALID_UNTIL) || until == UINT64_MAX || until <= now)
        return;
    status_time_left((int64_t)((until - now) / 1000), left, sizeof left);
    snprintf(text, size, ", good for %s", left);
}

static void
tell(const struct shell_verb *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
tell(const struct shell_verb *verb, const char *format, ...)
{
    char text[512];
    struct terminal errors;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN, "aws-role %s: %s", verb->name, text);
}

int
shell_verb_end(struct shell_verb *verb, const struct record *grant, const char *done)
{
    struct variables variables = {0};
    char left[64];
    int r = role_variables_of_grant(&verb->session, grant, ROLE_VARIABLES_SHELL,
                                    deadline_in(ANSWER_MS), &variables);

    if (r == VERB_OK && verb->has_shell)
        (void)shell_code_print(&variables, verb->shell, stdout); /* that of a shell has no error */
    variables_wipe(&variables);
    if (r != VERB_OK)
        return own_session_tell(&verb->session, verb->name, r);
    read_time_left(grant, left, sizeof left);
    tell(verb, "%s the role %s%s%s", done, record_text(grant, FIELD_ROLE), left,
         verb->has_shell ? "" : "; this shell gets them by: eval \"$(aws-role env)\"");
    return VERB_OK;
}

int
shell_verb_end_without(struct shell_verb *verb, const struct variables *variables,
                       const char *done)
{
    if (verb->has_shell)
        (void)shell_code_print(variables, verb->shell, stdout);
    tell(verb, "%s", done);
    return VERB_OK;
}
