/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_ROLE_LIST_H
#define AWS_ROLE_CLI_ROLE_LIST_H

#include "common/protocol.h"

/* The roles that a person may take: ROLES and REGIONS of a GRANT or ROLE_LIST. */

/* One of them; the texts lie in the record. Initialise with zeroes. */
struct role_list {
    const char *name;
    const char *region; /* NULL: none is configured, or it is not known */
    const char *next_region;
};

/*
 * 1 for what the configuration takes as the name of a region, policy/shape.h; "-", which says that
 * there is none, and NULL are no names.
 */
int role_list_region_is_good(const char *region);

/* Goes on to the next one: 1; 0 behind the last. Names that no role can have are passed over. */
int role_list_next(struct role_list *role, const struct record *record);

/* The region of the role of that name; NULL. */
const char *role_list_region(const struct record *record, const char *name);

#endif
