/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/answer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/account.h"
#include "broker/audit.h"
#include "broker/failure.h"
#include "broker/obtain.h"
#include "common/error.h"
#include "common/log.h"
#include "policy/expand.h"
#include "policy/mapping.h"
#include "policy/plan.h"

#define PROBLEMS_LOGGED 10

/* Everything that one question needs on its way to the answer. */
struct answer {
    const struct question *question;
    struct person_identity person; /* the login's, with the primary group of now */
    struct config *config;
    int config_error; /* why it does not load, and the kept plan is used, if there is one */
    struct mapping mapping;
    struct plan plan;
};

static void
send_record(const struct answer *answer, struct record *record)
{
    /* The broker reads; if it is gone there is nobody to tell. */
    (void)record_send(answer->question->to, record, answer->question->give_up);
    record_wipe(record);
}

/* Appends a string with its NUL to a list; what has no room is left out. */
static void
append(char *list, size_t size, size_t *used, const char *string)
{
    size_t length = strlen(string) + 1;

    if (length > size - *used)
        return;
    memcpy(list + *used, string, length);
    *used += length;
}

/* The names of the person's roles, the first the default, and the region of each. */
static void
put_roles(const struct answer *answer, struct record *record)
{
    char names[RECORD_ROLES_MAX * (RECORD_ROLE_NAME_MAX + 1)];
    char regions[RECORD_ROLES_MAX * (PLAN_REGION_MAX + 1)];
    size_t names_used = 0, regions_used = 0;

    if (answer->config_error != 0 && answer->question->kept != NULL) {
        record_put_from(record, FIELD_ROLES, &answer->question->kept->plan);
        record_put_from(record, FIELD_REGIONS, &answer->question->kept->plan);
        return;
    }
    for (size_t i = 0; i < answer->mapping.count; i++) {
        const char *name = answer->mapping.roles[i].name;
        const char *region =
            config_value(answer->config, config_find(answer->config, SECTION_ROLE, name),
                         KEY_REGION);

        append(names, sizeof names, &names_used, name);
        append(regions, sizeof regions, &regions_used, region == NULL ? "-" : region);
    }
    record_put_bytes(record, FIELD_ROLES, names, names_used);
    record_put_bytes(record, FIELD_REGIONS, regions, regions_used);
}

/* The role that this is about: the plan's, else the one asked for. */
static void
put_role(const struct answer *answer, struct record *record)
{
    if (answer->plan.role[0] != '\0') {
        record_put_text(record, FIELD_ROLE, answer->plan.role);
        record_put_text(record, FIELD_ROLE_ARN, answer->plan.role_arn);
        record_put_text(record, FIELD_SOURCE, answer->plan.source);
    } else {
        record_put_text(record, FIELD_ROLE, answer->question->role);
    }
    put_roles(answer, record);
}

static void
send_grant(const struct answer *answer, const struct credentials *credentials)
{
    struct credentials here = {0};
    struct record grant;

    record_start(&grant, RECORD_GRANT);
    if (credentials_copy(&here, credentials) == 0) {
        here.expires_at = credentials_expiry_here(credentials);
        put_role(answer, &grant);
        record_put_number(&grant, FIELD_REFRESH_AT,
                          (uint64_t)credentials_refresh_at(credentials));
        record_put_credentials(&grant, &here);
        record_put_text(&grant, FIELD_REGION, answer->plan.region);
        record_put_number(&grant, FIELD_EXPORT, answer->plan.export_as);
    }
    credentials_wipe(&here);
    send_record(answer, &grant);
}

static void
send_failure(const struct answer *answer, const struct failure *failure)
{
    int needs_person = failure->error == AWS_ROLE_ERR_NEEDS_PERSON;
    struct record record;

    record_start(&record, needs_person ? RECORD_ASK : RECORD_PENDING);
    record_put_text(&record, needs_person ? FIELD_PROMPT : FIELD_WHY,
                    failure->text[0] == '\0' ? error_text(failure->error) : failure->text);
    if (!needs_person)
        record_put_number(&record, FIELD_CLASS, (uint64_t)-failure->error);
    put_role(answer, &record);
    send_record(answer, &record);
}

static void
send_none(const struct answer *answer, const char *why)
{
    struct record none;

    record_start(&none, RECORD_NONE);
    record_put_text(&none, FIELD_WHY, why);
    if (answer->question->role != NULL)
        record_put_text(&none, FIELD_ROLE, answer->question->role);
    put_roles(answer, &none);
    send_record(answer, &none);
}

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
load_config(struct answer *answer, struct failure *failure)
{
    const struct question *question = answer->question;
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
    int r = config_load(&paths, &trust, &answer->config, &problems);

    if (r != 0 && !question->config_told)
        log_problems(&problems);
    if (r != 0)
        describe_problem(&problems, failure, r);
    problems_free(&problems);
    answer->config_error = r;
    return r;
}

static int
know_person(struct answer *answer, struct failure *failure)
{
    const struct question *question = answer->question;

    if (!question->at_login)
        return account_check(&question->login->person, &answer->person, failure);
    answer->person = question->login->person;
    return 0;
}

static int
map_person(struct answer *answer, struct failure *failure)
{
    const struct person_identity *identity = &answer->person;
    const struct person person = {
        .name = identity->name, .uid = identity->uid, .gid = identity->gid};
    int r = mapping_find(answer->config, &person, &answer->mapping);

    if (r == AWS_ROLE_ERR_UNMAPPED)
        failure_set(failure, r, "the configuration gives %s no role", identity->name);
    else if (r != 0)
        failure_set(failure, r, "the groups of %s cannot be looked up: %s", identity->name,
                    r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r));
    return r;
}

