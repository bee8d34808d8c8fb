/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_PROBLEM_H
#define AWS_ROLE_POLICY_PROBLEM_H

#include <stdarg.h>
#include <stddef.h>

/*
 * What is wrong with a configuration, for people: `file:line: what: mend`. The texts are one line
 * each, with every control character written \xHH, so they may go to a terminal as they are.
 */
struct problem {
    char *file;
    unsigned int line; /* from 1; 0: the file as a whole, print `file: what: mend` */
    char *what;
    char *mend; /* how to mend it, never NULL */
};

#define PROBLEMS_MAX 100

/* Initialise with zeroes; problems_free ends it. */
struct problems {
    struct problem list[PROBLEMS_MAX];
    size_t count;    /* how many `list` holds */
    size_t unlisted; /* how many more there are */
};

/*
 * Adds a problem. `format` is printf(3)'s and makes both texts: what is wrong, a newline, how to
 * mend it. Out of memory, and past PROBLEMS_MAX, it is counted as unlisted: a configuration with a
 * problem never looks like one without.
 */
void problem_add(struct problems *problems, const char *file, unsigned int line,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same with its arguments as a list. */
void problem_add_list(struct problems *problems, const char *file, unsigned int line,
                      const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

/* How many problems there are, listed or not. */
size_t problems_count(const struct problems *problems);

/* Frees the texts; the list is empty afterwards. */
void problems_free(struct problems *problems);

#endif
