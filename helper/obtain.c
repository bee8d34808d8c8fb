/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/obtain.h"

#include <string.h>

#include "common/error.h"
#include "helper/steps/steps.h"

static int
take_obtain(struct obtain *obtain, const struct record *record, size_t *expected)
{
    uint64_t steps = record_number(record, FIELD_STEPS);

    if (record->kind != RECORD_OBTAIN || steps == 0 || steps > RECORD_STEPS_MAX ||
        record_number(record, FIELD_PORT) > UINT16_MAX)
        return AWS_ROLE_ERR_PROTOCOL;
    obtain->give_up = record_number(record, FIELD_GIVE_UP);
    obtain->clock_offset = (int64_t)record_number(record, FIELD_CLOCK_OFFSET);
    obtain->person = record_has(record, FIELD_PERSON);
    obtain->port = (unsigned int)record_number(record, FIELD_PORT);
    *expected = (size_t)steps;
    return 0;
}

/* Takes one record after OBTAIN; a STEP's is moved. */
static int
take(struct obtain *obtain, struct record *record, size_t expected)
{
    struct obtain_step *last = obtain->count == 0 ? NULL : &obtain->steps[obtain->count - 1];

    switch (record->kind) {
    case RECORD_FROM:
        if (last != NULL || obtain->from.access_key_id[0] != '\0')
            return AWS_ROLE_ERR_PROTOCOL;
        obtain->base = (enum step_kind)record_number(record, FIELD_STEP);
        return record_get_credentials(record, &obtain->from);
    case RECORD_STEP:
        if (obtain->count == expected)
            return AWS_ROLE_ERR_PROTOCOL;
        obtain->steps[obtain->count++].step = *record;
        *record = (struct record){.kind = RECORD_STEP};
        return 0;
    case RECORD_KEPT:
        if (last == NULL || last->kept.size > 0)
            return AWS_ROLE_ERR_PROTOCOL;
        return record_get_secret(record, FIELD_KEPT, &last->kept);
    case RECORD_BEGUN:
        if (last == NULL || last->begun.size > 0)
            return AWS_ROLE_ERR_PROTOCOL;
        return record_get_secret(record, FIELD_BEGUN, &last->begun);
    case RECORD_ANSWER:
        if (last == NULL || last->answer.size > 0)
            return AWS_ROLE_ERR_PROTOCOL;
        return record_get_secret(record, FIELD_ANSWER, &last->answer);
    default:
        return AWS_ROLE_ERR_PROTOCOL;
    }
}

/* 1 when nothing more can follow. */
static int
is_complete(const struct obtain *obtain, size_t expected)
{
    const struct step *last;

    if (obtain->count < expected)
        return 0;
    last = steps_find(record_number(&obtain->steps[expected - 1].step, FIELD_STEP));
    return last == NULL || !last->person;
}

int
obtain_receive(int fd, deadline_t until, struct obtain *obtain)
{
    struct record record;
    size_t expected = 0;
    int r;

    if ((r = record_receive(fd, &record, until)) != 0)
        return r;
    r = take_obtain(obtain, &record, &expected);
    record_wipe(&record);
    while (r == 0 && !is_complete(obtain, expected)) {
        r = record_receive(fd, &record, until);
        if (r == AWS_ROLE_ERR_PEER_GONE && obtain->count == expected)
            return 0;
        if (r == 0)
            r = take(obtain, &record, expected);
        record_wipe(&record);
    }
    return r;
}

size_t
obtain_files(const struct obtain *obtain, const char **files)
{
    static const enum record_field fields[] = {FIELD_CREDENTIALS_FILE, FIELD_CA_BUNDLE};
    size_t count = 0;

    for (size_t i = 0; i < obtain->count; i++)
        for (size_t j = 0; j < sizeof fields / sizeof fields[0]; j++) {
            const char *path = record_text(&obtain->steps[i].step, fields[j]);

            if (path != NULL)
                files[count++] = path;
        }
    return count;
}

void
obtain_wipe(struct obtain *obtain)
{
    credentials_wipe(&obtain->from);
    for (size_t i = 0; i < obtain->count; i++) {
        record_wipe(&obtain->steps[i].step);
        secret_wipe(&obtain->steps[i].kept);
        secret_wipe(&obtain->steps[i].begun);
        secret_wipe(&obtain->steps[i].answer);
    }
    explicit_bzero(obtain, sizeof *obtain);
}
