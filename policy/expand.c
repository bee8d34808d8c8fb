/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/expand.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"

#define NAME_SHOWN_MAX 40

/* In the order of enum expansion. */
static const char *const names[EXPANSION_COUNT] = {"user", "uid",     "group", "login",
                                                   "host", "service", "tty",   "rhost",
                                                   "caller"};

/* Known to the design, without a room in this version: nothing here has their values. */
static const char *const later[] = {"ssh_key"};

/* A piece of a text: bytes that stand for themselves, or an expansion. */
struct piece {
    const char *text; /* the bytes, or the expansion as it is written */
    size_t length;
    const char *name; /* the expansion's name, NULL for bytes */
    size_t name_length;
};

/* Which bytes end a value: they begin the literals that stand between two expansions. */
struct ends {
    char has[UCHAR_MAX + 1];
};

struct output {
    char *text; /* `size` bytes, always with a NUL */
    size_t size;
    size_t length; /* of the whole, whether or not it fits */
};

/*
 * Takes the next piece from `*text`: 1, 0 at the end, or -1 at a `%` that begins nothing (`piece`
 * then holds it).
 */
static int
next_piece(const char **text, struct piece *piece)
{
    const char *at = *text, *close;

    memset(piece, 0, sizeof *piece);
    piece->text = at;
    if (*at == '\0')
        return 0;
    if (*at != '%') {
        piece->length = strcspn(at, "%");
    } else if (at[1] == '%') {
        piece->length = 1;
        *text = at + 2;
        return 1;
    } else {
        close = at[1] == '{' ? strchr(at, '}') : NULL;
        if (close == NULL)
            return -1;
        piece->name = at + 2;
        piece->name_length = (size_t)(close - piece->name);
        piece->length = (size_t)(close + 1 - at);
    }
    *text = at + piece->length;
    return 1;
}

static int
is_named(const struct piece *piece, const char *name)
{
    return piece->name != NULL && strlen(name) == piece->name_length &&
           memcmp(name, piece->name, piece->name_length) == 0;
}

/* The expansion that a piece names, EXPANSION_COUNT for none. */
static enum expansion
find(const struct piece *piece)
{
    enum expansion i;

    for (i = 0; i < EXPANSION_COUNT; i++)
        if (is_named(piece, names[i]))
            break;
    return i;
}

static int
refuse_piece(const struct piece *piece, char *why)
{
    int shown = (int)(piece->name_length > NAME_SHOWN_MAX ? NAME_SHOWN_MAX : piece->name_length);

    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (!is_named(piece, later[i]))
            continue;
        snprintf(why, EXPAND_WHY_MAX, "%%{%s} is not in this version\nuse another expansion, such "
                 "as %%{user}", later[i]);
        return AWS_ROLE_ERR_CONFIG;
    }
    snprintf(why, EXPAND_WHY_MAX, "%%{%.*s} is no expansion\nuse %%{user} %%{uid} %%{group} "
             "%%{login} %%{host} %%{service} %%{tty} %%{rhost} %%{caller}, or %%%% for a percent "
             "sign",
             shown, piece->name);
    return AWS_ROLE_ERR_CONFIG;
}

static int
refuse(char *why, const char *what_and_mend)
{
    snprintf(why, EXPAND_WHY_MAX, "%s", what_and_mend);
    return AWS_ROLE_ERR_CONFIG;
}

/* `first`: the byte of the text that follows an expansion, 0 where another expansion does. */
static int
check_between(unsigned char first, char *why)
{
    if (first == '\0')
        return refuse(why, "two expansions with nothing between them\nwrite a character between "
                           "them, or two people could become one");
    if (first == '=')
        return refuse(why, "a = right behind an expansion, and another expansion after it\nwrite "
                           "another character between them: = marks what is encoded");
    return 0;
}

/*
 * Walks to the next expansion: 1, 0 when there is none, -1 as next_piece. `first` is the first byte
 * of the text before it, 0 for none.
 */
static int
next_expansion(const char **text, struct piece *piece, unsigned char *first)
{
    int r;

    *first = '\0';
    while ((r = next_piece(text, piece)) > 0 && piece->name == NULL)
        if (*first == '\0')
            *first = (unsigned char)piece->text[0];
    return r;
}

int
expand_check(const char *text, char *why)
{
    struct piece piece;
    unsigned char first;
    int r, count, refused;

    for (count = 0; (r = next_expansion(&text, &piece, &first)) > 0; count++) {
        if (find(&piece) == EXPANSION_COUNT)
            return refuse_piece(&piece, why);
        if (count > 0 && (refused = check_between(first, why)) != 0)
            return refused;
    }
    return r == 0 ? 0
                  : refuse(why, "a % begins no expansion\nwrite %% for a percent sign, or %{user} "
                                "and the like");
}

static void
find_ends(const char *text, struct ends *ends)
{
    struct piece piece;
    unsigned char first;

    memset(ends, 0, sizeof *ends);
    for (int count = 0; next_expansion(&text, &piece, &first) > 0; count++)
        if (count > 0)
            ends->has[first] = 1;
}

