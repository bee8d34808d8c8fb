/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/audit.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/error.h"
#include "common/log.h"

static const enum record_field granted[] = {
    FIELD_ROLE,       FIELD_ROLE_ARN,    FIELD_ARN,    FIELD_ACCESS_KEY_ID,
    FIELD_EXPIRES_AT, FIELD_VALID_UNTIL, FIELD_SOURCE,
};

/* What is known of every session. */
static void
start_record(const struct login *login, struct record *held)
{
    record_start(held, RECORD_HELD);
    record_put_text(held, FIELD_USER, login->person.name);
    record_put_number(held, FIELD_UID, login->person.uid);
    record_put_text(held, FIELD_LOGIN, login->login_name);
    record_put_text(held, FIELD_SERVICE, login->service);
    record_put_text(held, FIELD_TTY, login->tty);
    record_put_text(held, FIELD_RHOST, login->rhost);
}

/* The same of the session whose ledger this is. */
static void
start_held(const struct audit *audit, struct record *held)
{
    start_record(audit->login, held);
    if (audit->linger != 0)
        record_put_number(held, FIELD_LINGER, audit->linger);
}

static void
write_down(const struct audit *audit, size_t slot)
{
    int r;

    if (audit->ledger < 0)
        return;
    r = ledger_write(audit->ledger, slot, audit->held[slot]);
    if (r != 0)
        log_line(LOG_WARNING, "what a session holds cannot be written down for root", "user",
                 audit->login->person.name, "reason", error_text(r), NULL);
}

void
audit_start(struct audit *audit, const struct login *login, int ledger)
{
    memset(audit, 0, sizeof *audit);
    audit->login = login;
    audit->ledger = ledger;
    audit->held[0] = calloc(1, sizeof *audit->held[0]);
    if (audit->held[0] == NULL)
        return;
    start_held(audit, audit->held[0]);
    write_down(audit, 0);
}

/* The slot of a role, else a free one; LEDGER_SLOTS_MAX when there is neither. */
static size_t
find_slot(const struct audit *audit, const char *role)
{
    size_t free_slot = LEDGER_SLOTS_MAX;

    for (size_t slot = LEDGER_SLOTS_MAX; slot-- > 1;) {
        if (audit->held[slot] == NULL)
            free_slot = slot;
        else if (strcmp(record_text(audit->held[slot], FIELD_ROLE), role) == 0)
            return slot;
    }
    return free_slot;
}

static int
is_known(const struct record *held, const char *key)
{
    const char *known = held == NULL ? NULL : record_text(held, FIELD_ACCESS_KEY_ID);

    return known != NULL && strcmp(known, key) == 0;
}

void
audit_grant(struct audit *audit, const struct record *grant)
{
    const char *role = record_text(grant, FIELD_ROLE);
    const char *key = record_text(grant, FIELD_ACCESS_KEY_ID);
    size_t slot = find_slot(audit, role);
    struct record held;
    int known = slot < LEDGER_SLOTS_MAX && audit->held[slot] != NULL;
    int renewed = known && !audit->told[slot];

    if (key == NULL || (renewed && is_known(audit->held[slot], key)))
        return;
    start_held(audit, &held);
    for (size_t i = 0; i < sizeof granted / sizeof granted[0]; i++)
        record_put_from(&held, granted[i], grant);
    if (renewed)
        ledger_log(LOG_INFO, "role refreshed", &held, NULL, NULL, NULL);
    else
        ledger_log(LOG_INFO, "role granted", &held, NULL, NULL, NULL);
    if (slot < LEDGER_SLOTS_MAX && !known)
        audit->held[slot] = calloc(1, sizeof held);
    if (slot == LEDGER_SLOTS_MAX || audit->held[slot] == NULL) {
        record_wipe(&held);
        return;
    }
    record_wipe(audit->held[slot]);
    *audit->held[slot] = held; /* moved */
    audit->told[slot] = 0;
    write_down(audit, slot);
}

void
audit_pending(struct audit *audit, const char *role, const char *why)
{
    struct record held;

    if (audit->held[0] == NULL)
        return;
    start_held(audit, &held);
    record_put_text(&held, FIELD_ROLE, role);
    record_put_text(&held, FIELD_LAST_ERROR, why);
    record_wipe(audit->held[0]);
    *audit->held[0] = held; /* moved */
    write_down(audit, 0);
}

void
audit_withdraw(struct audit *audit, const char *role, const char *reason)
{
    for (size_t slot = 1; slot < LEDGER_SLOTS_MAX; slot++) {
        const struct record *held = audit->held[slot];

        if (held == NULL || audit->told[slot] ||
            (role != NULL && strcmp(record_text(held, FIELD_ROLE), role) != 0))
            continue;
        ledger_log(LOG_NOTICE, "role withdrawn", held, reason, NULL, NULL);
        audit->told[slot] = 1;
    }
}

void
audit_forget(struct audit *audit, const char *reason)
{
    for (size_t slot = 1; slot < LEDGER_SLOTS_MAX; slot++) {
        if (audit->held[slot] == NULL || audit->told[slot])
            continue;
        ledger_log(LOG_INFO, "role ended", audit->held[slot], reason, NULL, NULL);
        audit->told[slot] = 1;
    }
}

void
audit_linger(struct audit *audit, uint64_t seconds)
{
    audit->linger = seconds;
    for (size_t slot = 0; slot < LEDGER_SLOTS_MAX; slot++) {
        if (audit->held[slot] == NULL)
            continue;
        record_put_number(audit->held[slot], FIELD_LINGER, seconds);
        write_down(audit, slot);
    }
}

deadline_t
audit_valid_until(const struct audit *audit)
{
    deadline_t last = 0;

    for (size_t slot = 1; slot < LEDGER_SLOTS_MAX; slot++)
        if (audit->held[slot] != NULL && !audit->told[slot] &&
            record_number(audit->held[slot], FIELD_VALID_UNTIL) > last)
            last = record_number(audit->held[slot], FIELD_VALID_UNTIL);
    return last;
}

void
audit_end(struct audit *audit, const char *reason)
{
    audit_forget(audit, reason);
    for (size_t slot = 0; slot < LEDGER_SLOTS_MAX; slot++) {
        record_wipe(audit->held[slot]);
        free(audit->held[slot]);
        audit->held[slot] = NULL;
    }
}

static const char *
null_if_empty(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void
audit_refusal(const struct login *login, const char *role, const struct failure *failure)
{
    struct record held;

    start_record(login, &held);
    record_put_text(&held, FIELD_ROLE, role);
    ledger_log(LOG_WARNING, "no credentials", &held, failure->text, null_if_empty(failure->code),
               null_if_empty(failure->request_id));
    record_wipe(&held);
}
