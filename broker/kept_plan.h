/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_KEPT_PLAN_H
#define AWS_ROLE_BROKER_KEPT_PLAN_H

#include "common/deadline.h"
#include "policy/plan.h"

/*
 * The last plan of each role that a session has asked for. A configuration that does not load takes
 * nothing away from a session that runs: for twelve hours since a plan was made of one that did, it
 * is what the role is obtained by. A valid configuration always makes a new one, or none.
 */

#define KEPT_PLAN_SECONDS (12 * 3600)

/* A plan as its question's child has sent it: PLAN, then each STEP. */
struct kept_plan {
    struct kept_plan *next;
    deadline_t until;
    struct record plan;
    struct record steps[RECORD_STEPS_MAX];
    size_t count; /* steps that have come */
};

/* Initialise with zeroes. */
struct kept_plans {
    struct kept_plan *first; /* the newest first */
    size_t count;
};

/* Starts one with a copy of its PLAN. NULL: out of memory, or not a PLAN that can be kept. */
struct kept_plan *kept_plan_new(const struct record *plan);

/* Adds a copy of its next STEP. AWS_ROLE_ERR_PROTOCOL (none is to come), AWS_ROLE_ERR_MEMORY. */
int kept_plan_add(struct kept_plan *kept, const struct record *step);

/* 1 when all its steps have come. */
int kept_plan_is_whole(const struct kept_plan *kept);

/* Wipes and frees; NULL is allowed. */
void kept_plan_free(struct kept_plan *kept);

/*
 * Keeps a whole plan, whose owner the list becomes, in place of the one of the same role; the
 * oldest goes when there are more than a person has roles.
 */
void kept_plan_keep(struct kept_plans *plans, struct kept_plan *kept);

/* The plan of `role` (NULL: the first of the person's roles) while it may be used, or NULL. */
const struct kept_plan *kept_plan_find(const struct kept_plans *plans, const char *role);

/* Forgets the plan of `role`, which a valid configuration does not give any more; NULL: all. */
void kept_plan_forget(struct kept_plans *plans, const char *role);

/* Forgets the plans of all roles that are not among the ROLES of a record. */
void kept_plan_retain(struct kept_plans *plans, const struct record *roles);

#endif
