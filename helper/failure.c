/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
failure_set(struct failure *why, int class, const char *format, ...)
{
    char text[4 * RECORD_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    failure_clean(why->text, sizeof why->text, text, strlen(text));
    why->class = class;
    return class;
}

void
failure_quote(struct failure *why, const char *message, const char *request_id)
{
    char quote[FAILURE_QUOTE_MAX + FAILURE_REQUEST_ID_MAX + 32];
    char said[FAILURE_QUOTE_MAX + 1];
    size_t length = strlen(why->text), room;
    int n;

    failure_clean(said, sizeof said, message, strlen(message));
    if (said[0] == '\0' && request_id[0] == '\0')
        return;
    if (request_id[0] == '\0')
        n = snprintf(quote, sizeof quote, " (AWS: %s)", said);
    else if (said[0] == '\0')
        n = snprintf(quote, sizeof quote, " (request %s)", request_id);
    else
        n = snprintf(quote, sizeof quote, " (AWS: %s; request %s)", said, request_id);
    if (n < 0)
        return;
    room = sizeof why->text - 1 - strlen(quote);
    if (length > room)
        length = room;
    memcpy(why->text + length, quote, strlen(quote) + 1);
}

void
failure_clean(char *to, size_t size, const char *from, size_t length)
{
    size_t used = 0;
    int blank = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        char c = from[i];

        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            blank = used > 0;
            continue;
        }
        if (blank) {
            to[used++] = ' ';
            blank = 0;
            if (used + 1 >= size)
                break;
        }
        to[used++] = c > ' ' && c < 0x7f ? c : '?';
    }
    to[used] = '\0';
}
