/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 2048 /* of both texts together; more is cut */

/* How many bytes at `text` are a control character: ASCII's, or one of U+0080 to U+009F. */
static size_t
control_length(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    if (byte[0] < 0x20 || byte[0] == 0x7f)
        return 1;
    return byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] <= 0x9f ? 2 : 0;
}

/* A copy of `text` that a terminal shows and does not obey; NULL when memory is out. */
static char *
copy_escaped(const char *text)
{
    size_t length = strlen(text), used = 0;
    char *copy = malloc(4 * length + 1);

    if (copy == NULL)
        return NULL;
    while (*text != '\0') {
        size_t control = control_length(text);

        if (control == 0)
            copy[used++] = *text++;
        for (; control > 0; control--)
            used += (size_t)snprintf(copy + used, 5, "\\x%02X", (unsigned char)*text++);
    }
    copy[used] = '\0';
    return copy;
}

static void
free_texts(struct problem *problem)
{
    free(problem->file);
    free(problem->what);
    free(problem->mend);
    memset(problem, 0, sizeof *problem);
}

void
problem_add(struct problems *problems, const char *file, unsigned int line, const char *format,
            ...)
{
    va_list arguments;

    va_start(arguments, format);
    problem_add_list(problems, file, line, format, arguments);
    va_end(arguments);
}

void
problem_add_list(struct problems *problems, const char *file, unsigned int line,
                 const char *format, va_list arguments)
{
    struct problem *problem;
    char text[TEXT_MAX], *mend;

    if (problems->count == PROBLEMS_MAX) {
        problems->unlisted++;
        return;
    }
    problem = &problems->list[problems->count];
    vsnprintf(text, sizeof text, format, arguments);
    mend = strchr(text, '\n');
    if (mend != NULL)
        *mend++ = '\0';
    problem->line = line;
    problem->file = copy_escaped(file);
    problem->what = copy_escaped(text);
    problem->mend = copy_escaped(mend == NULL ? "see aws-role.conf(5)" : mend);
    if (problem->file == NULL || problem->what == NULL || problem->mend == NULL) {
        free_texts(problem);
        problems->unlisted++;
        return;
    }
    problems->count++;
}

size_t
problems_count(const struct problems *problems)
{
    return problems->count + problems->unlisted;
}

void
problems_free(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free_texts(&problems->list[i]);
    problems->count = 0;
    problems->unlisted = 0;
}
