/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/syntax.h"

#include <stdarg.h>
#include <string.h>

#include "common/error.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define SHOWN_MAX 60 /* bytes of a line that a message repeats */

struct parser {
    const char *file;
    unsigned int line;
    int in_section; /* 1: entries go to the handler */
    int headed;     /* 1: there was a section header, right or wrong */
    int failed;     /* 1: there was an error */
    const struct syntax_handler *handler;
    struct problems *problems;
};

static int
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

__attribute__((format(printf, 2, 3))) static void
refuse(struct parser *parser, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    problem_add_list(parser->problems, parser->file, parser->line, format, arguments);
    va_end(arguments);
    parser->failed = 1;
}

/* How many bytes the UTF-8 sequence at `text` has, of at most `left`; 0: it is none (RFC 3629). */
static size_t
utf8_length(const unsigned char *text, size_t left)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t length;

    if (text[0] < 0x80)
        return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (text[0] == 0xe0)
        low = 0xa0; /* shorter forms exist */
    else if (text[0] == 0xed)
        high = 0x9f; /* surrogates */
    else if (text[0] == 0xf0)
        low = 0x90;
    else if (text[0] == 0xf4)
        high = 0x8f; /* past U+10FFFF */
    if (length > left || text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    return length;
}

/* The rules for a line's bytes, comments included. */
static int
bytes_are_good(struct parser *parser, const char *line, size_t length)
{
    const unsigned char *byte = (const unsigned char *)line;
    size_t at = 0, step;

    while (at < length) {
        if (byte[at] == '\0') {
            refuse(parser, "holds a NUL byte\nsave the file as UTF-8 text");
            return 0;
        }
        if ((byte[at] < 0x20 && byte[at] != '\t') || byte[at] == 0x7f) {
            refuse(parser, "holds the control character 0x%02X\nremove it", byte[at]);
            return 0;
        }
        step = utf8_length(byte + at, length - at);
        if (step == 0) {
            refuse(parser, "holds a byte that is not UTF-8: 0x%02X\nsave the file as UTF-8",
                   byte[at]);
            return 0;
        }
        at += step;
    }
    return 1;
}

static char *
skip_blanks(char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

static void
cut_blanks_at_end(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && is_blank(text[length - 1]))
        length--;
    text[length] = '\0';
}

/* Ends `text` before the blank of the first blank + `#` or blank + `;`. */
static void
cut_comment(char *text)
{
    for (; *text != '\0'; text++)
        if (is_blank(text[0]) && (text[1] == '#' || text[1] == ';')) {
            *text = '\0';
            return;
        }
}

static int
refuse_header(struct parser *parser, const char *what)
{
    refuse(parser, "%s\nwrite [kind name], such as [role developer]", what);
    return 0;
}

/* `line` begins with `[`. */
static int
parse_header(struct parser *parser, char *line)
{
    char *kind = line + 1, *name;
    size_t length;

    parser->headed = 1;
    parser->in_section = 0;
    cut_comment(line);
    cut_blanks_at_end(line);
    length = strlen(line);
    if (line[length - 1] != ']')
        return refuse_header(parser, "a section header does not end in ]");
    line[length - 1] = '\0';
    name = kind + strcspn(kind, " \t");
    if (name == kind)
        return refuse_header(parser, "a section header does not begin with a kind of section");
    if (*name != '\0') {
        *name++ = '\0';
        if (*name == '\0')
            return refuse_header(parser, "a section header ends behind a blank, without a name");
        if (is_blank(*name) || is_blank(name[strlen(name) - 1]))
            return refuse_header(parser, "a section's name begins or ends with a blank");
    }
    parser->in_section = 1;
    return parser->handler->section(parser->handler->context, kind, name, parser->line);
}

/* Copies the beginning of a line for a message. */
static const char *
shown(const char *line, char text[SHOWN_MAX + 4])
{
    size_t length = strlen(line), cut = length;

    if (length > SHOWN_MAX) {
        cut = SHOWN_MAX;
        while (cut > 0 && ((unsigned char)line[cut] & 0xc0) == 0x80)
            cut--; /* not within a character */
    }
    memcpy(text, line, cut);
    memcpy(text + cut, length > cut ? "..." : "", length > cut ? 4 : 1);
    return text;
}

static int
parse_entry(struct parser *parser, char *line)
{
    char *equals = strchr(line, '='), *value, text[SHOWN_MAX + 4];
    size_t key_length = equals == NULL ? 0 : (size_t)(equals - line);

    while (key_length > 0 && is_blank(line[key_length - 1]))
        key_length--;
    if (key_length != strlen("policy") || strncmp(line, "policy", key_length) != 0)
        cut_comment(line);
    if (equals == NULL || strchr(line, '=') == NULL) {
        cut_blanks_at_end(line);
        refuse(parser, "\"%s\" is no section, no entry and no comment\n"
               "write [kind name], key = value or # comment", shown(line, text));
        return 0;
    }
    line[key_length] = '\0';
    if (key_length == 0 || strpbrk(line, " \t") != NULL) {
        refuse(parser, "\"%s\" is no key\nwrite one word before the =", shown(line, text));
        return 0;
    }
    value = skip_blanks(equals + 1);
    cut_blanks_at_end(value);
    if (!parser->headed)
        refuse(parser, "%s stands before the first section\nwrite a header such as [defaults] "
               "above it", shown(line, text));
    if (!parser->in_section)
        return 0;
    return parser->handler->entry(parser->handler->context, line, value, parser->line);
}

/* `line` is a string without its line end. */
static int
parse_line(struct parser *parser, char *line, size_t length)
{
    if (length > SYNTAX_LINE_MAX) {
        refuse(parser, "a line of %zu bytes\nmake it %d bytes or shorter", length,
               SYNTAX_LINE_MAX);
        return 0;
    }
    if (!bytes_are_good(parser, line, length))
        return 0;
    if (*skip_blanks(line) == '\0' || line[0] == '#' || line[0] == ';')
        return 0;
    if (is_blank(line[0])) {
        refuse(parser, "an indented line\nremove the blanks at its beginning; a value cannot go on "
               "in the next line");
        return 0;
    }
    return line[0] == '[' ? parse_header(parser, line) : parse_entry(parser, line);
}

int
syntax_parse(const char *file, char *content, size_t size, const struct syntax_handler *handler,
             struct problems *problems)
{
    struct parser parser = {.file = file, .handler = handler, .problems = problems};
    char *at = content, *end = content + size;
    int r = 0;

    if (size >= 3 && memcmp(content, BYTE_ORDER_MARK, 3) == 0) {
        parser.line = 1;
        refuse(&parser, "begins with a byte order mark\nsave the file as UTF-8 without one (BOM)");
        parser.line = 0;
        at += 3;
    }
    while (at < end && r == 0) {
        char *next = memchr(at, '\n', (size_t)(end - at)), *stop = next == NULL ? end : next;

        parser.line++;
        if (next != NULL && stop > at && stop[-1] == '\r')
            stop--;
        *stop = '\0';
        r = parse_line(&parser, at, (size_t)(stop - at));
        at = next == NULL ? end : next + 1;
    }
    if (r == 0 && parser.failed)
        r = AWS_ROLE_ERR_SYNTAX;
    return r;
}
