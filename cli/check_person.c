/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_person.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/check_people.h"
#include "common/error.h"
#include "policy/mapping.h"

#define HOST_MAX 256

static const struct passwd *
find_user(struct check *check)
{
    const struct passwd *user;

    errno = 0;
    user = getpwnam(check->user);
    if (user != NULL)
        return user;
    if (errno == 0 || errno == ENOENT || errno == ESRCH) /* what getpwnam(3) names "not found" */
        check_problem(check, check->user, 0, "there is no such user on this host",
                      "look the name up with getent passwd");
    else
        check_problem(check, check->user, 0, strerror(errno),
                      "the user database did not answer, see nsswitch.conf(5)");
    return NULL;
}

static void
show_place(struct check *check, enum terminal_colour colour, const char *verb,
           const struct config_section *section, const char *why)
{
    terminal_line(&check->out, colour, "  %s [%s %s] at %s:%u%s%s", verb,
                  config_keys_kind_name(section->kind), section->name, section->file,
                  section->line, why[0] == '\0' ? "" : ": ", why);
}

static void
show_lost(void *context, const struct config_section *section, const char *why)
{
    show_place(context, TERMINAL_PLAIN, "not decided by", section, why);
}

/* The section that decided; with several groups, each that gives a role. */
static void
show_won(struct check *check, const struct mapping *mapping)
{
    const struct config_section *last = NULL;

    if (mapping->section == NULL)
        return;
    if (mapping->section->kind != SECTION_GROUP || mapping->count == 0)
        show_place(check, TERMINAL_GOOD, "decided by", mapping->section, "");
    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_section *group = mapping->roles[i].group;

        if (group != NULL && group != last)
            show_place(check, TERMINAL_GOOD, "decided by", group, "");
        last = group;
    }
}

static void
explain(struct check *check, const struct person *person, const struct mapping *mapping)
{
    if (mapping_explain(check->config, person, mapping, show_lost, check) != 0)
        check_problem(check, person->name, 0, "the groups could not be looked up",
                      "see nsswitch.conf(5), then try again");
}

static void
show_groups_lost(struct check *check)
{
    for (size_t i = 0; i < check->config->section_count; i++) {
        const struct config_section *section = &check->config->sections[i];

        if (section->kind == SECTION_GROUP)
            show_lost(check, section,
                      getgrnam(section->name) == NULL ? "there is no such group on this host"
                                                      : "not a member");
    }
}

/*
 * What mapping_explain cannot tell when nothing decided, since these sections are not there or not
 * about the person: a member of any [group] would have been given its decision.
 */
static void
explain_nothing(struct check *check, const struct person *person)
{
    if (person->uid == 0) {
        terminal_line(&check->out, TERMINAL_PLAIN,
                      "  uid 0 is mapped by [user root] alone, and there is none");
        return;
    }
    if (config_find(check->config, SECTION_USER, person->name) == NULL)
        terminal_line(&check->out, TERMINAL_PLAIN, "  there is no [user %s]", person->name);
    show_groups_lost(check);
    if (config_find(check->config, SECTION_USER, "*") == NULL)
        terminal_line(&check->out, TERMINAL_PLAIN, "  there is no [user *]");
}

/* The host's name for %{host}; "" leaves it as it is written. */
static void
find_host(char host[HOST_MAX])
{
    memset(host, 0, HOST_MAX);
    if (gethostname(host, HOST_MAX - 1) != 0)
        host[0] = '\0';
}

static void
show_person(struct check *check, const struct person *person)
{
    char host[HOST_MAX];
    const struct session_context context = {
        .user = person->name, .uid = person->uid, .host = host, .for_display = 1};
    struct mapping mapping = {0};
    int r;

    find_host(host);
    r = mapping_find(check->config, person, &mapping);
    terminal_line(&check->out, TERMINAL_BOLD, "%s, uid %lu%s", person->name,
                  (unsigned long)person->uid, r == AWS_ROLE_ERR_UNMAPPED ? ": no role" : "");
    if (r != 0 && r != AWS_ROLE_ERR_UNMAPPED) {
        check_problem(check, person->name, 0, "the groups could not be looked up",
                      "see nsswitch.conf(5), then try again");
        return;
    }
    show_won(check, &mapping);
    if (mapping.section == NULL)
        explain_nothing(check, person);
    explain(check, person, &mapping);
    check_people_plans(check, &mapping, &context);
}

void
check_person(struct check *check)
{
    const struct passwd *user = find_user(check);
    struct person person;
    char *name;

    if (user == NULL || check->config == NULL)
        return;
    name = strdup(user->pw_name); /* later lookups use the same memory */
    if (name == NULL) {
        check_problem(check, check->user, 0, error_text(AWS_ROLE_ERR_MEMORY), "try again");
        return;
    }
    person.name = name;
    person.uid = user->pw_uid;
    person.gid = user->pw_gid;
    show_person(check, &person);
    free(name);
}
