/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_PLANNING_H
#define AWS_ROLE_BROKER_PLANNING_H

#include "broker/failure.h"
#include "broker/question.h"
#include "policy/config.h"
#include "policy/mapping.h"
#include "policy/plan.h"

/* How a question becomes a plan: the configuration of now, the person of now, their roles. */
struct planning {
    const struct question *question;
    struct person_identity person; /* the login's, with the primary group of now */
    struct config *config;         /* NULL: it does not load */
    int config_error;              /* why it does not; the kept plan is used, if there is one */
    struct mapping mapping;        /* count 0: nothing is mapped, or nobody was looked up */
    struct plan plan;              /* role "": there is none */
};

/*
 * Makes the plan of the question's role. While the configuration does not load, that is the plan
 * that was kept; problems are logged, unless the question says that they were. `question` stays the
 * caller's until planning_end, which ends it in any case. Asks NSS, which has no deadline.
 *
 * AWS_ROLE_ERR_UNMAPPED and AWS_ROLE_ERR_NOT_ALLOWED: the person has no role, or not this one, or
 * the account is gone or another's. Else the error of what failed. `failure` says why.
 */
int planning_start(struct planning *planning, const struct question *question,
                   struct failure *failure);

/* The plan of another of the person's roles; `why` has room for PLAN_WHY_MAX bytes. plan_make's. */
int planning_of(const struct planning *planning, const char *role, struct plan *plan, char *why);

/* Looks at the files that the helper will read for the plan: plan_identify's errors. */
int planning_identify(struct planning *planning, struct failure *failure);

/* Wipes the plan and lets go of the configuration. */
void planning_end(struct planning *planning);

#endif
