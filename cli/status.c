/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/status.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/own_session.h"
#include "cli/status_all.h"
#include "cli/usage.h"
#include "cli/variables.h"
#include "common/credentials.h"
#include "common/error.h"
#include "common/role_name.h"

/* The agent answers within a second; the rest is for a busy machine that has to start it. */
#define ANSWER_MS 5000
#define PROMPT_MS 300 /* a prompt does not wait: what is not known by then is not shown */

static const char usage[] =
    "usage: aws-role status [--all] [--json]\n"
    "       aws-role status --prompt\n"
    "\n"
    "Shows the role of this shell, how long the session's credentials for it are good, where\n"
    "they came from and what went wrong last. Where there are none, or newer ones are due, the\n"
    "session is asked for them.\n"
    "\n"
    "  --all     every session of this host, a line for each role that it holds; for root.\n"
    "            Nobody is asked for anything\n"
    "  --json    one line of JSON: user, role, role_arn, account, expires_at (UTC),\n"
    "            seconds_left, source, last_error, null for what is not known; off, true where\n"
    "            this shell is off; with --all an array of such objects\n"
    "  --prompt  the role and how long it is good for, for a prompt: quick, and nothing at all\n"
    "            and exit status 1 without credentials\n"
    "  --help    this text\n"
    "\n"
    "Exit status: 0 there are credentials, 1 there are none, 2 wrong usage, 3 no session of\n"
    "yours on this host holds a role.\n";

