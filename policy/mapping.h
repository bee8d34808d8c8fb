/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_MAPPING_H
#define AWS_ROLE_POLICY_MAPPING_H

#include <stddef.h>
#include <sys/types.h>

#include "common/protocol.h"
#include "policy/config.h"

/* A person as NSS knows them: the fields of struct passwd that count. */
struct person {
    const char *name; /* canonical: pw_name of what NSS answered, not what was typed */
    uid_t uid;
    gid_t gid;
};

struct mapping_role {
    char name[RECORD_ROLE_NAME_MAX + 1];
    const struct config_section *group; /* the [group] that gave it; NULL: a [user] did */
};

/* A person's roles, the first of them taken at login. Points into the configuration. */
struct mapping {
    /* what decided: [user NAME], the first [group] or [user *] */
    const struct config_section *section;
    struct mapping_role roles[RECORD_ROLES_MAX];
    size_t count;
    size_t unlisted; /* roles past RECORD_ROLES_MAX, which cannot be taken */
};

/*
 * Finds a person's roles. `[user NAME]` decides alone; else all `[group NAME]` of the person's
 * groups, in file order; else `[user *]`, for uid 1000 to 2^32 - 2 without 65534 and 65535. uid 0
 * is given roles by `[user root]` alone, and nobody else is by that one. NSS is asked for groups
 * (getgrouplist(3), getgrgid_r(3)) only when there is a [group] and no [user NAME].
 *
 * AWS_ROLE_ERR_UNMAPPED: the person has no role; `section` is what decided so, or NULL.
 * AWS_ROLE_ERR_SYSTEM with errno: NSS failed, so nobody knows. AWS_ROLE_ERR_MEMORY.
 */
int mapping_find(const struct config *config, const struct person *person,
                 struct mapping *mapping);

/*
 * Calls `lost` for each section that could have decided for this person and did not, with the
 * reason: for people who ask why. Asks NSS for groups whenever there is a [group].
 * AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY.
 */
int mapping_explain(const struct config *config, const struct person *person,
                    const struct mapping *mapping,
                    void (*lost)(void *context, const struct config_section *section,
                                 const char *why),
                    void *context);

/* The role of that name among the person's (NULL: the first), or NULL. */
const struct mapping_role *mapping_role(const struct mapping *mapping, const char *name);

#endif