/* The plan of `role` (NULL: the first); `why` has PLAN_WHY_MAX bytes. */
static int
make_plan(const struct answer *answer, const char *role, struct plan *plan, char *why)
{
    const struct question *question = answer->question;
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
    return plan_make(answer->config, &answer->mapping, &context, role, 0, plan, why);
}

static void
send_plan(const struct answer *answer, const struct plan *plan)
{
    struct record record;

    record_start(&record, RECORD_PLAN);
    plan_put(plan, &record);
    put_roles(answer, &record);
    send_record(answer, &record);
    for (size_t i = 0; i < plan->count; i++)
        (void)record_send(answer->question->to, &plan->steps[i], answer->question->give_up);
}

/*
 * For the time when the configuration does not load: the plan of this question, and anew those that
 * are kept of other roles, since all that is kept is what the last one gave that did load.
 */
static void
send_plans(const struct answer *answer)
{
    const struct kept_plan *kept = answer->question->all_kept->first;
    char why[PLAN_WHY_MAX];
    struct plan plan;

    if (answer->plan.count > 0)
        send_plan(answer, &answer->plan);
    for (; kept != NULL; kept = kept->next) {
        const char *role = record_text(&kept->plan, FIELD_ROLE);

        if (strcmp(role, answer->plan.role) == 0 ||
            make_plan(answer, role, &plan, why) != 0)
            continue;
        send_plan(answer, &plan);
        plan_wipe(&plan);
    }
}

/* The plan that the configuration gives, else, when it does not load, the last one it gave. */
static int
find_plan(struct answer *answer, struct failure *failure)
{
    const struct kept_plan *kept = answer->question->kept;
    int r = load_config(answer, failure);
    char why[PLAN_WHY_MAX];

    if (r != 0 && kept != NULL) {
        r = plan_take(&kept->plan, kept->steps, &answer->plan);
        if (r != 0)
            failure_set(failure, r, "the last plan cannot be used: %s", error_text(r));
        return r;
    }
    if (r == 0)
        r = map_person(answer, failure);
    if (r != 0)
        return r;
    r = make_plan(answer, answer->question->role, &answer->plan, why);
    if (r != 0)
        failure_set(failure, r, "%s", why);
    send_plans(answer);
    return r;
}

/* Looks at the files that the helper will read. */
static int
identify_files(struct answer *answer, struct failure *failure)
{
    const struct trust trust = {.owner = 0, .secret_group = answer->question->secret_group};
    char why[PLAN_WHY_MAX];
    int r = plan_identify(&answer->plan, &trust, why);

    if (r != 0)
        failure_set(failure, r, "%s", why);
    return r;
}

static void
take_provisional(void *context, const struct credentials *credentials)
{
    send_grant(context, credentials);
}

static void
hand_on(void *context, const struct record *entry, deadline_t until)
{
    const struct answer *answer = context;
    struct record copy;

    (void)until; /* the broker reads it from the entry itself */
    if (cache_is_shared(answer->question->cache))
        return;
    if (record_decode(&copy, entry->bytes.data, entry->bytes.size) == 0)
        send_record(answer, &copy);
}

static void
send_end(const struct answer *answer, int64_t clock_offset)
{
    struct record end;

    record_start(&end, RECORD_END);
    record_put_number(&end, FIELD_CLOCK_OFFSET, (uint64_t)clock_offset);
    if (answer->config_error != 0)
        record_put_number(&end, FIELD_CLASS, (uint64_t)-answer->config_error);
    send_record(answer, &end);
}

static int
obtain(struct answer *answer, int64_t *clock_offset, struct credentials *credentials,
       struct failure *failure)
{
    const struct question *question = answer->question;
    struct obtain with = {
        .plan = &answer->plan,
        .config = answer->config,
        .config_path = question->login->config != NULL ? question->login->config
                                                       : question->paths->main_file,
        .uid = question->login->person.uid,
        .cache = question->cache,
        .helper = question->paths->helper,
        .give_up = question->give_up,
        .clock_offset = question->clock_offset,
        .refresh = question->refresh,
        .only_cached = question->over,
        .provisional = take_provisional,
        .stored = hand_on,
        .context = answer,
    };
    int r = obtain_run(&with, credentials, failure);

    *clock_offset = with.clock_offset;
    if (r == AWS_ROLE_ERR_NOT_FOUND && question->over)
        failure_set(failure, r, "the session is over: log in again");
    if (r == 0 && !credentials_are_valid(credentials)) {
        r = AWS_ROLE_ERR_REFUSED;
        failure_set(failure, r, "AWS gave credentials of role %s that have already expired",
                    answer->plan.role);
    }
    return r;
}

void
answer_question(const struct question *question)
{
    struct answer answer = {.question = question};
    struct credentials credentials = {0};
    struct failure failure = {0};
    int64_t clock_offset = question->clock_offset;
    int r;

    r = know_person(&answer, &failure);
    if (r == 0)
        r = find_plan(&answer, &failure);
    if (r == 0)
        r = identify_files(&answer, &failure);
    if (r == 0)
        r = obtain(&answer, &clock_offset, &credentials, &failure);
    send_end(&answer, clock_offset);
    if (r == 0) {
        send_grant(&answer, &credentials);
    } else if (r == AWS_ROLE_ERR_UNMAPPED || r == AWS_ROLE_ERR_NOT_ALLOWED) {
        if (!question->at_login) /* that a login has no role is no news */
            audit_refusal(question->login, question->role, &failure);
        send_none(&answer, failure.text);
    } else {
        if (!question->over)
            audit_refusal(question->login,
                          answer.plan.role[0] != '\0' ? answer.plan.role : question->role,
                          &failure);
        send_failure(&answer, &failure);
    }
    credentials_wipe(&credentials);
    plan_wipe(&answer.plan);
    config_free(answer.config);
}
