/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_STATUS_H
#define AWS_ROLE_CLI_STATUS_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/terminal.h"
#include "cli/verb.h"
#include "common/deadline.h"
#include "common/protocol.h"

/* aws-role status: what this session holds. */

#define STATUS_TIME_MAX 32
#define STATUS_PROMPT_MAX (RECORD_ROLE_NAME_MAX + 32)

/* A STATE record for people; the texts lie in the record, NULL for what is not known. */
struct status {
    const char *user;
    const char *role;
    const char *role_arn;
    const char *source;
    const char *last_error;
    char account[13];                 /* "" when not known */
    char expires_at[STATUS_TIME_MAX]; /* ISO 8601, UTC; "" when nothing ends */
    int64_t seconds_left;             /* when something does */
    int holds;                        /* 1: there are credentials */
    int shell_is_off;                 /* 1: whoever asks has none of it, by `aws-role off` */
};

/* Reads a STATE; what the shell has is not in it. AWS_ROLE_ERR_PROTOCOL: it is another record. */
int status_read(struct status *status, const struct record *state);

/* `seconds` as people say it: "45 s", "52 min", "11 h 20 min". */
void status_time_left(int64_t seconds, char *text, size_t size);

void status_print(const struct status *status, const struct terminal *terminal);

/* What a prompt shows, "developer 42m": 1; 0: nothing. `text` has STATUS_PROMPT_MAX bytes. */
int status_prompt(const struct status *status, char *text, size_t size);

/* One line of JSON, ASCII only. AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_SYSTEM (it was not written). */
int status_print_json(const struct status *status, FILE *out);

/*
 * A string for JSON, null for NULL and "". Of a text that is not UTF-8 every byte above ASCII is
 * written \xHH. NULL: out of memory.
 */
json_t *status_json_text(const char *text);

/* The verb. Exits 0 when there are credentials, 1 when there are none, 3 without an agent. */
int status_run(const struct installed *installed, int argc, char **argv);

#endif
