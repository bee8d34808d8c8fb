/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/planning.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/account.h"
#include "common/error.h"
#include "common/log.h"
#include "policy/expand.h"

#define PROBLEMS_LOGGED 10

static void
log_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count && i < PROBLEMS_LOGGED; i++) {
        const struct problem *problem = &problems->list[i];
        char line[16];

        snprintf(line, sizeof line, "%u", problem->line);
        log_line(LOG_ERR, "the configuration does not load", "file", problem->file, "what",
                 problem->what, "mend", problem->mend, problem->line == 0 ? NULL : "line", line,
                 NULL);
    }
}

/* The first problem, in the words of aws-role check. */
static void
describe_problem(const struct problems *problems, struct failure *failure, int error)
{
    const struct problem *first = &problems->list[0];
    char line[16] = "";

    if (problems->count == 0) {
        failure_set(failure, error, "the configuration does not load: %s", error_text(error));
        return;
    }
    if (first->line != 0)
        snprintf(line, sizeof line, ":%u", first->line);
    failure_set(failure, error, "the configuration does not load: %.200s%s: %.150s: %.100s",
                first->file, line, first->what, first->mend);
}

static int
load_config(struct planning *planning, struct failure *failure)
{
    const struct question *question = planning->question;
    const struct answer_paths *at = question->paths;
    const char *own = question->login->config;
    const struct config_paths paths = {
        .main_file = own != NULL ? own : at->main_file,
        .drop_in_folder = own != NULL ? NULL : at->drop_in_folder,
        .vendor_file = own != NULL ? NULL : at->vendor_file,
        .credentials_file = at->credentials_file,
    };
    const struct trust trust = {.owner = 0, .secret_group = question->secret_group};
    struct problems problems = {0};
    int r = config_load(&paths, &trust, &planning->config, &problems);

    if (r != 0 && !question->config_told)
        log_problems(&problems);
    if (r != 0)
        describe_problem(&problems, failure, r);
    problems_free(&problems);
    planning->config_error = r;
    return r;
}

static int
know_person(struct planning *planning, struct failure *failure)
{
    const struct question *question = planning->question;

    if (!question->at_login)
        return account_check(&question->login->person, &planning->person, failure);
    planning->person = question->login->person;
    return 0;
}

static int
map_person(struct planning *planning, struct failure *failure)
{
    const struct person_identity *identity = &planning->person;
    const struct person person = {
        .name = identity->name, .uid = identity->uid, .gid = identity->gid};
    int r = mapping_find(planning->config, &person, &planning->mapping);

    if (r == AWS_ROLE_ERR_UNMAPPED)
        failure_set(failure, r, "the configuration gives %s no role", identity->name);
    else if (r != 0)
        failure_set(failure, r, "the groups of %s cannot be looked up: %s", identity->name,
                    r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r));
    return r;
}

int
planning_of(const struct planning *planning, const char *role, struct plan *plan, char *why)
{
    const struct question *question = planning->question;
    const struct login *login = question->login;
    char host[HOST_NAME_MAX + 1] = "";
    struct session_context context = {
        .user = login->person.name,
        .uid = login->person.uid,
        .login = login->login_name,
        .service = login->service,
        .tty = login->tty,
        .rhost = login->rhost,
        .host = host,
    };

    if (gethostname(host, sizeof host - 1) != 0)
        context.host = NULL;
    return plan_make(planning->config, &planning->mapping, &context, role, 0, plan, why);
}

/* The plan that the configuration gives, else, when it does not load, the last one it gave. */
static int
find_plan(struct planning *planning, struct failure *failure)
{
    const struct kept_plan *kept = planning->question->kept;
    int r = load_config(planning, failure);
    char why[PLAN_WHY_MAX];

    if (r != 0 && kept != NULL) {
        r = plan_take(&kept->plan, kept->steps, &planning->plan);
        if (r != 0)
            failure_set(failure, r, "the last plan cannot be used: %s", error_text(r));
        return r;
    }
    if (r == 0)
        r = map_person(planning, failure);
    if (r != 0)
        return r;
    r = planning_of(planning, planning->question->role, &planning->plan, why);
    if (r != 0)
        failure_set(failure, r, "%s", why);
    return r;
}

int
planning_identify(struct planning *planning, struct failure *failure)
{
    const struct trust trust = {.owner = 0, .secret_group = planning->question->secret_group};
    char why[PLAN_WHY_MAX];
    int r = plan_identify(&planning->plan, &trust, why);

    if (r != 0)
        failure_set(failure, r, "%s", why);
    return r;
}

int
planning_start(struct planning *planning, const struct question *question,
               struct failure *failure)
{
    int r;

    memset(planning, 0, sizeof *planning);
    planning->question = question;
    r = know_person(planning, failure);
    return r != 0 ? r : find_plan(planning, failure);
}

void
planning_end(struct planning *planning)
{
    plan_wipe(&planning->plan);
    config_free(planning->config);
}
