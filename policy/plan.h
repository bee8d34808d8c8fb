/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_PLAN_H
#define AWS_ROLE_POLICY_PLAN_H

#include <stddef.h>

#include "common/credentials.h"
#include "common/protocol.h"
#include "common/trusted_file.h"
#include "policy/config.h"
#include "policy/expand.h"
#include "policy/mapping.h"
#include "policy/plan_device.h"

#define PLAN_WHY_MAX 512
/* A step reads a credentials file, a CA bundle, or both: no file of a plan is ever left out. */
#define PLAN_FILES_MAX (2 * RECORD_STEPS_MAX)
#define PLAN_REGION_MAX 64
#define PLAN_SOURCE_MAX 256

/* A file that the helper will read for this plan, and that is therefore part of its key. */
struct plan_file {
    const char *path; /* lying in one of the plan's steps */
    enum trusted_file_kind kind;
    struct file_identity identity; /* zeroes until plan_identify */
};

/*
 * How a person comes to a role: each step turns the credentials before it into new ones. Everything
 * is expanded; nothing points into the configuration. plan_wipe ends it.
 *
 * A step is a RECORD_STEP, its fields put in one fixed order: equal inputs make equal bytes
 * (`steps[i].bytes`), which are what the cache's key is made of.
 */
struct plan {
    char role[RECORD_ROLE_NAME_MAX + 1];
    char role_arn[CREDENTIALS_ARN_MAX + 1];
    char region[PLAN_REGION_MAX + 1]; /* to be exported; "": none is configured */
    char source[PLAN_SOURCE_MAX + 1]; /* where the credentials come from, for people; ASCII */
    enum export export_as;
    long linger_seconds; /* after the session's end; -1: not configured */
    struct record steps[RECORD_STEPS_MAX];
    int machine_base[RECORD_STEPS_MAX]; /* 1: the machine's own, the key goes without the uid */
    size_t count;
    struct plan_device device; /* of the source's profile; one not known may lack a step here */
    struct plan_file files[PLAN_FILES_MAX];
    size_t file_count;
};

/*
 * Makes the plan of `role` (NULL: the first of the person's). `as_link` 1 takes any role of the
 * configuration, as a link of a chain does: for showing plans, `mapping` may be NULL then.
 * `context->group` and `context->caller` are not read: the mapping says by which group the role
 * came, and the source who takes it. The credentials file of a source with `profile` and without
 * `mfa_serial` is looked into for the device that the profile has; where that cannot be known the
 * plan is made without it, and `plan->device.error` tells.
 *
 * On failure the plan is empty and `why` (PLAN_WHY_MAX bytes) says what to do:
 * AWS_ROLE_ERR_UNMAPPED, AWS_ROLE_ERR_NOT_ALLOWED (no role of the person's, whether or not there is
 * one of that name), AWS_ROLE_ERR_NOT_FOUND (`as_link`: there is none), AWS_ROLE_ERR_MISSING_VALUE,
 * AWS_ROLE_ERR_CONFIG (an expanded value, or the profile's device, is not one that AWS takes),
 * AWS_ROLE_ERR_MEMORY.
 */
int plan_make(const struct config *config, const struct mapping *mapping,
              const struct session_context *context, const char *role, int as_link,
              struct plan *plan, char *why);

/*
 * Adds what describes the plan to a PLAN record; the steps are records already. plan_take makes the
 * same plan of that record and its steps, which are copied; the identities of its files are zeroes
 * again. AWS_ROLE_ERR_PROTOCOL, AWS_ROLE_ERR_MEMORY; the plan is empty then.
 */
void plan_put(const struct plan *plan, struct record *record);
int plan_take(const struct record *record, const struct record *steps, struct plan *plan);

/* Lists the files that the plan's steps name. */
void plan_add_files(struct plan *plan);

/*
 * Fills in the identity of each file, opening it by the rules of common/trusted_file.h with the
 * privilege that the helper will have. What trusted_file_open returns, and its words in `why`; else
 * `plan->device.error` and its: a plan that may lack the step of an MFA device is not one to take.
 */
int plan_identify(struct plan *plan, const struct trust *trust, char *why);

/* One line for people that says what a step does; cut at `size`. */
void plan_describe_step(const struct record *step, char *line, size_t size);

/* Wipes and frees the steps; the plan is empty afterwards. NULL is allowed. */
void plan_wipe(struct plan *plan);

#endif
