/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/mapping.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/error.h"

#define GROUPS_MAX 65536                    /* NGROUPS_MAX, limits.h, of Linux since 2.6.4 */
#define GROUP_ENTRY_MAX (16 * 1024 * 1024) /* one group's entry, with the names of its members */

/* Which [group] sections are a person's: one flag for each section of the configuration. */
struct membership {
    char *is_member;
    size_t count;
};

static const char everybody[] = "*";

static int
is_everybody(const struct person *person)
{
    return person->uid >= 1000 && person->uid <= (uid_t)-2 && person->uid != 65534 &&
           person->uid != 65535;
}

/* The section that names this person, or NULL. */
static const struct config_section *
find_user(const struct config *config, const struct person *person)
{
    if (person->uid == 0)
        return config_find(config, SECTION_USER, "root");
    if (strcmp(person->name, "root") == 0 || strcmp(person->name, everybody) == 0)
        return NULL;
    return config_find(config, SECTION_USER, person->name);
}

/* The person's groups, the primary one among them. `*gids` is the caller's. */
static int
list_gids(const struct person *person, gid_t **gids, size_t *count)
{
    int room = 64;

    *gids = NULL;
    for (;;) {
        int found = room;
        gid_t *larger = reallocarray(*gids, (size_t)room, sizeof *larger);

        if (larger == NULL) {
            free(*gids);
            *gids = NULL;
            return AWS_ROLE_ERR_MEMORY;
        }
        *gids = larger;
        if (getgrouplist(person->name, person->gid, *gids, &found) >= 0) {
            *count = (size_t)found;
            return 0;
        }
        if (room >= GROUPS_MAX) {
            free(*gids);
            *gids = NULL;
            errno = E2BIG;
            return AWS_ROLE_ERR_SYSTEM;
        }
        room = found > room && found <= GROUPS_MAX ? found : GROUPS_MAX;
    }
}

/*
 * The name of a group, in a buffer that grows and is the caller's: 0, AWS_ROLE_ERR_NOT_FOUND,
 * AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY.
 */
static int
group_name(gid_t gid, char **buffer, size_t *size, const char **name)
{
    struct group group, *found = NULL;
    int error;

    for (;;) {
        if (*buffer != NULL) {
            do
                error = getgrgid_r(gid, &group, *buffer, *size, &found);
            while (error == EINTR);
            if (error == 0 && found != NULL) {
                *name = group.gr_name;
                return 0;
            }
            /* getgrgid_r(3): what "no such group" is, in the words of different back ends. */
            if (error == 0 || error == ENOENT || error == ESRCH)
                return AWS_ROLE_ERR_NOT_FOUND;
            if (error != ERANGE || *size >= GROUP_ENTRY_MAX) {
                errno = error;
                return AWS_ROLE_ERR_SYSTEM;
            }
        }
        *size = *buffer == NULL ? 4096 : 4 * *size;
        free(*buffer);
        *buffer = malloc(*size);
        if (*buffer == NULL)
            return AWS_ROLE_ERR_MEMORY;
    }
}

/* Flags the section of each of the groups. One look at NSS for each group, not for each section. */
static int
flag_groups(const struct config *config, const gid_t *gids, size_t count,
            struct membership *membership)
{
    char *buffer = NULL;
    size_t size = 0;
    int r = 0;

    for (size_t i = 0; i < count && r == 0; i++) {
        const struct config_section *section;
        const char *name;

        r = group_name(gids[i], &buffer, &size, &name);
        if (r == AWS_ROLE_ERR_NOT_FOUND) {
            r = 0; /* a number without a name: no section can name it */
            continue;
        }
        section = r == 0 ? config_find(config, SECTION_GROUP, name) : NULL;
        if (section != NULL && !membership->is_member[section - config->sections]) {
            membership->is_member[section - config->sections] = 1;
            membership->count++;
        }
    }
    free(buffer);
    return r;
}

/* `membership->is_member` is the caller's; NULL when there is no [group] to be a member of. */
static int
find_membership(const struct config *config, const struct person *person,
                struct membership *membership)
{
    gid_t *gids;
    size_t count;
    int r;

