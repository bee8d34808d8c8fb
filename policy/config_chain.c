/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/config_chain.h"

#include <stdlib.h>

#include "common/error.h"
#include "common/protocol.h"
#include "policy/expand.h"

enum link_state { LINK_NEW, LINK_ON_PATH, LINK_DONE };

struct link {
    enum link_state state;
    int uses_group;
    const struct config_section *source; /* that the chain ends in; NULL: in none */
    size_t steps; /* of the plan that ends in this role */
};

struct config_chain {
    const struct config *config;
    struct link *links; /* one for each section; a role's and a source's are used */
};

/* The keys whose values expansions may be in. */
static const enum config_key expanding[] = {
    KEY_ROLE_ARN, KEY_ROLE_SESSION_NAME, KEY_SOURCE_IDENTITY, KEY_TAGS,
    KEY_EXTERNAL_ID, KEY_POLICY, KEY_PROFILE, KEY_MFA_SERIAL, KEY_LOGIN_SESSION,
};

#define EXPANDING (sizeof expanding / sizeof expanding[0])

static struct link *
link_of(const struct config_chain *chain, const struct config_section *section)
{
    return &chain->links[section - chain->config->sections];
}

/* The section's entry for expanding[i], where it holds that expansion, or NULL. */
static const struct config_entry *
entry_with(const struct config *config, const struct config_section *section, size_t i,
           enum expansion expansion)
{
    const struct config_entry *entry =
        section->kind == SECTION_SOURCE ? config_own(config, section, expanding[i])
                                        : config_entry(config, section, expanding[i]);

    return entry != NULL && expand_uses(entry->value, expansion) ? entry : NULL;
}

static int
uses_group(const struct config *config, const struct config_section *section)
{
    for (size_t i = 0; i < EXPANDING; i++)
        if (entry_with(config, section, i, EXPANSION_GROUP) != NULL)
            return 1;
    return 0;
}

/* A role that names who its source is, which only a source with `login_session` tells. */
static void
check_caller(const struct config_chain *chain, const struct config_section *role,
             struct problems *problems)
{
    const struct config_section *source = link_of(chain, role)->source;

    if (source == NULL || config_own(chain->config, source, KEY_LOGIN_SESSION) != NULL)
        return;
    for (size_t i = 0; i < EXPANDING; i++) {
        const struct config_entry *entry =
            entry_with(chain->config, role, i, EXPANSION_CALLER);

        if (entry != NULL)
            problem_add(problems, entry->file, entry->line,
                        "%s: [role %s] needs %%{caller}, and whose [source %.80s] is, is not known "
                        "before AWS is asked\nname a source with login_session, or write another "
                        "expansion, such as %%{user}", config_keys_name(entry->key), role->name,
                        source->name);
    }
}

/* What a role is taken with: a role, a source, or NULL where the name is nobody's. */
static const struct config_section *
base_of(const struct config *config, const struct config_section *role)
{
    const struct config_entry *base = config_base(config, role);

    if (base == NULL)
        return NULL;
    return config_find(config, base->key == KEY_SOURCE ? SECTION_SOURCE : SECTION_ROLE,
                       base->value);
}

/* Finishes one link, that of its base being finished. */
static void
finish_link(struct config_chain *chain, const struct config_section *role,
            const struct config_section *base, struct problems *problems)
{
    struct link *link = link_of(chain, role);
    const struct link *before = base == NULL ? NULL : link_of(chain, base);

    link->state = LINK_DONE;
    link->source = base == NULL || base->kind == SECTION_SOURCE ? base : before->source;
    link->uses_group = uses_group(chain->config, role) ||
                       (before != NULL && (base->kind == SECTION_SOURCE
                                               ? uses_group(chain->config, base)
                                               : before->uses_group));
    link->steps = 1 + (base == NULL || base->kind == SECTION_SOURCE ? CONFIG_CHAIN_SOURCE_STEPS
                                                                   : before->steps);
    if (link->steps == RECORD_STEPS_MAX + 1)
        problem_add(problems, role->file, role->line,
                    "[role %s] needs more than %d steps\nmake its chain of source_role shorter",
                    role->name, RECORD_STEPS_MAX);
    check_caller(chain, role, problems);
}

/* Follows the chain of `role` to what is finished, then finishes it from there on. */
static void
follow(struct config_chain *chain, const struct config_section *role,
       const struct config_section **path, struct problems *problems)
{
    const struct config_section *at = role;
    size_t length = 0;

    while (at != NULL && at->kind == SECTION_ROLE && link_of(chain, at)->state == LINK_NEW) {
        link_of(chain, at)->state = LINK_ON_PATH;
        path[length++] = at;
        at = base_of(chain->config, at);
    }
    if (at != NULL && at->kind == SECTION_ROLE && link_of(chain, at)->state == LINK_ON_PATH) {
        const struct config_entry *base = config_base(chain->config, path[length - 1]);

        problem_add(problems, base->file, base->line,
                    "[role %s] is taken with itself, by way of its source_role\ngive one of the "
                    "roles of that circle a source", at->name);
        at = NULL;
    }
    while (length > 0) {
        finish_link(chain, path[--length], at, problems);
        at = path[length];
    }
}

int
config_chain_make(const struct config *config, struct problems *problems,
                  struct config_chain **chain)
{
    const struct config_section **path = calloc(config->section_count + 1, sizeof *path);
    struct config_chain *made = calloc(1, sizeof *made);

    *chain = made;
    if (made != NULL) {
        made->config = config;
        made->links = calloc(config->section_count + 1, sizeof *made->links);
    }
    if (path == NULL || made == NULL || made->links == NULL) {
        free(path);
        config_chain_free(made);
        *chain = NULL;
        return AWS_ROLE_ERR_MEMORY;
    }
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i].kind == SECTION_ROLE)
            follow(made, &config->sections[i], path, problems);
    free(path);
    return 0;
}

int
config_chain_uses_group(const struct config_chain *chain, const struct config_section *role)
{
    return link_of(chain, role)->uses_group;
}

void
config_chain_free(struct config_chain *chain)
{
    if (chain != NULL)
        free(chain->links);
    free(chain);
}
