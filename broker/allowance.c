/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/allowance.h"

#define QUESTIONS_MAX 16
#define QUESTION_MS 1000
#define REFRESH_MS 5000

void
allowance_start(struct allowance *allowance)
{
    *allowance = (struct allowance){.questions = QUESTIONS_MAX, .filled = deadline_now()};
}

int
allowance_take(struct allowance *allowance)
{
    uint64_t grown = (deadline_now() - allowance->filled) / QUESTION_MS;

    allowance->filled += grown * QUESTION_MS;
    if (grown > QUESTIONS_MAX - allowance->questions)
        grown = QUESTIONS_MAX - allowance->questions;
    allowance->questions += (unsigned int)grown;
    if (allowance->questions == 0)
        return 0;
    allowance->questions--;
    return 1;
}

int
allowance_refresh(struct allowance *allowance)
{
    deadline_t now = deadline_now();

    if (allowance->refreshed != 0 && now - allowance->refreshed < REFRESH_MS)
        return 0;
    allowance->refreshed = now;
    return 1;
}
