/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/role_name.h"
#include "policy/config_chain.h"
#include "policy/plan_step.h"

_Static_assert(PLAN_WHY_MAX >= PLAN_DEVICE_WHY_MAX, "both write into the same buffer");

/* A role, then what it is taken with, and so on to the source. */
struct chain {
    const struct config_section *roles[RECORD_STEPS_MAX];
    size_t count;
    const struct config_section *source;
};

static int
refuse(char *why, int error, const char *text)
{
    snprintf(why, PLAN_WHY_MAX, "%s", text);
    return error;
}

/* The configuration was checked when it was loaded: what is not there now never was. */
static int
follow_chain(const struct config *config, const struct config_section *role, struct chain *chain,
             char *why)
{
    chain->count = 0;
    chain->source = NULL;
    while (role != NULL && chain->count < RECORD_STEPS_MAX - CONFIG_CHAIN_SOURCE_STEPS) {
        const struct config_entry *base = config_base(config, role);

        chain->roles[chain->count++] = role;
        if (base == NULL)
            break;
        if (base->key == KEY_SOURCE) {
            chain->source = config_find(config, SECTION_SOURCE, base->value);
            break;
        }
        role = config_find(config, SECTION_ROLE, base->value);
    }
    return chain->source != NULL
               ? 0
               : refuse(why, AWS_ROLE_ERR_CONFIG,
                        "the role's chain does not end in a source: see aws-role check");
}

/* Adds to the text that says where credentials come from: ASCII, cut where it does not fit. */
static void
add_to_source(struct plan *plan, const char *text)
{
    size_t length = strlen(plan->source);

    for (; *text != '\0' && length < PLAN_SOURCE_MAX; text++)
        plan->source[length++] = *text >= 0x20 && *text < 0x7f ? *text : '?';
    plan->source[length] = '\0';
}

static int
add_source_steps(const struct config *config, const struct config_section *source,
                 const struct session_context *context, struct plan *plan, char *why)
{
    struct record *step = &plan->steps[0];
    int r = plan_step_source(config, source, context, step, why);

    plan->count = 1;
    if (r != 0)
        return r;
    plan->machine_base[0] = record_number(step, FIELD_STEP) == STEP_INSTANCE_METADATA;
    if (plan->machine_base[0]) {
        add_to_source(plan, "instance metadata");
    } else if (record_has(step, FIELD_LOGIN_SESSION)) {
        add_to_source(plan, "console sign-in as ");
        add_to_source(plan, record_text(step, FIELD_LOGIN_SESSION));
    } else {
        add_to_source(plan, "profile ");
        add_to_source(plan, record_text(step, FIELD_PROFILE));
    }
    r = plan_device_find(config, source, context, step, &plan->device, why);
    if (r != 0)
        return r;
    r = plan_step_session_token(config, source, context, plan->device.serial, &plan->steps[1],
                                why);
    if (plan->steps[1].bytes.size > 0) {
        plan->count = 2;
        add_to_source(plan, " with MFA");
    }
    return r;
}

/*
 * The name of who signs in to the console, which an ARN ends in, behind the path of a user and the
 * role of a session: `root` for an account's root. NULL for another source, and where a part of the
 * ARN is left as it is written.
 */
static const char *
caller_of(const struct plan *plan)
{
    const char *arn = record_text(&plan->steps[0], FIELD_LOGIN_SESSION), *slash;

    if (arn == NULL || strstr(arn, "%{") != NULL)
        return NULL;
    slash = strrchr(arn, '/');
    return slash != NULL ? slash + 1 : strrchr(arn, ':') + 1;
}

/* The links from the source's side on; the last is the role itself. */
static int
add_role_steps(const struct config *config, const struct chain *chain,
               const struct session_context *context, struct plan *plan, char *why)
{
    for (size_t i = chain->count; i > 0; i--) {
        const struct config_section *role = chain->roles[i - 1];
        int r = plan_step_role(config, role, context, &plan->steps[plan->count++], why);

        if (r != 0)
            return r;
        if (i > 1) {
            add_to_source(plan, " -> role ");
            add_to_source(plan, role->name);
        }
    }
    return 0;
}

/* `path` lies in one of the plan's steps. Two are added for a step, and so many have room. */
static void
add_file(struct plan *plan, const char *path, enum trusted_file_kind kind)
{
    if (path == NULL)
        return;
    for (size_t i = 0; i < plan->file_count; i++)
        if (strcmp(plan->files[i].path, path) == 0)
            return;
    plan->files[plan->file_count].path = path;
    plan->files[plan->file_count++].kind = kind;
}

