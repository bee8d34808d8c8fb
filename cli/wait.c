/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/wait.h"

#include <string.h>
#include <unistd.h>

#include "cli/terminal.h"

#define ANSWER_MS 5000

/*
 * The agent waits for the broker for 900 ms, and answers earlier when nothing is under way: an
 * answer that took this long says that there is none yet, an earlier one that there will be none.
 */
#define UNDER_WAY_MS 800

static void
tell(struct wait *wait)
{
    struct terminal errors;

    if (wait->told || wait->verb == NULL || !isatty(STDERR_FILENO))
        return;
    wait->told = 1;
    terminal_open(&errors, stderr);
    terminal_line(&errors, TERMINAL_PLAIN,
                  "aws-role %s: waiting for the answer of AWS, %d seconds at most", wait->verb,
                  deadline_left(wait->deadline) / 1000);
}

static int
ask_for_newer(struct wait *wait, struct record *answer, deadline_t deadline)
{
    struct record request;
    int r;

    record_start(&request, RECORD_REFRESH);
    record_put_text(&request, FIELD_ROLE, wait->role);
    r = own_session_ask(wait->session, &request, answer, deadline);
    record_wipe(&request);
    if (r == VERB_OK && answer->kind != RECORD_GRANT)
        r = own_session_refused(wait->session, answer);
    return r;
}

/* Asks so until there is an answer or no more time. `answer` holds the last one. */
static int
ask_until_answered(struct wait *wait, enum record_kind kind, struct record *answer)
{
    for (;;) {
        deadline_t start = deadline_now(), limit = deadline_in(ANSWER_MS);
        int r;

        if (limit > wait->deadline)
            limit = wait->deadline;
        if (kind == RECORD_REFRESH)
            r = ask_for_newer(wait, answer, limit);
        else
            r = own_session_get(wait->session, wait->role, wait->export, answer, limit);
        if (r == VERB_OK || answer->kind != RECORD_PENDING ||
            deadline_now() - start < UNDER_WAY_MS || deadline_left(wait->deadline) < UNDER_WAY_MS)
            return r;
        tell(wait);
        record_wipe(answer);
    }
}

int
wait_for_newer(struct wait *wait, struct record *grant)
{
    int r = ask_until_answered(wait, RECORD_REFRESH, grant);

    if (r != VERB_OK)
        return r;
    /* What a session of the endpoint is given of them is in the answer to this. */
    record_wipe(grant);
    return ask_until_answered(wait, RECORD_GET, grant);
}

int
wait_for_grant(struct wait *wait, struct record *grant)
{
    int r = ask_until_answered(wait, RECORD_GET, grant);

    if (r == VERB_OK || !wait->by_hand || grant->kind != RECORD_PENDING ||
        deadline_left(wait->deadline) < UNDER_WAY_MS)
        return r;
    record_wipe(grant);
    return wait_for_newer(wait, grant);
}