int
expand_uses(const char *text, enum expansion expansion)
{
    struct piece piece;

    while (next_piece(&text, &piece) > 0)
        if (is_named(&piece, names[expansion]))
            return 1;
    return 0;
}

int
expand_uses_any(const char *text)
{
    struct piece piece;

    while (next_piece(&text, &piece) > 0)
        if (piece.name != NULL)
            return 1;
    return 0;
}

static void
append(struct output *output, const char *text, size_t length)
{
    size_t room = output->length < output->size ? output->size - 1 - output->length : 0;
    size_t fits = length < room ? length : room;

    memcpy(output->text + (output->size - 1 - room), text, fits);
    output->text[output->size - 1 - room + fits] = '\0';
    output->length += length;
}

/* What the session has for an expansion; NULL: nothing. `number` is room for one. */
static const char *
session_value(const struct session_context *context, enum expansion expansion, char number[24])
{
    const char *const values[EXPANSION_COUNT] = {
        [EXPANSION_USER] = context->user,       [EXPANSION_UID] = number,
        [EXPANSION_GROUP] = context->group,     [EXPANSION_LOGIN] = context->login,
        [EXPANSION_HOST] = context->host,       [EXPANSION_SERVICE] = context->service,
        [EXPANSION_TTY] = context->tty,         [EXPANSION_RHOST] = context->rhost,
        [EXPANSION_CALLER] = context->caller,
    };
    const char *value = values[expansion];

    snprintf(number, 24, "%lu", (unsigned long)context->uid);
    if (expansion == EXPANSION_UID && context->for_display && context->user == NULL)
        return NULL;
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* aws_name_encode, for `ends` too. */
static int
append_encoded(struct output *output, const char *value, const struct ends *ends)
{
    for (; *value != '\0'; value++) {
        const char one[] = {*value, '\0'};
        unsigned char c = (unsigned char)*value;
        char encoded[sizeof "=XX"];
        int r = 0;

        if (ends->has[c])
            snprintf(encoded, sizeof encoded, "=%02X", c);
        else
            r = aws_name_encode(one, encoded, sizeof encoded);
        if (r != 0)
            return r;
        append(output, encoded, strlen(encoded));
    }
    return 0;
}

static int
append_expansion(struct output *output, const struct piece *piece, const struct ends *ends,
                 const struct session_context *context, char *why)
{
    char number[24];
    enum expansion expansion = find(piece);
    const char *value;

    if (expansion == EXPANSION_COUNT)
        return refuse_piece(piece, why);
    value = session_value(context, expansion, number);
    if (value == NULL && context->for_display) {
        append(output, piece->text, piece->length);
        return 0;
    }
    if (value == NULL) {
        snprintf(why, EXPAND_WHY_MAX,
                 "the role needs %%{%s}, and this session has none: take the role in one that has, "
                 "or write the role without it", names[expansion]);
        return AWS_ROLE_ERR_MISSING_VALUE;
    }
    if (strlen(value) <= EXPAND_VALUE_MAX)
        return append_encoded(output, value, ends);
    snprintf(why, EXPAND_WHY_MAX, "this session's %%{%s} is longer than %d bytes: write the role "
             "without it", names[expansion], EXPAND_VALUE_MAX);
    return AWS_ROLE_ERR_TOO_BIG;
}

/* Expands into `output`, which may be too small: its `length` tells. */
static int
expand(const char *text, const struct session_context *context, struct output *output, char *why)
{
    struct piece piece;
    struct ends ends;
    int r;

    find_ends(text, &ends);
    output->text[0] = '\0';
    while ((r = next_piece(&text, &piece)) > 0) {
        r = 0;
        if (piece.name == NULL)
            append(output, piece.text, piece.length);
        else
            r = append_expansion(output, &piece, &ends, context, why);
        if (r != 0)
            return r;
    }
    return r == 0 ? 0 : expand_check(piece.text, why);
}

int
expand_value(const char *text, const struct session_context *context, char *value, size_t size,
             char *why)
{
    struct output output = {value, size, 0};
    int r = expand(text, context, &output, why);

    if (r != 0 || output.length < size)
        return r;
    snprintf(why, EXPAND_WHY_MAX, "it is %zu bytes long when expanded, and %zu is the most: write "
             "it shorter", output.length, size - 1);
    return AWS_ROLE_ERR_TOO_BIG;
}

int
expand_name(const char *text, const struct session_context *context, char *name, char *why)
{
    char whole[AWS_NAME_MAX + 2]; /* one byte more than a name: that says "too long" */
    struct output output = {whole, sizeof whole, 0};
    int r = expand(text, context, &output, why);

    if (r != 0)
        return r;
    if (context->for_display && strstr(whole, "%{") != NULL)
        snprintf(name, AWS_NAME_MAX + 1, "%.*s", AWS_NAME_MAX, whole);
    else
        aws_name_fit(whole, context->uid, name);
    return 0;
}
