/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/log.h"

#include <string.h>
#include <syslog.h>

struct line {
    char *text;
    size_t size, used; /* `size` leaves room for the NUL */
};

static void
append(struct line *line, const char *text, size_t size)
{
    if (size > line->size - line->used)
        size = line->size - line->used;
    memcpy(line->text + line->used, text, size);
    line->used += size;
}

static int
is_plain(unsigned char c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void
append_escaped(struct line *line, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t length = strnlen(value, LOG_VALUE_MAX + 1);

    for (size_t i = 0; i < length && i < LOG_VALUE_MAX; i++) {
        unsigned char c = (unsigned char)value[i];
        const char escape[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};

        if (is_plain(c) || c == ' ')
            append(line, value + i, 1);
        else
            append(line, escape, sizeof escape);
    }
    if (length > LOG_VALUE_MAX)
        append(line, "...", 3);
}

static void
append_value(struct line *line, const char *value)
{
    int quoted = value[0] == '\0';

    for (const char *c = value; *c != '\0' && !quoted; c++)
        quoted = !is_plain((unsigned char)*c) || *c == '=';
    if (quoted)
        append(line, "\"", 1);
    append_escaped(line, value);
    if (quoted)
        append(line, "\"", 1);
}

void
log_format(char *text, size_t size, const char *sentence, va_list pairs)
{
    struct line line = {.text = text, .size = size - 1, .used = 0};
    const char *key;

    if (line.size > LOG_LINE_MAX - 1)
        line.size = LOG_LINE_MAX - 1;
    append(&line, sentence, strlen(sentence));
    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);

        if (value == NULL)
            continue;
        append(&line, " ", 1);
        append(&line, key, strlen(key));
        append(&line, "=", 1);
        append_value(&line, value);
    }
    line.text[line.used] = '\0';
}

void
log_open(const char *program)
{
    openlog(program, LOG_PID, LOG_AUTHPRIV);
}

void
log_line(int priority, const char *sentence, ...)
{
    char line[LOG_LINE_MAX];
    va_list pairs;

    va_start(pairs, sentence);
    log_format(line, sizeof line, sentence, pairs);
    va_end(pairs);
    syslog(LOG_AUTHPRIV | priority, "%s", line);
}
