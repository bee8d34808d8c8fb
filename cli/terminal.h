/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_TERMINAL_H
#define AWS_ROLE_CLI_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/*
 * Text for people. What it says comes from configuration, from AWS and from other programs, so all
 * of it is escaped: a control character never reaches a terminal. Colour and columns are for a
 * terminal alone. The locale says what is printable: main calls setlocale(3).
 */

enum terminal_colour { TERMINAL_PLAIN, TERMINAL_BOLD, TERMINAL_GOOD, TERMINAL_BAD, TERMINAL_DIM };

struct terminal {
    FILE *out;
    int columns; /* 1: pad to columns */
    int colour;  /* 1: colours */
};

/* Looks whether `out` is a terminal; NO_COLOR (no-color.org) and TERM=dumb mean no colour. */
void terminal_open(struct terminal *terminal, FILE *out);

/* 1 when a terminal may be coloured: neither NO_COLOR nor a TERM that has none is set. */
int terminal_has_colours(void);

/*
 * 1 when a terminal of this TERM takes hyperlinks (OSC 8), or does not show what it does not know.
 */
int terminal_has_links(void);

/*
 * Copies `text`, with \xHH for each byte of what is not printable: control characters, bytes that
 * are no character of the locale, and those that turn the direction of writing. What does not fit
 * into `size` bytes is cut between two characters.
 */
void terminal_escape(const char *text, char *escaped, size_t size);

/* How many columns an escaped text takes (wcwidth(3)). */
int terminal_width(const char *escaped);

/* Writes one line, escaped. `format` is printf(3)'s. */
void terminal_line(const struct terminal *terminal, enum terminal_colour colour,
                   const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Writes a name and its value, the value in `colour`: on a terminal the values begin in the same
 * column, elsewhere it is `name: value`.
 */
void terminal_row(const struct terminal *terminal, const char *name, enum terminal_colour colour,
                  const char *value);

#endif
