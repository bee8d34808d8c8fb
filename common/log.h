/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_LOG_H
#define AWS_ROLE_COMMON_LOG_H

#include <stdarg.h>
#include <stddef.h>

#define LOG_LINE_MAX 2048
#define LOG_VALUE_MAX 512

/*
 * Lines for the authentication log: a sentence, then key=value for each pair. A value is quoted
 * where it holds a blank, a quote or `=`; every byte that is not printable ASCII, every quote and
 * backslash is written \xHH, so nobody's name can forge a line or a key. A value longer than
 * LOG_VALUE_MAX is cut and ends in "...". NULL values and their keys are left out.
 */

/*
 * Formats into `line` (`size` bytes, at most LOG_LINE_MAX used): the pairs are `const char *key,
 * const char *value`, ended by a NULL key.
 */
void log_format(char *line, size_t size, const char *sentence, va_list pairs);

/* Names the program in what log_line writes; `program` is kept, not copied. */
void log_open(const char *program);

/*
 * Formats as log_format does and hands the line to the log at /dev/log, facility LOG_AUTHPRIV, with
 * `priority` (LOG_INFO …, syslog(3)). Never waits, as syslog(3) does when nobody reads: a line that
 * the log has no room for is lost.
 */
void log_line(int priority, const char *sentence, ...) __attribute__((sentinel));

/* The same for a line that is formatted, without a descriptor that stays open. */
void log_write(const char *program, int priority, const char *text);

/* Closes the log's descriptor; the next line opens it again. */
void log_close(void);

#endif
