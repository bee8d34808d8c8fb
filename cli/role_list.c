/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/role_list.h"

#include <string.h>

#include "common/role_name.h"

int
role_list_region_is_good(const char *region)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    return region != NULL && region[0] != '\0' && strcmp(region, "-") != 0 &&
           strspn(region, allowed) == strlen(region);
}

static void
step(struct role_list *role, const struct record *record)
{
    int is_first = role->name == NULL;

    role->name = record_next_string(record, FIELD_ROLES, role->name);
    if (is_first || role->next_region != NULL)
        role->next_region = record_next_string(record, FIELD_REGIONS, role->next_region);
    role->region = role_list_region_is_good(role->next_region) ? role->next_region : NULL;
}

int
role_list_next(struct role_list *role, const struct record *record)
{
    do
        step(role, record);
    while (role->name != NULL && !role_name_is_good(role->name));
    return role->name != NULL;
}

const char *
role_list_region(const struct record *record, const char *name)
{
    struct role_list role = {0};

    while (role_list_next(&role, record))
        if (strcmp(role.name, name) == 0)
            return role.region;
    return NULL;
}
