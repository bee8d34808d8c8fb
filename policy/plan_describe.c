/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line being written; what does not fit is cut. */
struct line {
    char *text;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void
add(struct line *line, const char *format, ...)
{
    va_list arguments;
    int added;

    if (line->length >= line->size)
        return;
    va_start(arguments, format);
    added = vsnprintf(line->text + line->length, line->size - line->length, format, arguments);
    va_end(arguments);
    line->length += added > 0 ? (size_t)added : 0;
}

static void
add_text(struct line *line, const char *before, const struct record *step,
         enum record_field field)
{
    const char *text = record_text(step, field);

    if (text != NULL)
        add(line, "%s%s", before, text);
}

static void
add_tags(struct line *line, const struct record *step)
{
    const char *key = NULL, *value;

    while ((key = record_next_string(step, FIELD_TAGS, key)) != NULL) {
        value = record_next_string(step, FIELD_TAGS, key);
        if (value == NULL)
            break;
        add(line, ", tag %s=%s", key, value);
        key = value;
    }
}

static void
add_service(struct line *line, const struct record *step)
{
    add_text(line, " in ", step, FIELD_REGION);
    add_text(line, " at ", step, FIELD_STS_ENDPOINT);
    add_text(line, " through ", step, FIELD_HTTPS_PROXY);
}

static void
add_assume_role(struct line *line, const struct record *step)
{
    add_text(line, "assume ", step, FIELD_ROLE_ARN);
    add_text(line, " as ", step, FIELD_ROLE_SESSION_NAME);
    if (record_has(step, FIELD_DURATION_SECONDS))
        add(line, " for %" PRIu64 " s", record_number(step, FIELD_DURATION_SECONDS));
    add_service(line, step);
    add_text(line, ", source identity ", step, FIELD_SOURCE_IDENTITY);
    add_text(line, ", external id ", step, FIELD_EXTERNAL_ID);
    add_tags(line, step);
    if (record_has(step, FIELD_POLICY) || record_has(step, FIELD_POLICY_ARNS))
        add(line, ", with a session policy");
}

void
plan_describe_step(const struct record *step, char *line, size_t size)
{
    struct line description = {line, size, 0};

    if (size == 0)
        return;
    line[0] = '\0';
    switch (record_number(step, FIELD_STEP)) {
    case STEP_STATIC_KEYS:
        add_text(&description, "keys of profile ", step, FIELD_PROFILE);
        add_text(&description, " in ", step, FIELD_CREDENTIALS_FILE);
        break;
    case STEP_INSTANCE_METADATA:
        add(&description, "instance metadata (IMDSv2)");
        break;
    case STEP_ASSUME_ROLE:
        add_assume_role(&description, step);
        break;
    case STEP_SESSION_TOKEN:
        add_text(&description, "a code of MFA device ", step, FIELD_MFA_SERIAL);
        add(&description, ", once in %" PRIu64 " s", record_number(step, FIELD_DURATION_SECONDS));
        add_service(&description, step);
        break;
    case STEP_CONSOLE_SIGN_IN:
        add_text(&description, "console sign-in as ", step, FIELD_LOGIN_SESSION);
        add_service(&description, step);
        break;
    default:
        add(&description, "an unknown step");
        break;
    }
}
