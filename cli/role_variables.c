/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/role_variables.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/role_list.h"
#include "common/error.h"

/* A variable of the environment; "" for one that is not set. */
static const char *
environment(const char *text)
{
    return text != NULL ? text : "";
}

/* Sets a variable of the region, or unsets it when there is none. */
static int
put(struct variables *variables, enum variables_name name, const char *region)
{
    if (region != NULL)
        return variables_set(variables, name, region);
    variables->change[name] = VARIABLES_UNSET;
    return 0;
}

/* Puts `region` in place of `old`, which is what the role before had. */
static int
change_region(struct variables *variables, const char *region, const char *old)
{
    const char *other = environment(getenv("AWS_DEFAULT_REGION"));
    int r = put(variables, VARIABLES_REGION, region);

    if (r == 0 && (other[0] == '\0' || strcmp(other, old) == 0))
        r = put(variables, VARIABLES_DEFAULT_REGION, region);
    return r;
}

/* Calls change_region when AWS_REGION is what `list` has for the role of this shell. */
static int
change_from(struct variables *variables, const struct record *list, const char *region)
{
    const char *old = role_list_region(list, own_session_role(NULL));

    if (old == NULL || strcmp(old, environment(getenv("AWS_REGION"))) != 0)
        return 0;
    return change_region(variables, region, old);
}

static int
region_for_shell(struct own_session *session, const struct record *grant, deadline_t deadline,
                 struct variables *variables)
{
    const char *region = record_text(grant, FIELD_REGION), *old = own_session_role(NULL);
    struct record list;
    int r = 0;

    if (environment(getenv("AWS_REGION"))[0] == '\0' &&
        environment(getenv("AWS_DEFAULT_REGION"))[0] == '\0')
        return region == NULL ? 0 : change_region(variables, region, "");
    if (old == NULL || strcmp(old, record_text(grant, FIELD_ROLE)) == 0)
        return 0;
    if (record_has(grant, FIELD_REGIONS))
        return change_from(variables, grant, region);
    if (own_session_list(session, &list, deadline) == VERB_OK)
        r = change_from(variables, &list, region);
    record_wipe(&list);
    return r;
}

static int
region_alone(const struct record *grant, struct variables *variables)
{
    const char *region = record_text(grant, FIELD_REGION);

    return region == NULL ? 0 : change_region(variables, region, region);
}

/* The prompt of a shell takes a key that is not the one of the mark for the person's own. */
static int
mark_key(struct variables *variables)
{
    if (variables->change[VARIABLES_ACCESS_KEY_ID] != VARIABLES_SET)
        return 0;
    return variables_set(variables, VARIABLES_KEY_MARK,
                         variables->value[VARIABLES_ACCESS_KEY_ID].data);
}

int
role_variables_of_grant(struct own_session *session, const struct record *grant,
                        enum role_variables_for whom, deadline_t deadline,
                        struct variables *variables)
{
    int r = variables_of_grant(variables, grant, session->socket, (int64_t)time(NULL));

    if (r == 0 && record_has(grant, FIELD_REGION) &&
        !role_list_region_is_good(record_text(grant, FIELD_REGION)))
        r = AWS_ROLE_ERR_PROTOCOL;
    if (r == 0 && whom == ROLE_VARIABLES_ALONE)
        r = region_alone(grant, variables);
    else if (r == 0 && (r = mark_key(variables)) == 0)
        r = region_for_shell(session, grant, deadline, variables);
    if (r == 0)
        return VERB_OK;
    variables_wipe(variables);
    return own_session_fail(session, r);
}

void
role_variables_drop_region(struct own_session *session, deadline_t deadline,
                           struct variables *variables)
{
    struct record list;

    if (environment(getenv("AWS_REGION"))[0] == '\0' || own_session_role(NULL) == NULL)
        return;
    if (own_session_list(session, &list, deadline) == VERB_OK)
        (void)change_from(variables, &list, NULL);
    record_wipe(&list);
}
