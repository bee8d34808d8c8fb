/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_SYNTAX_H
#define AWS_ROLE_POLICY_SYNTAX_H

#include <stddef.h>

#include "policy/problem.h"

/*
 * The syntax of aws-role.conf(5), strictly, in time linear in the size:
 *
 *   [kind]         a section; `[kind name]`: the name is all after the first blank, case and all
 *   key = value    blanks around both are dropped; an empty value is a value
 *   # text         a comment, as is `; text`, and what follows a blank and `#` or `;` on the lines
 *                  above (not in the value of `policy`)
 *
 * A line ends in LF or CRLF and does not go on in the next one; one that starts with a blank and
 * holds more than blanks is an error. The file is UTF-8 without byte order mark, NUL or control
 * characters other than the tab; a line has at most SYNTAX_LINE_MAX bytes.
 *
 * Which kinds and keys there are, and what may be there twice, is policy/config's.
 */
#define SYNTAX_LINE_MAX 65536

/*
 * Called in the order of the file. The strings lie in the content that is parsed. `name` is "" for
 * a section without one. A negative return ends the parse and is its result.
 */
struct syntax_handler {
    int (*section)(void *context, const char *kind, const char *name, unsigned int line);
    int (*entry)(void *context, const char *key, const char *value, unsigned int line);
    void *context;
};

/*
 * Parses `content`, `size` bytes and a NUL behind them, which it cuts into strings in place. Each
 * error is added to `problems` under the name `file`, and the parse goes on behind it: entries
 * below a section header that is wrong are checked and not reported. AWS_ROLE_ERR_SYNTAX when
 * there was an error; what a handler returned.
 */
int syntax_parse(const char *file, char *content, size_t size,
                 const struct syntax_handler *handler, struct problems *problems);

#endif
