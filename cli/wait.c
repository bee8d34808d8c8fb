/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/wait.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "common/error.h"

#define ANSWER_MS 5000
#define BUSY_MS 200 /* until an answer is handed over again that could not be taken */

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

/* One request of a kind that has the agent ask the broker. */
static int
ask_by_hand(struct wait *wait, enum record_kind kind, const struct secret *answer,
            struct record *reply, deadline_t deadline)
{
    struct record request;
    int r;

    record_start(&request, kind);
    record_put_text(&request, FIELD_ROLE, wait->role);
    if (answer != NULL)
        record_put_secret(&request, FIELD_ANSWER, answer);
    if (kind == RECORD_LOGIN && wait->browser != 0)
        record_put_number(&request, FIELD_BROWSER, wait->browser);
    r = own_session_ask(wait->session, &request, reply, deadline);
    record_wipe(&request);
    if (r == VERB_OK && reply->kind != RECORD_GRANT)
        r = own_session_refused(wait->session, reply);
    return r;
}

/*
 * Asks so until there is an answer or no more time. `reply` holds the last one. An answer of the
 * person's is handed over once: what became of it is asked for after that.
 */
static int
ask_until_answered(struct wait *wait, enum record_kind kind, const struct secret *answer,
                   struct record *reply)
{
    for (;;) {
        deadline_t start = deadline_now(), limit = deadline_in(ANSWER_MS);
        int r, busy;

        if (limit > wait->deadline)
            limit = wait->deadline;
        if (kind == RECORD_GET)
            r = own_session_get(wait->session, wait->role, wait->export, reply, limit);
        else
            r = ask_by_hand(wait, kind, answer, reply, limit);
        busy = (answer != NULL || wait->browser == BROWSER_OPEN) &&
               record_number(reply, FIELD_CLASS) == -AWS_ROLE_ERR_BUSY;
        if (r == VERB_OK || reply->kind != RECORD_PENDING ||
            deadline_left(wait->deadline) < UNDER_WAY_MS ||
            (!busy && deadline_now() - start < UNDER_WAY_MS))
            return r;
        tell(wait);
        record_wipe(reply);
        if (busy) {
            (void)poll(NULL, 0, BUSY_MS);
        } else if (kind == RECORD_ANSWER) {
            kind = RECORD_LOGIN;
            answer = NULL;
        }
    }
}

int
wait_for_person(struct wait *wait, enum record_kind kind, const struct secret *answer,
                struct record *reply)
{
    int r = ask_until_answered(wait, kind, answer, reply);

    return reply->kind == RECORD_ASK ? VERB_OK : r;
}

int
wait_for_newer(struct wait *wait, struct record *grant)
{
    int r = ask_until_answered(wait, RECORD_REFRESH, NULL, grant);

    if (r != VERB_OK)
        return r;
    /* What a session of the endpoint is given of them is in the answer to this. */
    record_wipe(grant);
    return ask_until_answered(wait, RECORD_GET, NULL, grant);
}

int
wait_for_grant(struct wait *wait, struct record *grant)
{
    int r = ask_until_answered(wait, RECORD_GET, NULL, grant);

    if (r == VERB_OK || !wait->by_hand || grant->kind != RECORD_PENDING ||
        deadline_left(wait->deadline) < UNDER_WAY_MS)
        return r;
    record_wipe(grant);
    return wait_for_newer(wait, grant);
}
