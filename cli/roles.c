/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/roles.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/own_session.h"
#include "cli/role_list.h"
#include "cli/status.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "cli/variables.h"
#include "common/error.h"

#define ANSWER_MS 5000

static const char usage[] =
    "usage: aws-role roles [--json]\n"
    "\n"
    "Lists the roles that you may take. On a terminal a star marks this shell's, none where it is\n"
    "off, and the region, where one is configured, and the session's default are shown;\n"
    "elsewhere, as in a pipe, there is nothing but their names, one a line.\n"
    "\n"
    "  --json  an array of objects: name, region (null for none), default, current\n"
    "  --help  this text\n"
    "\n"
    "Exit status: 0 there are roles, 1 there are none, 2 wrong usage, 3 no session of yours on\n"
    "this host holds a role.\n";

/* The names of the session's default and of this shell's role; "" when there is none. */
struct marks {
    const char *standard;
    const char *current;
};

static struct marks
find_marks(const struct record *list)
{
    struct marks marks = {record_text(list, FIELD_ROLE), own_session_role(NULL)};

    if (marks.standard == NULL)
        marks.standard = "";
    if (marks.current == NULL)
        marks.current = variables_are_off() ? "" : marks.standard;
    return marks;
}

/* How wide the widest of each is; both are ASCII. */
struct widths {
    int name, region;
};

static struct widths
measure(const struct record *list)
{
    struct widths widths = {0, 0};
    struct role_list role = {0};

    while (role_list_next(&role, list)) {
        int name = (int)strlen(role.name);
        int region = role.region != NULL ? (int)strlen(role.region) : 0;

        widths.name = name > widths.name ? name : widths.name;
        widths.region = region > widths.region ? region : widths.region;
    }
    return widths;
}

/* A line for people, without blanks at its end. */
static void
print_row(const struct terminal *terminal, const struct role_list *role, struct widths widths,
          const struct marks *marks)
{
    int is_current = strcmp(role->name, marks->current) == 0;
    int is_standard = strcmp(role->name, marks->standard) == 0;
    int has_more = is_standard || role->region != NULL;

    terminal_line(terminal, is_current ? TERMINAL_BOLD : TERMINAL_PLAIN, "%c %-*s%s%-*s%s",
                  is_current ? '*' : ' ', has_more ? widths.name : 0, role->name,
                  has_more && widths.region > 0 ? "  " : "", is_standard ? widths.region : 0,
                  role->region != NULL ? role->region : "", is_standard ? "  (default)" : "");
}

static void
print(const struct record *list, const struct terminal *terminal)
{
    const struct marks marks = find_marks(list);
    const struct widths widths = measure(list);
    struct role_list role = {0};

    while (role_list_next(&role, list))
        if (terminal->columns)
            print_row(terminal, &role, widths, &marks);
        else
            terminal_line(terminal, TERMINAL_PLAIN, "%s", role.name);
}

static int
print_json(const struct record *list)
{
    const struct marks marks = find_marks(list);
    struct role_list role = {0};
    json_t *array = json_array();
    int r = array == NULL ? -1 : 0;

    while (r == 0 && role_list_next(&role, list))
        r = json_array_append_new(
            array, json_pack("{s:s, s:o, s:b, s:b}", "name", role.name, "region",
                             status_json_text(role.region), "default",
                             strcmp(role.name, marks.standard) == 0, "current",
                             strcmp(role.name, marks.current) == 0));
    if (r == 0 && json_dumpf(array, stdout, JSON_ENSURE_ASCII) == 0)
        fputc('\n', stdout);
    json_decref(array);
    return r == 0 ? 0 : AWS_ROLE_ERR_MEMORY;
}

static int
show(struct own_session *session, int json)
{
    struct terminal terminal;
    struct record list;
    int r = own_session_list(session, &list, deadline_in(ANSWER_MS));

    terminal_open(&terminal, stdout);
    if (r == VERB_OK && json && print_json(&list) != 0)
        r = own_session_fail(session, AWS_ROLE_ERR_MEMORY);
    if (r == VERB_OK && !json)
        print(&list, &terminal);
    record_wipe(&list);
    return r == VERB_OK ? r : own_session_tell(session, "roles", r);
}

int
roles_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    struct own_session session;
    int option, json = 0;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return VERB_OK;
        }
        if (option != 'j')
            return usage_refuse("roles", usage, NULL, NULL);
        json = 1;
    }
    if (optind != argc)
        return usage_refuse("roles", usage, "takes no argument", argv[optind]);
    own_session_open(&session, installed);
    return show(&session, json);
}
