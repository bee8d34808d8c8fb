/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/answer.h"

#include <string.h>

#include "broker/attempts.h"
#include "broker/audit.h"
#include "broker/failure.h"
#include "broker/obtain.h"
#include "broker/planning.h"
#include "common/error.h"

/* A question on its way to its answer. */
struct answer {
    const struct question *question;
    struct planning planning;
    struct record ask; /* a step's, when that is what comes of it */
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
    const struct planning *planning = &answer->planning;
    char names[RECORD_ROLES_MAX * (RECORD_ROLE_NAME_MAX + 1)];
    char regions[RECORD_ROLES_MAX * (PLAN_REGION_MAX + 1)];
    size_t names_used = 0, regions_used = 0;

    if (planning->config_error != 0 && planning->question->kept != NULL) {
        record_put_from(record, FIELD_ROLES, &planning->question->kept->plan);
        record_put_from(record, FIELD_REGIONS, &planning->question->kept->plan);
        return;
    }
    for (size_t i = 0; i < planning->mapping.count; i++) {
        const char *name = planning->mapping.roles[i].name;
        const char *region = config_value(
            planning->config, config_find(planning->config, SECTION_ROLE, name), KEY_REGION);

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
    if (answer->planning.plan.role[0] != '\0') {
        record_put_text(record, FIELD_ROLE, answer->planning.plan.role);
        record_put_text(record, FIELD_ROLE_ARN, answer->planning.plan.role_arn);
        record_put_text(record, FIELD_SOURCE, answer->planning.plan.source);
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
        record_put_text(&grant, FIELD_REGION, answer->planning.plan.region);
        record_put_number(&grant, FIELD_EXPORT, answer->planning.plan.export_as);
    }
    credentials_wipe(&here);
    send_record(answer, &grant);
}

static void
send_failure(const struct answer *answer, const struct failure *failure)
{
    struct record record;

    record_start(&record, RECORD_PENDING);
    record_put_text(&record, FIELD_WHY,
                    failure->text[0] == '\0' ? error_text(failure->error) : failure->text);
    record_put_number(&record, FIELD_CLASS, (uint64_t)-failure->error);
    put_role(answer, &record);
    send_record(answer, &record);
}

/* What a step asks, and what it needs when it is answered. */
static void
send_ask(const struct answer *answer)
{
    static const enum record_field fields[] = {FIELD_PROMPT, FIELD_STEP, FIELD_WHY, FIELD_URL,
                                               FIELD_BEGUN};
    struct record record;

    record_start(&record, RECORD_ASK);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        record_put_from(&record, fields[i], &answer->ask);
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

/* One that may lack a step is told without its steps: what is not whole is not kept. */
static void
send_plan(const struct answer *answer, const struct plan *plan)
{
    struct record record;

    record_start(&record, RECORD_PLAN);
    plan_put(plan, &record);
    put_roles(answer, &record);
    send_record(answer, &record);
    for (size_t i = 0; i < plan->count && plan->device.error == 0; i++)
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

    if (answer->planning.plan.count > 0)
        send_plan(answer, &answer->planning.plan);
    for (; kept != NULL; kept = kept->next) {
        const char *role = record_text(&kept->plan, FIELD_ROLE);

        if (strcmp(role, answer->planning.plan.role) == 0 ||
            planning_of(&answer->planning, role, &plan, why) != 0)
            continue;
        send_plan(answer, &plan);
        plan_wipe(&plan);
    }
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
    if (answer->planning.config_error != 0)
        record_put_number(&end, FIELD_CLASS, (uint64_t)-answer->planning.config_error);
    send_record(answer, &end);
}

/*
 * Obtains. A person's code is asked of AWS only as long as not too many were wrong, and counts as
 * wrong unless a step has come of it or AWS has not seen it.
 */
static int
spend(struct obtain *with, struct credentials *credentials, struct failure *failure)
{
    int folder = cache_folder(with->cache), r;
    deadline_t mine;

    if (with->answer == NULL)
        return obtain_run(with, credentials, failure);
    r = attempts_count(folder, with->uid, with->give_up, &mine, failure);
    if (r != 0)
        return r;
    r = obtain_run(with, credentials, failure);
    if (!with->spent)
        attempts_take_back(folder, with->uid, with->give_up, mine);
    return r;
}

static int
obtain(struct answer *answer, int64_t *clock_offset, struct credentials *credentials,
       struct failure *failure)
{
    const struct question *question = answer->question;
    struct obtain with = {
        .plan = &answer->planning.plan,
        .config = answer->planning.config,
        .config_path = question->login->config != NULL ? question->login->config
                                                       : question->paths->main_file,
        .uid = question->login->person.uid,
        .cache = question->cache,
        .helper = question->paths->helper,
        .began = question->began,
        .give_up = question->give_up,
        .clock_offset = question->clock_offset,
        .person = question->person,
        .port = question->port,
        .begun = question->begun,
        .answer = question->answer,
        .refresh = question->refresh,
        .only_cached = question->over,
        .only_asking = question->asking,
        .provisional = take_provisional,
        .stored = hand_on,
        .context = answer,
    };
    int r = spend(&with, credentials, failure);

    *clock_offset = with.clock_offset;
    answer->ask = with.ask; /* moved */
    if (r == AWS_ROLE_ERR_NOT_FOUND && question->over)
        failure_set(failure, r, "the session is over: log in again");
    if (r == 0 && !credentials_are_valid(credentials)) {
        r = AWS_ROLE_ERR_REFUSED;
        failure_set(failure, r, "AWS gave credentials of role %s that have already expired",
                    answer->planning.plan.role);
    }
    return r;
}

static void
send_refusal(const struct answer *answer, int error, const struct failure *failure)
{
    const struct question *question = answer->question;
    const char *role = answer->planning.plan.role;

    if (error == AWS_ROLE_ERR_UNMAPPED || error == AWS_ROLE_ERR_NOT_ALLOWED) {
        if (!question->at_login) /* that a login has no role is no news */
            audit_refusal(question->login, question->role, failure);
        send_none(answer, failure->text);
        return;
    }
    if (question->asking && error == AWS_ROLE_ERR_NOT_FOUND) {
        send_none(answer, failure->text);
        return;
    }
    if (!question->over && (!question->asking || question->answer != NULL))
        audit_refusal(question->login, role[0] != '\0' ? role : question->role, failure);
    if (error == AWS_ROLE_ERR_NEEDS_PERSON)
        send_ask(answer);
    else
        send_failure(answer, failure);
}

void
answer_question(const struct question *question)
{
    struct answer answer = {.question = question};
    struct credentials credentials = {0};
    struct failure failure = {0};
    int64_t clock_offset = question->clock_offset;
    int r = planning_start(&answer.planning, question, &failure);

    if (answer.planning.mapping.count > 0)
        send_plans(&answer);
    if (r == 0)
        r = planning_identify(&answer.planning, &failure);
    if (r == 0)
        r = obtain(&answer, &clock_offset, &credentials, &failure);
    send_end(&answer, clock_offset);
    if (r == 0)
        send_grant(&answer, &credentials);
    else
        send_refusal(&answer, r, &failure);
    credentials_wipe(&credentials);
    record_wipe(&answer.ask);
    planning_end(&answer.planning);
}
