/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_SERVING_H
#define AWS_ROLE_BROKER_SERVING_H

#include <stdint.h>

#include "broker/allowance.h"
#include "broker/begun.h"
#include "broker/delivery.h"
#include "broker/job.h"
#include "broker/kept_plan.h"
#include "broker/linger.h"
#include "broker/session.h"

/* A session while it is served: broker/session.c's, and broker/outcome.c's. */

#define SERVING_JOBS_MAX 8

struct serving {
    struct session *session;
    struct job jobs[SERVING_JOBS_MAX];
    int64_t clock_offset;
    struct delivery delivery;
    struct allowance allowance; /* the agent's */
    struct kept_plans kept;
    struct begun begun;
    int config_told;     /* that the configuration does not load is in the log */
    struct lingering lingering;
    int asked;           /* by the agent, for credentials */
};

#endif
