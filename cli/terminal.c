/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#define NAME_COLUMNS 12
#define ESCAPED_BYTE 4 /* \xHH */

int
terminal_has_colours(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return (no_color == NULL || no_color[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

void
terminal_open(struct terminal *terminal, FILE *out)
{
    terminal->out = out;
    terminal->columns = isatty(fileno(out));
    terminal->colour = terminal->columns && terminal_has_colours();
}

int
terminal_has_links(void)
{
    const char *term = getenv("TERM");

    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0 &&
           strcmp(term, "linux") != 0;
}

/* Unicode's marks and overrides of direction, and what has no width and hides: UAX #9. */
static int
is_deceptive(wchar_t character)
{
    return character == 0x061c || character == 0xfeff ||
           (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) ||
           (character >= 0xe0000 && character <= 0xe007f);
}

/* The length of the character at `text`; 0 when it may not be shown. */
static size_t
shown_length(const char *text, size_t left)
{
    mbstate_t state = {0};
    wchar_t character;
    size_t length = mbrtowc(&character, text, left, &state);

    if (length == (size_t)-1 || length == (size_t)-2 || length == 0)
        return 0;
    return iswprint((wint_t)character) && !is_deceptive(character) ? length : 0;
}

/* The bytes of the character at `text` that are to be escaped together: one when it is none. */
static size_t
hidden_length(const char *text, size_t left)
{
    mbstate_t state = {0};
    size_t length = mbrtowc(NULL, text, left, &state);

    return length == (size_t)-1 || length == (size_t)-2 || length == 0 ? 1 : length;
}

void
terminal_escape(const char *text, char *escaped, size_t size)
{
    size_t left = strlen(text), used = 0;

    while (left > 0) {
        size_t length = shown_length(text, left), hidden = 0;

        if (length == 0)
            hidden = hidden_length(text, left);
        if (used + length + hidden * ESCAPED_BYTE >= size)
            break;
        if (length > 0)
            memcpy(escaped + used, text, length);
        used += length;
        for (size_t i = 0; i < hidden; i++)
            used += (size_t)snprintf(escaped + used, size - used, "\\x%02X",
                                     (unsigned int)(unsigned char)text[i]);
        text += length + hidden;
        left -= length + hidden;
    }
    escaped[used] = '\0';
}

int
terminal_width(const char *escaped)
{
    mbstate_t state = {0};
    size_t left = strlen(escaped);
    int width = 0;

    while (left > 0) {
        wchar_t character;
        size_t length = mbrtowc(&character, escaped, left, &state);
        int columns;

        if (length == (size_t)-1 || length == (size_t)-2 || length == 0)
            break;
        columns = wcwidth(character);
        width += columns > 0 ? columns : 0;
        escaped += length;
        left -= length;
    }
    return width;
}

static void
write_coloured(const struct terminal *terminal, enum terminal_colour colour, const char *text)
{
    static const char *const codes[] = {
        [TERMINAL_PLAIN] = "", [TERMINAL_BOLD] = "\033[1m", [TERMINAL_GOOD] = "\033[32m",
        [TERMINAL_BAD] = "\033[31m", [TERMINAL_DIM] = "\033[2m",
    };

    if (!terminal->colour || colour == TERMINAL_PLAIN)
        fputs(text, terminal->out);
    else
        fprintf(terminal->out, "%s%s\033[0m", codes[colour], text);
}

/* `text` escaped whole, to be freed; NULL: out of memory. */
static char *
escape_whole(const char *text)
{
    size_t size = strlen(text) * ESCAPED_BYTE + 1;
    char *escaped = malloc(size);

    if (escaped != NULL)
        terminal_escape(text, escaped, size);
    return escaped;
}

void
terminal_line(const struct terminal *terminal, enum terminal_colour colour, const char *format,
              ...)
{
    char *text = NULL, *escaped = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (text != NULL)
        escaped = escape_whole(text);
    write_coloured(terminal, colour, escaped != NULL ? escaped : "out of memory");
    fputc('\n', terminal->out);
    free(escaped);
    free(text);
}

void
terminal_row(const struct terminal *terminal, const char *name, enum terminal_colour colour,
             const char *value)
{
    char *escaped = escape_whole(value);

    if (terminal->columns) {
        write_coloured(terminal, TERMINAL_DIM, name);
        fprintf(terminal->out, "%*s",
                terminal_width(name) < NAME_COLUMNS ? NAME_COLUMNS - terminal_width(name) : 1, "");
    } else {
        fprintf(terminal->out, "%s: ", name);
    }
    write_coloured(terminal, colour, escaped != NULL ? escaped : "out of memory");
    fputc('\n', terminal->out);
    free(escaped);
}