void
plan_add_files(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        add_file(plan, record_text(&plan->steps[i], FIELD_CREDENTIALS_FILE), TRUSTED_FILE_SECRET);
        add_file(plan, record_text(&plan->steps[i], FIELD_CA_BUNDLE), TRUSTED_FILE_PUBLIC);
    }
}

/* What describes the role: its ARN and region, and the files of all steps. */
static void
describe(const struct config *config, const struct config_section *role, struct plan *plan)
{
    const struct record *last = &plan->steps[plan->count - 1];
    const char *region = record_text(last, FIELD_REGION);
    const char *linger = config_value(config, role, KEY_LINGER_SECONDS);
    const char *export_as = config_value(config, role, KEY_EXPORT);

    snprintf(plan->role, sizeof plan->role, "%s", role->name);
    snprintf(plan->role_arn, sizeof plan->role_arn, "%s", record_text(last, FIELD_ROLE_ARN));
    snprintf(plan->region, sizeof plan->region, "%s", region == NULL ? "" : region);
    plan->export_as = export_as != NULL && strcmp(export_as, "endpoint") == 0 ? EXPORT_ENDPOINT
                                                                              : EXPORT_KEYS;
    plan->linger_seconds = linger == NULL ? -1 : strtol(linger, NULL, 10);
    plan_add_files(plan);
}

/* A name that somebody asked for is repeated only if it could be a role's. */
static int
refuse_role(const char *name, int error, const char *text, char *why)
{
    int plain = role_name_is_good(name);

    snprintf(why, PLAN_WHY_MAX, "the role%s%s %s", plain ? " " : "", plain ? name : "", text);
    return error;
}

/* Finds the [role], and by which [group] it came. */
static int
choose(const struct config *config, const struct mapping *mapping, const char *name, int as_link,
       const struct config_section **role, const char **group, char *why)
{
    const struct mapping_role *mapped = mapping == NULL ? NULL : mapping_role(mapping, name);

    *group = mapped == NULL || mapped->group == NULL ? NULL : mapped->group->name;
    if (mapped == NULL && !(as_link && name != NULL)) {
        if (mapping == NULL || mapping->count == 0)
            return refuse(why, AWS_ROLE_ERR_UNMAPPED, "the configuration gives this person no role:"
                          " write a [user NAME] or a [group NAME] with roles");
        return refuse_role(name, AWS_ROLE_ERR_NOT_ALLOWED, "is not one of this person's: "
                           "aws-role roles lists them", why);
    }
    *role = config_find(config, SECTION_ROLE, mapped != NULL ? mapped->name : name);
    if (*role == NULL)
        return refuse_role(mapped != NULL ? mapped->name : name, AWS_ROLE_ERR_NOT_FOUND,
                           "is not in the configuration", why);
    return 0;
}

int
plan_make(const struct config *config, const struct mapping *mapping,
          const struct session_context *context, const char *role, int as_link, struct plan *plan,
          char *why)
{
    struct session_context session = *context; /* with what the mapping and the source add */
    const struct config_section *section = NULL;
    struct chain chain;
    int r;

    why[0] = '\0';
    memset(plan, 0, sizeof *plan);
    session.caller = NULL;
    r = choose(config, mapping, role, as_link, &section, &session.group, why);
    if (r == 0)
        r = follow_chain(config, section, &chain, why);
    if (r == 0)
        r = add_source_steps(config, chain.source, &session, plan, why);
    if (r == 0)
        session.caller = caller_of(plan);
    if (r == 0)
        r = add_role_steps(config, &chain, &session, plan, why);
    if (r == 0)
        describe(config, section, plan);
    else
        plan_wipe(plan);
    return r;
}

int
plan_identify(struct plan *plan, const struct trust *trust, char *why)
{
    for (size_t i = 0; i < plan->file_count; i++) {
        struct plan_file *file = &plan->files[i];
        int fd, r = trusted_file_open(file->path, file->kind, trust, &fd, &file->identity, why);

        if (r != 0)
            return r;
        close(fd);
    }
    if (plan->device.error != 0)
        return refuse(why, plan->device.error, plan->device.why);
    return 0;
}

void
plan_wipe(struct plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->count; i++)
        record_wipe(&plan->steps[i]);
    memset(plan, 0, sizeof *plan);
}