    memset(membership, 0, sizeof *membership);
    if (config->kind_count[SECTION_GROUP] == 0)
        return 0;
    r = list_gids(person, &gids, &count);
    if (r != 0)
        return r;
    membership->is_member = calloc(config->section_count, 1);
    r = membership->is_member == NULL ? AWS_ROLE_ERR_MEMORY
                                      : flag_groups(config, gids, count, membership);
    free(gids);
    if (r != 0) {
        free(membership->is_member);
        memset(membership, 0, sizeof *membership);
    }
    return r;
}

/* Adds the roles of a section; one that is there already stays with the section that was first. */
static void
add_roles(const struct config *config, const struct config_section *section,
          struct mapping *mapping)
{
    const struct config_entry *roles = config_own(config, section, KEY_ROLES);
    const char *list = roles == NULL ? NULL : roles->value;
    char name[RECORD_ROLE_NAME_MAX + 1];

    while (list != NULL && (list = config_next_word(list, name, sizeof name)) != NULL) {
        struct mapping_role *role = &mapping->roles[mapping->count];

        if (mapping_role(mapping, name) != NULL)
            continue;
        if (mapping->count == RECORD_ROLES_MAX) {
            mapping->unlisted++;
            continue;
        }
        memcpy(role->name, name, strlen(name) + 1);
        role->group = section->kind == SECTION_GROUP ? section : NULL;
        mapping->count++;
    }
    if (mapping->section == NULL)
        mapping->section = section;
}

const struct mapping_role *
mapping_role(const struct mapping *mapping, const char *name)
{
    if (name == NULL)
        return mapping->count > 0 ? &mapping->roles[0] : NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->roles[i].name, name) == 0)
            return &mapping->roles[i];
    return NULL;
}

int
mapping_find(const struct config *config, const struct person *person, struct mapping *mapping)
{
    const struct config_section *section = find_user(config, person);
    struct membership membership = {NULL, 0};
    int r = 0;

    memset(mapping, 0, sizeof *mapping);
    if (section == NULL && person->uid != 0)
        r = find_membership(config, person, &membership);
    if (r != 0)
        return r;
    for (size_t i = 0; membership.count > 0 && i < config->section_count; i++)
        if (membership.is_member[i])
            add_roles(config, &config->sections[i], mapping);
    if (section == NULL && membership.count == 0 && is_everybody(person))
        section = config_find(config, SECTION_USER, everybody);
    if (section != NULL)
        add_roles(config, section, mapping);
    free(membership.is_member);
    return mapping->count > 0 ? 0 : AWS_ROLE_ERR_UNMAPPED;
}

/* A [user] section that nearly names this person: people ask why it does not decide. */
static const char *
near_miss(const struct config_section *section, const struct person *person)
{
    if (person->uid == 0)
        return strcmp(section->name, person->name) == 0 ? "uid 0 is mapped by [user root] alone"
                                                        : NULL;
    if (strcmp(section->name, person->name) == 0)
        return strcmp(section->name, "root") == 0 ? "it is for uid 0 alone"
                                                  : "it is for everybody";
    return strcasecmp(section->name, person->name) == 0 ? "the case of its name is another" : NULL;
}

static const char *
why_everybody_lost(const struct config_section *won, const struct person *person)
{
    if (person->uid == 0)
        return "uid 0 is mapped by [user root] alone";
    if (!is_everybody(person))
        return "it is for uid 1000 and above, without 65534 and 65535";
    return won != NULL && won->kind == SECTION_GROUP ? "a [group] of the person's comes before it"
                                                     : "a [user] of the person's own decides alone";
}

int
mapping_explain(const struct config *config, const struct person *person,
                const struct mapping *mapping,
                void (*lost)(void *context, const struct config_section *section, const char *why),
                void *context)
{
    const struct config_section *won = mapping->section;
    struct membership membership;
    int r = find_membership(config, person, &membership);

    if (r != 0)
        return r;
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_section *section = &config->sections[i];
        const char *why = NULL;

        if (section == won)
            continue;
        if (section->kind == SECTION_GROUP && membership.is_member[i] &&
            (won == NULL || won->kind != SECTION_GROUP))
            why = person->uid == 0 ? "uid 0 is mapped by [user root] alone"
                                   : "a [user] of the person's own decides alone";
        else if (section->kind == SECTION_USER && strcmp(section->name, everybody) == 0)
            why = why_everybody_lost(won, person);
        else if (section->kind == SECTION_USER)
            why = near_miss(section, person);
        if (why != NULL)
            lost(context, section, why);
    }
    free(membership.is_member);
    return 0;
}
