/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_people.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "policy/plan.h"

static void
show_plan(struct check *check, const struct plan *plan)
{
    terminal_line(&check->out, TERMINAL_BOLD, "  %s", plan->role);
    terminal_line(&check->out, TERMINAL_PLAIN, "    %s%s%s", plan->role_arn,
                  plan->region[0] == '\0' ? "" : ", region ", plan->region);
    for (size_t i = 0; i < plan->count; i++) {
        char line[1024];

        plan_describe_step(&plan->steps[i], line, sizeof line);
        terminal_line(&check->out, TERMINAL_PLAIN, "    %zu. %s", i + 1, line);
        if (i == 0 && plan->device.error != 0)
            terminal_line(&check->out, TERMINAL_PLAIN,
                          "       perhaps a code of an MFA device, which is not known: %s",
                          plan->device.why);
    }
}

void
check_people_plans(struct check *check, const struct mapping *mapping,
                   const struct session_context *context)
{
    char why[PLAN_WHY_MAX], what[RECORD_ROLE_NAME_MAX + 64];

    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_section *section =
            mapping->roles[i].group != NULL ? mapping->roles[i].group : mapping->section;
        struct plan plan;

        if (plan_make(check->config, mapping, context, mapping->roles[i].name, 0, &plan, why) ==
            0) {
            show_plan(check, &plan);
        } else {
            snprintf(what, sizeof what, "role %s cannot be had", mapping->roles[i].name);
            check_problem(check, section->file, section->line, what, why);
        }
        plan_wipe(&plan);
    }
}

/* The mapping that a section alone makes. */
static void
map_section(const struct config *config, const struct config_section *section,
            struct mapping *mapping)
{
    const struct config_entry *roles = config_own(config, section, KEY_ROLES);
    const char *rest = roles == NULL ? NULL : roles->value;
    char name[RECORD_ROLE_NAME_MAX + 2];

    memset(mapping, 0, sizeof *mapping);
    mapping->section = section;
    while (rest != NULL && (rest = config_next_word(rest, name, sizeof name)) != NULL) {
        struct mapping_role *role = &mapping->roles[mapping->count];

        if (mapping->count == RECORD_ROLES_MAX) {
            mapping->unlisted++;
            continue;
        }
        snprintf(role->name, sizeof role->name, "%.*s", RECORD_ROLE_NAME_MAX, name);
        role->group = section->kind == SECTION_GROUP ? section : NULL;
        mapping->count++;
    }
}

static void
show_members(struct check *check, const struct config_section *section)
{
    const struct group *group = getgrnam(section->name);

    if (group == NULL) {
        check_note(check, "%s:%u: there is no group %s on this host", section->file,
                   section->line, section->name);
        return;
    }
    for (char **member = group->gr_mem; *member != NULL; member++)
        terminal_line(&check->out, TERMINAL_PLAIN, "  member %s", *member);
    terminal_line(&check->out, TERMINAL_PLAIN, "  and everybody whose first group it is");
}

/* Fills in who a [user NAME] is; [user *] is nobody in particular. */
static void
find_person(struct check *check, const struct config_section *section,
            struct session_context *context)
{
    const struct passwd *person;

    if (strcmp(section->name, "*") == 0)
        return;
    person = getpwnam(section->name);
    if (person == NULL) {
        check_note(check, "%s:%u: there is no user %s on this host", section->file, section->line,
                   section->name);
        return;
    }
    context->user = section->name;
    context->uid = person->pw_uid;
}

static void
show_section(struct check *check, const struct config_section *section)
{
    struct session_context context = {.for_display = 1};
    struct mapping mapping;

    terminal_line(&check->out, TERMINAL_BOLD, "[%s %s]  %s:%u",
                  config_keys_kind_name(section->kind), section->name, section->file,
                  section->line);
    if (section->kind == SECTION_GROUP)
        show_members(check, section);
    else
        find_person(check, section, &context);
    map_section(check->config, section, &mapping);
    if (mapping.count == 0)
        terminal_line(&check->out, TERMINAL_PLAIN, "  no role");
    check_people_plans(check, &mapping, &context);
}

void
check_people(struct check *check)
{
    if (check->config == NULL)
        return;
    for (size_t i = 0; i < check->config->section_count; i++) {
        const struct config_section *section = &check->config->sections[i];

        if (section->kind == SECTION_USER || section->kind == SECTION_GROUP)
            show_section(check, section);
    }
}
