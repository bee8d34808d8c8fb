/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/aws_config.h"

#include <string.h>

#include "common/error.h"
#include "common/wiping.h"

/* What people or editors may have made of a line of ours is still known by this. */
#define MARK "written by 'aws-role profiles"

#define NUL "it holds a NUL, so it is no text"
#define NO_END                                                                                     \
    "the line that ends what 'aws-role profiles' wrote is missing; remove all that it wrote, "     \
    "this line with it, and try again"
#define NO_BEGIN                                                                                   \
    "the line that begins what 'aws-role profiles' wrote is missing; remove all that it wrote, "   \
    "this line with it, and try again"
#define TWICE                                                                                      \
    "what 'aws-role profiles' wrote is there twice; remove one of the two, with its first and "    \
    "last line, and try again"
#define CHANGED                                                                                    \
    "the first or last line of what 'aws-role profiles' wrote has been changed; remove all that "  \
    "it wrote, this line with it, and try again"

/* A line of the text, without its end and the blanks around it. */
struct line {
    size_t start; /* where it begins in the text */
    size_t next;  /* where the next one does */
    const char *text;
    size_t length;
};

static int
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Drops the blanks around a piece of text. */
static void
trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        ++*text;
        --*length;
    }
    while (*length > 0 && is_blank((*text)[*length - 1]))
        --*length;
}

/* Reads the line that begins where `line` says the next one does: 1; 0 behind the last. */
static int
next_line(const struct aws_config *config, struct line *line)
{
    size_t at = line->next;

    if (at >= config->size)
        return 0;
    line->start = at;
    while (at < config->size && config->text[at] != '\n' && config->text[at] != '\r')
        at++;
    line->text = config->text + line->start;
    line->length = at - line->start;
    trim(&line->text, &line->length);
    if (at + 1 < config->size && config->text[at] == '\r' && config->text[at + 1] == '\n')
        at++;
    line->next = at < config->size ? at + 1 : at;
    return 1;
}

static int
is_text(const char *text, size_t length, const char *expected)
{
    return length == strlen(expected) && memcmp(text, expected, length) == 0;
}

static int
holds(const struct line *line, const char *part)
{
    return memmem(line->text, line->length, part, strlen(part)) != NULL;
}

/* Takes one line into account; what is wrong with it, or NULL. */
static const char *
take(struct aws_config *config, const struct line *line, int *begun, int *ended)
{
    if (is_text(line->text, line->length, AWS_CONFIG_BEGIN)) {
        if (*begun)
            return *ended ? TWICE : NO_END;
        *begun = 1;
        config->start = line->start;
    } else if (is_text(line->text, line->length, AWS_CONFIG_END)) {
        if (*ended || !*begun)
            return *ended ? TWICE : NO_BEGIN;
        *ended = 1;
        config->end = line->next;
    } else if (holds(line, MARK)) {
        return CHANGED;
    }
    return NULL;
}

int
aws_config_read(struct aws_config *config, enum aws_config_kind kind, const char *text,
                size_t size, unsigned int *number, const char **why)
{
    struct line line = {0};
    int begun = 0, ended = 0;
    unsigned int begun_at = 0;

    *config = (struct aws_config){.kind = kind, .text = text, .size = size};
    *number = 0;
    *why = size > 0 && memchr(text, '\0', size) != NULL ? NUL : NULL;
    while (*why == NULL && next_line(config, &line)) {
        ++*number;
        *why = take(config, &line, &begun, &ended);
        if (begun && begun_at == 0)
            begun_at = *number;
    }
    if (*why == NULL && begun && !ended) {
        *number = begun_at;
        *why = NO_END;
    }
    return *why == NULL ? 0 : AWS_ROLE_ERR_SYNTAX;
}

/* The name of the profile that a line begins; its length, 0 when it begins none. */
static size_t
profile_name(const struct aws_config *config, const struct line *line, const char **name)
{
    static const char word[] = "profile";
    const char *end = memchr(line->text, ']', line->length);
    size_t length;

    if (line->length == 0 || line->text[0] != '[' || end == NULL)
        return 0;
    *name = line->text + 1;
    length = (size_t)(end - *name);
    trim(name, &length);
    if (config->kind == AWS_CONFIG_CREDENTIALS || is_text(*name, length, "default"))
        return length;
    if (length < sizeof word || memcmp(*name, word, sizeof word - 1) != 0)
        return 0;
    *name += sizeof word - 1;
    length -= sizeof word - 1;
    trim(name, &length);
    if (length >= 2 && (**name == '"' || **name == '\'') && (*name)[length - 1] == **name) {
        ++*name;
        length -= 2;
    }
    return length;
}

int
aws_config_has_other(const struct aws_config *config, const char *name)
{
    struct line line = {0};

    while (next_line(config, &line)) {
        const char *found = NULL;
        size_t length = profile_name(config, &line, &found);
        int is_ours = line.start >= config->start && line.start < config->end;

        if (!is_ours && length > 0 && is_text(found, length, name))
            return 1;
    }
    return 0;
}

/* The end of a text's lines, by its first one. */
static const char *
line_end(const struct aws_config *config)
{
    const char *end = config->size > 0 ? memchr(config->text, '\n', config->size) : NULL;

    return end != NULL && end > config->text && end[-1] == '\r' ? "\r\n" : "\n";
}

/* A text that is being put together in memory that is large enough. */
struct building {
    char *text;
    size_t size;
};

static void
add(struct building *building, const char *text, size_t size)
{
    if (size > 0)
        memcpy(building->text + building->size, text, size);
    building->size += size;
}

static void
add_block(struct building *building, const char *block, const char *end)
{
    while (*block != '\0') {
        size_t length = strcspn(block, "\n");

        add(building, block, length);
        add(building, end, strlen(end));
        block += length + 1;
    }
}

/* The end of the text's last line, and an empty line before what follows. */
static void
add_gap(struct building *building, const char *end)
{
    char last = building->size > 0 ? building->text[building->size - 1] : '\0';

    if (building->size == 0)
        return;
    if (last != '\n' && last != '\r')
        add(building, end, strlen(end));
    add(building, end, strlen(end));
}

char *
aws_config_merge(const struct aws_config *config, const char *block, size_t *size)
{
    int is_there = config->end > config->start;
    const char *end = line_end(config);
    /* Every byte of the block may be a line that gets a CR, and the gap has two lines. */
    struct building building = {
        .text = wiping_malloc(config->size + 2 * strlen(block) + 2 * strlen(end) + 1)};

    if (building.text == NULL)
        return NULL;
    add(&building, config->text, is_there ? config->start : config->size);
    if (!is_there && block[0] != '\0')
        add_gap(&building, end);
    add_block(&building, block, end);
    if (is_there)
        add(&building, config->text + config->end, config->size - config->end);
    *size = building.size;
    return building.text;
}
