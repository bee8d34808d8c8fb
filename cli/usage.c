/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/usage.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/terminal.h"
#include "cli/verb.h"

/* How the verb is called: the first paragraph of its help. */
static void
remind(const char *verb, const char *usage)
{
    const char *end = strstr(usage, "\n\n");

    fprintf(stderr, "%.*s\naws-role %s --help tells more.\n",
            end != NULL ? (int)(end - usage) : 0, usage, verb);
}

int
usage_refuse(const char *verb, const char *usage, const char *what, const char *word)
{
    struct terminal errors;

    terminal_open(&errors, stderr);
    if (what != NULL)
        terminal_line(&errors, TERMINAL_PLAIN, "aws-role %s: %s%s%s", verb, what,
                      word != NULL ? ": " : "", word != NULL ? word : "");
    remind(verb, usage);
    return VERB_USAGE;
}

int
usage_refuse_role(const char *verb, const char *usage, const char *name)
{
    if (name[0] == '-')
        return usage_refuse(verb, usage,
                            "the role is missing, for no role's name begins with a dash", name);
    return usage_refuse(
        verb, usage,
        "a role's name has 1 to 64 letters, digits, dots, dashes and underscores, unlike this one",
        name[0] == '\0' ? "\"\"" : name);
}
