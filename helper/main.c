/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * aws-role-helper: one obtain for the broker, which started it as _aws-role with a socket as its
 * only descriptor and waits at the other end. Reads what to do, gives up what it does not need,
 * runs the steps, reports each as it is done, and ends.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/protocol.h"
#include "common/spawn.h"
#include "helper/confine.h"
#include "helper/obtain.h"
#include "helper/steps/instance_metadata.h"
#include "helper/steps/steps.h"

/* How long the broker may take to say what it wants, and to take our reports. */
#define RECEIVE_MS 5000
#define REPORT_MS 5000
/* No obtain is allowed longer than this, whatever the broker says. */
#define GIVE_UP_MAX_MS 120000

/* The credentials and their origin, from step to step. */
struct state {
    struct credentials credentials;
    char origin[STEP_ORIGIN_MAX + 1];
    enum step_kind base; /* the kind of the plan's first step */
};

/* Ends the process a little after the deadline, should anything not look at it. */
static void
set_alarm(deadline_t give_up)
{
    int left = deadline_left(give_up) + REPORT_MS;
    struct itimerval alarm = {.it_value = {left / 1000, left % 1000 * 1000}};

    (void)setitimer(ITIMER_REAL, &alarm, NULL);
}

static int
report_done(size_t index, const struct step *step, const struct step_output *out)
{
    struct record record;
    int r;

    record_start(&record, RECORD_DONE);
    record_put_number(&record, FIELD_INDEX, index);
    if (!step->stays)
        record_put_credentials(&record, &out->credentials);
    record_put_secret(&record, FIELD_KEPT, &out->keep);
    if (out->keep.size > 0)
        record_put_number(&record, FIELD_KEPT_UNTIL, out->keep_until);
    r = record_send(SPAWN_FIRST_FD, &record, deadline_in(REPORT_MS));
    record_wipe(&record);
    return r;
}

static int
report_failure(size_t index, const struct failure *why)
{
    struct record record;
    int r;

    record_start(&record, RECORD_FAIL);
    record_put_number(&record, FIELD_INDEX, index);
    record_put_number(&record, FIELD_CLASS, (uint64_t)-why->class);
    record_put_text(&record, FIELD_TEXT, why->text[0] == '\0' ? error_text(why->class) : why->text);
    record_put_text(&record, FIELD_CODE, why->code);
    record_put_text(&record, FIELD_REQUEST_ID, why->request_id);
    if (why->sent)
        record_put_number(&record, FIELD_SENT, 1);
    r = record_send(SPAWN_FIRST_FD, &record, deadline_in(REPORT_MS));
    record_wipe(&record);
    return r;
}

static int
report_ask(size_t index, const struct step *step, const struct step_output *out)
{
    struct record record;
    int r;

    record_start(&record, RECORD_ASK);
    record_put_number(&record, FIELD_INDEX, index);
    record_put_text(&record, FIELD_PROMPT, out->prompt);
    record_put_number(&record, FIELD_STEP, step->kind);
    record_put_text(&record, FIELD_WHY, out->why);
    record_put_text(&record, FIELD_URL, out->url);
    record_put_secret(&record, FIELD_BEGUN, &out->begun);
    r = record_send(SPAWN_FIRST_FD, &record, deadline_in(REPORT_MS));
    record_wipe(&record);
    return r;
}

static int
report_end(int64_t clock_offset)
{
    struct record record;
    int r;

    record_start(&record, RECORD_END);
    record_put_number(&record, FIELD_CLOCK_OFFSET, (uint64_t)clock_offset);
    r = record_send(SPAWN_FIRST_FD, &record, deadline_in(REPORT_MS));
    record_wipe(&record);
    return r;
}

/* Keeps what a step made for the next one. */
static void
advance(struct state *state, struct step_output *out, enum step_kind kind)
{
    secret_move(&state->credentials.secret_access_key, &out->credentials.secret_access_key);
    secret_move(&state->credentials.session_token, &out->credentials.session_token);
    memcpy(state->credentials.access_key_id, out->credentials.access_key_id,
           sizeof state->credentials.access_key_id);
    memcpy(state->origin, out->origin, sizeof state->origin);
    if (state->base == 0)
        state->base = kind;
}

/* 0 when the step was done and reported; else the obtain ends here. */
static int
run_step(struct step_context *context, const struct obtain_step *asked, size_t index,
         struct state *state)
{
    const struct step *step = steps_find(record_number(&asked->step, FIELD_STEP));
    struct step_input in = {.context = context,
                            .step = &asked->step,
                            .from = &state->credentials,
                            .origin = state->origin,
                            .base = state->base,
                            .kept = &asked->kept,
                            .begun = &asked->begun,
                            .answer = &asked->answer};
    struct step_output out = {.prompt = ""};
    struct failure why = {.class = 0};
    int r, sent;

    if (step == NULL)
        r = failure_set(&why, AWS_ROLE_ERR_PROTOCOL, "a step that this helper does not know");
    else
        r = step->run(&in, &out, &why);
    if (r == 0)
        sent = report_done(index, step, &out);
    else if (r == AWS_ROLE_ERR_NEEDS_PERSON)
        sent = report_ask(index, step, &out);
    else
        sent = report_failure(index, &why);
    if (r == 0)
        advance(state, &out, step->kind);
    steps_wipe_output(&out);
    return r != 0 ? r : sent;
}

static int
run_steps(struct step_context *context, const struct obtain *obtain)
{
    struct state state = {.origin = "the step before", .base = obtain->base};
    int r = credentials_copy(&state.credentials, &obtain->from);

    for (size_t i = 0; r == 0 && i < obtain->count; i++)
        r = run_step(context, &obtain->steps[i], i, &state);
    credentials_wipe(&state.credentials);
    return r == AWS_ROLE_ERR_PEER_GONE ? r : report_end(context->exchange.clock_offset);
}

static int
serve(struct obtain *obtain)
{
    const char *files[2 * RECORD_STEPS_MAX];
    struct step_context context = {
        .trust = {.owner = 0, .secret_group = getegid()},
        .metadata = {INSTANCE_METADATA_IPV4, INSTANCE_METADATA_IPV6},
        .person = obtain->person,
        .port = obtain->port,
    };
    deadline_t latest = deadline_in(GIVE_UP_MAX_MS);
    int r;

    if (obtain->give_up > latest)
        obtain->give_up = latest;
    set_alarm(obtain->give_up);
    if ((r = confine(files, obtain_files(obtain, files))) != 0) {
        struct failure why = {.class = 0};

        failure_set(&why, r, "the helper could not confine itself");
        (void)report_failure(0, &why);
        return r;
    }
    exchange_start(&context.exchange, obtain->give_up, obtain->clock_offset, SPAWN_FIRST_FD);
    r = run_steps(&context, obtain);
    exchange_end(&context.exchange);
    return r;
}

int
main(void)
{
    struct obtain obtain = {.count = 0};
    int r;

    if (fcntl(SPAWN_FIRST_FD, F_GETFD) < 0) {
        fprintf(stderr, "aws-role-helper is started by aws-role-broker, not by hand\n");
        return 2;
    }
    set_alarm(deadline_in(RECEIVE_MS));
    r = obtain_receive(SPAWN_FIRST_FD, deadline_in(RECEIVE_MS), &obtain);
    if (r == 0)
        r = serve(&obtain);
    obtain_wipe(&obtain);
    return r == 0 ? 0 : 1;
}
