/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/status_all.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/sessions.h"
#include "cli/status.h"
#include "cli/terminal.h"
#include "common/credentials.h"
#include "common/error.h"

#define PREFIX "aws-role status: "
#define CELL_MAX 512

/* Wide enough for what is usual; what is longer moves the rest of its line. */
static const struct {
    const char *title;
    int width;
} columns[] = {
    {"USER", 12},    {"ROLE", 16}, {"ACCOUNT", 12}, {"TIME LEFT", 12}, {"KEY", 20},
    {"SERVICE", 10}, {"FROM", 16}, {"LOGIN", 12},   {"SESSION", 8},    {"BROKER", 0},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

struct listing {
    struct terminal out;
    json_t *array; /* NULL: lines for people */
    size_t sessions;
    int failed;
};

static void
print_cells(const struct terminal *out, enum terminal_colour colour, const char *const *cells)
{
    char line[COLUMNS * CELL_MAX] = "", escaped[CELL_MAX];
    size_t used = 0;

    for (size_t i = 0; i < COLUMNS; i++) {
        int pad;

        terminal_escape(cells[i][0] == '\0' ? "-" : cells[i], escaped, sizeof escaped);
        pad = columns[i].width - terminal_width(escaped);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%*s", escaped,
                                 i + 1 == COLUMNS ? 0 : (pad < 0 ? 0 : pad) + 2, "");
    }
    terminal_line(out, colour, "%s", line);
}

static const char *
text_of(const struct record *held, enum record_field field)
{
    const char *text = held == NULL ? NULL : record_text(held, field);

    return text == NULL ? "" : text;
}

/* Seconds until the credentials end; -1: it has none, or they have ended. */
static int64_t
seconds_left(const struct record *held)
{
    deadline_t end = held == NULL ? 0 : record_number(held, FIELD_VALID_UNTIL);
    deadline_t now = deadline_now();

    return end > now ? (int64_t)((end - now) / 1000) : -1;
}

/* The session was closed, and its broker goes on for a while. */
static int
lingers(const struct record *held)
{
    return held != NULL && record_has(held, FIELD_LINGER);
}

static void
print_session(const struct listing *listing, const struct sessions_entry *entry)
{
    const struct record *held = entry->held;
    char account[13] = "", left[32] = "none yet", broker[16], uid[16];
    const char *user = text_of(held, FIELD_USER);

    if (text_of(held, FIELD_ACCESS_KEY_ID)[0] != '\0')
        snprintf(left, sizeof left, "ended");
    if (seconds_left(held) >= 0)
        status_time_left(seconds_left(held), left, sizeof left);
    if (text_of(held, FIELD_ARN)[0] != '\0')
        credentials_account(text_of(held, FIELD_ARN), account);
    snprintf(broker, sizeof broker, "%ld", (long)entry->broker);
    snprintf(uid, sizeof uid, "%lu", (unsigned long)entry->uid);
    print_cells(&listing->out, TERMINAL_PLAIN,
                (const char *const[COLUMNS]){user[0] == '\0' ? uid : user,
                                             text_of(held, FIELD_ROLE), account, left,
                                             text_of(held, FIELD_ACCESS_KEY_ID),
                                             text_of(held, FIELD_SERVICE),
                                             text_of(held, FIELD_RHOST),
                                             text_of(held, FIELD_LOGIN),
                                             lingers(held) ? "lingers" : "open", broker});
}

static const struct {
    const char *name;
    enum record_field field;
} members[] = {
    {"user", FIELD_USER},         {"login", FIELD_LOGIN}, {"service", FIELD_SERVICE},
    {"tty", FIELD_TTY},           {"rhost", FIELD_RHOST}, {"role", FIELD_ROLE},
    {"role_arn", FIELD_ROLE_ARN}, {"arn", FIELD_ARN},     {"access_key_id", FIELD_ACCESS_KEY_ID},
    {"source", FIELD_SOURCE},     {"last_error", FIELD_LAST_ERROR},
};

static json_t *
expiry(const struct record *held)
{
    time_t end = held == NULL ? 0 : (time_t)record_number(held, FIELD_EXPIRES_AT);
    char text[32];
    struct tm utc;

    if (end == 0 || gmtime_r(&end, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return json_null();
    return json_string(text);
}

static int
add_session(const struct listing *listing, const struct sessions_entry *entry)
{
    int64_t left = seconds_left(entry->held);
    json_t *object = json_object();
    int r = 0;

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        r |= json_object_set_new(object, members[i].name,
                                 status_json_text(text_of(entry->held, members[i].field)));
    r |= json_object_set_new(object, "uid", json_integer(entry->uid));
    r |= json_object_set_new(object, "expires_at", expiry(entry->held));
    r |= json_object_set_new(object, "seconds_left", left < 0 ? json_null() : json_integer(left));
    r |= json_object_set_new(object, "lingers", json_boolean(lingers(entry->held)));
    r |= json_object_set_new(object, "broker_pid", json_integer(entry->broker));
    return r == 0 ? json_array_append_new(listing->array, object) : (json_decref(object), -1);
}

static void
print_titles(const struct terminal *out)
{
    const char *titles[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        titles[i] = columns[i].title;
    print_cells(out, TERMINAL_BOLD, titles);
}

static void
show(void *context, const struct sessions_entry *entry)
{
    struct listing *listing = context;

    if (!entry->is_alive)
        return;
    if (listing->array == NULL && listing->sessions == 0)
        print_titles(&listing->out);
    listing->sessions++;
    if (listing->array == NULL)
        print_session(listing, entry);
    else if (add_session(listing, entry) != 0)
        listing->failed = 1;
}

int
status_all_run(const struct installed *installed, int json)
{
    struct listing listing = {.array = json ? json_array() : NULL};
    struct terminal errors;
    int r;

    terminal_open(&listing.out, stdout);
    terminal_open(&errors, stderr);
    if (geteuid() != 0) {
        terminal_line(&errors, TERMINAL_PLAIN, PREFIX "--all is for root: everybody's sessions");
        return VERB_FAILED;
    }
    r = sessions_each(installed->rundir, show, &listing);
    if (r == AWS_ROLE_ERR_NOT_FOUND) /* nobody has logged in since the host started */
        r = 0;
    if (!json && r == 0 && listing.sessions == 0)
        terminal_line(&errors, TERMINAL_PLAIN,
                      PREFIX "nobody on this host has a session with a role");
    if (json && (listing.array == NULL || listing.failed))
        r = AWS_ROLE_ERR_MEMORY;
    else if (json && (json_dumpf(listing.array, stdout, JSON_ENSURE_ASCII) != 0 ||
                      fputc('\n', stdout) == EOF))
        r = AWS_ROLE_ERR_SYSTEM;
    json_decref(listing.array);
    if (r != 0)
        terminal_line(&errors, TERMINAL_PLAIN, PREFIX "the sessions below %s cannot be read: %s",
                      installed->rundir,
                      r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r));
    return r == 0 ? VERB_OK : VERB_FAILED;
}