static void
read_expiry(struct status *status, const struct record *state)
{
    struct credentials credentials = {0};
    deadline_t now = deadline_now();
    struct tm utc;
    time_t end;

    credentials.expires_at = (int64_t)record_number(state, FIELD_EXPIRES_AT);
    credentials.valid_until = record_number(state, FIELD_VALID_UNTIL);
    status->holds = record_has(state, FIELD_VALID_UNTIL) && credentials.valid_until > now;
    if (!status->holds || credentials.valid_until == UINT64_MAX || credentials.expires_at == 0)
        return;
    status->seconds_left = (int64_t)((credentials.valid_until - now) / 1000);
    end = (time_t)credentials_expiry_here(&credentials);
    if (gmtime_r(&end, &utc) == NULL ||
        strftime(status->expires_at, sizeof status->expires_at, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        status->expires_at[0] = '\0';
}

int
status_read(struct status *status, const struct record *state)
{
    const char *arn = record_text(state, FIELD_ARN);

    memset(status, 0, sizeof *status);
    if (state->kind != RECORD_STATE)
        return AWS_ROLE_ERR_PROTOCOL;
    status->user = record_text(state, FIELD_USER);
    status->role = record_text(state, FIELD_ROLE);
    status->role_arn = record_text(state, FIELD_ROLE_ARN);
    status->source = record_text(state, FIELD_SOURCE);
    status->last_error = record_text(state, FIELD_LAST_ERROR);
    if (arn != NULL)
        credentials_account(arn, status->account);
    if (status->account[0] == '\0' && status->role_arn != NULL)
        credentials_account(status->role_arn, status->account);
    read_expiry(status, state);
    return 0;
}

void
status_time_left(int64_t seconds, char *text, size_t size)
{
    if (seconds < 60)
        snprintf(text, size, "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        snprintf(text, size, "%" PRId64 " min", seconds / 60);
    else
        snprintf(text, size, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds / 60 % 60);
}

static const char *
or_unknown(const char *text)
{
    return text == NULL || text[0] == '\0' ? "not known" : text;
}

void
status_print(const struct status *status, const struct terminal *terminal)
{
    char left[64 + STATUS_TIME_MAX], time[48];

    if (!status->holds) {
        snprintf(left, sizeof left, "none, there are no credentials");
    } else if (status->expires_at[0] == '\0') {
        snprintf(left, sizeof left, "no end");
    } else {
        status_time_left(status->seconds_left, time, sizeof time);
        snprintf(left, sizeof left, "%s (until %s)", time, status->expires_at);
    }
    terminal_row(terminal, "user", TERMINAL_PLAIN, or_unknown(status->user));
    terminal_row(terminal, "role", TERMINAL_BOLD, or_unknown(status->role));
    if (status->shell_is_off)
        terminal_row(terminal, "this shell", TERMINAL_BAD,
                     "off: aws-role refresh, login, or switch ROLE gives it a role again");
    terminal_row(terminal, "account", TERMINAL_PLAIN, or_unknown(status->account));
    terminal_row(terminal, "time left", status->holds ? TERMINAL_GOOD : TERMINAL_BAD, left);
    terminal_row(terminal, "source", TERMINAL_PLAIN, or_unknown(status->source));
    terminal_row(terminal, "last error",
                 status->last_error == NULL ? TERMINAL_PLAIN : TERMINAL_BAD,
                 status->last_error == NULL ? "none" : status->last_error);
}

/* JSON is UTF-8: of a text that is not, every byte above ASCII is shown as \xHH. */
static json_t *
json_escaped(const char *text)
{
    char escaped[4 * CREDENTIALS_ARN_MAX + 1];
    size_t used = 0;

    while (*text != '\0' && used + 4 < sizeof escaped) {
        unsigned char byte = (unsigned char)*text++;

        if (byte < 0x80)
            escaped[used++] = (char)byte;
        else
            used += (size_t)snprintf(escaped + used, sizeof escaped - used, "\\x%02X", byte);
    }
    return json_stringn(escaped, used);
}

json_t *
status_json_text(const char *text)
{
    json_t *string;

    if (text == NULL || text[0] == '\0')
        return json_null();
    string = json_string(text);
    return string != NULL ? string : json_escaped(text);
}

int
status_print_json(const struct status *status, FILE *out)
{
    json_t *object = json_object();
    int ends = status->holds && status->expires_at[0] != '\0', r = AWS_ROLE_ERR_MEMORY;

    if (object == NULL ||
        json_object_set_new(object, "user", status_json_text(status->user)) != 0 ||
        json_object_set_new(object, "role", status_json_text(status->role)) != 0 ||
        json_object_set_new(object, "role_arn", status_json_text(status->role_arn)) != 0 ||
        json_object_set_new(object, "account", status_json_text(status->account)) != 0 ||
        json_object_set_new(object, "expires_at",
                            status_json_text(ends ? status->expires_at : NULL)) != 0 ||
        json_object_set_new(object, "seconds_left",
                            ends ? json_integer(status->seconds_left) : json_null()) != 0 ||
        json_object_set_new(object, "source", status_json_text(status->source)) != 0 ||
        json_object_set_new(object, "last_error", status_json_text(status->last_error)) != 0 ||
        json_object_set_new(object, "off", json_boolean(status->shell_is_off)) != 0)
        goto out;
    r = AWS_ROLE_ERR_SYSTEM;
    if (json_dumpf(object, out, JSON_ENSURE_ASCII) == 0 && fputc('\n', out) != EOF)
        r = 0;
out:
    json_decref(object);
    return r;
}

static int
ask_agent(struct own_session *session, struct record *state, deadline_t deadline)
{
    struct record request;
    int r;

    record_start(&request, RECORD_STATUS);
    record_put_text(&request, FIELD_ROLE, own_session_role(NULL));
    r = own_session_ask(session, &request, state, deadline);
    record_wipe(&request);
    return r;
}

static int
show(struct own_session *session, const struct record *answer, int json)
{
    struct terminal terminal;
    struct status status;
    int r = status_read(&status, answer);

    if (r != 0)
        return own_session_tell(session, "status", own_session_fail(session, r));
    status.shell_is_off = variables_are_off();
    terminal_open(&terminal, stdout);
    if (json)
        r = status_print_json(&status, stdout);
    else
        status_print(&status, &terminal);
    if (r != 0)
        return own_session_tell(session, "status", own_session_fail(session, r));
    return status.holds ? VERB_OK : VERB_FAILED;
}

int
status_prompt(const struct status *status, char *text, size_t size)
{
    int64_t left = status->seconds_left;

    if (!status->holds || !role_name_is_good(status->role))
        return 0;
    if (status->expires_at[0] == '\0')
        snprintf(text, size, "%s", status->role);
    else if (left < 60)
        snprintf(text, size, "%s %" PRId64 "s", status->role, left);
    else if (left < 3600)
        snprintf(text, size, "%s %" PRId64 "m", status->role, left / 60);
    else
        snprintf(text, size, "%s %" PRId64 "h%" PRId64 "m", status->role, left / 3600,
                 left / 60 % 60);
    return 1;
}

/* Without a word where there is nothing to show: it is there for every prompt. */
static int
show_prompt(struct own_session *session)
{
    char text[STATUS_PROMPT_MAX];
    struct record answer;
    struct status status;
    int shown;

    if (variables_are_off())
        return VERB_FAILED; /* whatever the session holds */
    session->in_hurry = 1;
    shown = ask_agent(session, &answer, deadline_in(PROMPT_MS)) == VERB_OK &&
            status_read(&status, &answer) == 0 && status_prompt(&status, text, sizeof text);
    if (shown)
        puts(text);
    record_wipe(&answer);
    return shown ? VERB_OK : VERB_FAILED;
}

int
status_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {
        {"all", no_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        {"prompt", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    struct own_session session;
    struct record answer;
    int option, all = 0, json = 0, prompt = 0, r;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return VERB_OK;
        }
        if (option == '?')
            return usage_refuse("status", usage, NULL, NULL);
        json |= option == 'j';
        all |= option == 'a';
        prompt |= option == 'p';
    }
    if (optind != argc)
        return usage_refuse("status", usage, "takes no argument", argv[optind]);
    if (prompt && (all || json))
        return usage_refuse("status", usage, "takes no other option beside it", "--prompt");
    if (all)
        return status_all_run(installed, json);
    own_session_open(&session, installed);
    if (prompt)
        return show_prompt(&session);
    r = ask_agent(&session, &answer, deadline_in(ANSWER_MS));
    r = r == VERB_OK ? show(&session, &answer, json) : own_session_tell(&session, "status", r);
    record_wipe(&answer);
    return r;
}
