/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/config_sections.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/protocol.h"
#include "common/role_name.h"
#include "policy/syntax.h"

struct collector {
    struct config *config;
    struct problems *problems;
    const char *file;
    int skip; /* 1: the section is none, its entries are not looked at */
    size_t section_room, entry_room;
};

/* Makes room for one more of `*count` elements of `size` bytes. */
static int
make_room(void **array, size_t count, size_t *room, size_t size)
{
    size_t grown = *room == 0 ? 64 : 2 * *room;
    void *larger;

    if (count < *room)
        return 0;
    larger = reallocarray(*array, grown, size);
    if (larger == NULL)
        return AWS_ROLE_ERR_MEMORY;
    *array = larger;
    *room = grown;
    return 0;
}

static int
add_section(struct collector *collector, enum section_kind kind, const char *name,
            unsigned int line)
{
    struct config *config = collector->config;
    void *sections = config->sections;
    int r = make_room(&sections, config->section_count, &collector->section_room,
                      sizeof *config->sections);

    if (r != 0)
        return r;
    config->sections = sections;
    config->sections[config->section_count++] = (struct config_section){
        .kind = kind,
        .line = line,
        .file = collector->file,
        .name = name,
        .first_entry = config->entry_count,
    };
    config->kind_count[kind]++;
    collector->skip = 0;
    return 0;
}

static int
name_is_good(struct collector *collector, int kind, const char *name, unsigned int line)
{
    struct problems *problems = collector->problems;

    if ((kind == SECTION_DEFAULTS) != (name[0] == '\0'))
        problem_add(problems, collector->file, line,
                    kind == SECTION_DEFAULTS ? "[defaults] with a name\nwrite [defaults]"
                                             : "[%s] without a name\nwrite [%s NAME]",
                    config_keys_kind_name((enum section_kind)kind),
                    config_keys_kind_name((enum section_kind)kind));
    else if (kind == SECTION_ROLE && !role_name_is_good(name))
        problem_add(problems, collector->file, line, "\"%.80s\" is no name of a role\nwrite "
                    "letters, digits, dot, underscore and dash only, at most %d, and no dash first",
                    name,
                    RECORD_ROLE_NAME_MAX);
    else if (kind == SECTION_GROUP && strcmp(name, "*") == 0)
        problem_add(problems, collector->file, line,
                    "[group *] means no group\nwrite [user *] for everybody");
    else if (strlen(name) > CONFIG_NAME_MAX)
        problem_add(problems, collector->file, line,
                    "a name of %zu bytes\nwrite one of %d or fewer", strlen(name),
                    CONFIG_NAME_MAX);
    else
        return 1;
    return 0;
}

static int
on_section(void *context, const char *kind_name, const char *name, unsigned int line)
{
    struct collector *collector = context;
    int kind = config_keys_kind(kind_name);

    collector->skip = 1;
    if (kind < 0) {
        problem_add(collector->problems, collector->file, line, "[%.80s] is no kind of section\n"
                    "write [defaults], [source NAME], [role NAME], [group NAME] or [user NAME]",
                    kind_name);
        return 0;
    }
    if (!name_is_good(collector, kind, name, line))
        return 0;
    return add_section(collector, (enum section_kind)kind, name, line);
}

static void
refuse_key(struct collector *collector, struct config_section *section, const char *key,
           unsigned int line)
{
    const char *kind = config_keys_kind_name(section->kind);
    const char *nearest = config_keys_nearest(section->kind, key);
    int known = config_keys_find(key);

    section->is_cut = 1;
    if (known >= 0) {
        enum section_kind home = SECTION_DEFAULTS;

        for (unsigned int i = 0; i < SECTION_KIND_COUNT; i++)
            if (config_keys_allow((enum section_kind)i, (enum config_key)known))
                home = (enum section_kind)i;
        problem_add(collector->problems, collector->file, line, "%s does not belong into a [%s]\n"
                    "put it into [%s%s]", key, kind, config_keys_kind_name(home),
                    home == SECTION_DEFAULTS ? "" : " NAME");
    } else if (nearest != NULL) {
        problem_add(collector->problems, collector->file, line,
                    "unknown key %.80s\nwrite %s, or remove the line", key, nearest);
    } else {
        problem_add(collector->problems, collector->file, line,
                    "unknown key %.80s\nremove the line; aws-role.conf(5) has the keys of a [%s]",
                    key, kind);
    }
}

static int
add_entry(struct collector *collector, struct config_section *section, enum config_key key,
          const char *value, unsigned int line)
{
    struct config *config = collector->config;
    void *entries = config->entries;
    int r = make_room(&entries, config->entry_count, &collector->entry_room,
                      sizeof *config->entries);

    if (r != 0)
        return r;
    config->entries = entries;
    config->entries[config->entry_count++] = (struct config_entry){
        .key = key,
        .line = line,
        .file = collector->file,
        .value = value,
    };
    section->entry_count++;
    return 0;
}

static int
on_entry(void *context, const char *key_name, const char *value, unsigned int line)
{
    struct collector *collector = context;
    struct config *config = collector->config;
    struct config_section *section;
    const struct config_entry *other;
    int key = config_keys_find(key_name);
    char why[CONFIG_KEYS_WHY_MAX];

    if (collector->skip)
        return 0;
    section = &config->sections[config->section_count - 1];
    if (key < 0 || !config_keys_allow(section->kind, (enum config_key)key)) {
        refuse_key(collector, section, key_name, line);
        return 0;
    }
    other = config_own(config, section, (enum config_key)key);
    if (other != NULL) {
        problem_add(collector->problems, collector->file, line,
                    "%s is there twice: also in line %u\nremove one of the two", key_name,
                    other->line);
        return 0;
    }
    if (config_keys_check((enum config_key)key, value, why) != 0)
        problem_add(collector->problems, collector->file, line, "%s: %s", key_name, why);
    return add_entry(collector, section, (enum config_key)key, value, line);
}

/* By kind, name, and where it was read. */
static int
compare_sections(const void *a, const void *b)
{
    const struct config_section *one = *(const struct config_section *const *)a;
    const struct config_section *other = *(const struct config_section *const *)b;
    int order;

    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    order = strcmp(one->name, other->name);
    if (order != 0)
        return order;
    return one < other ? -1 : one > other;
}

static int
sort_sections(struct config *config)
{
    if (config->section_count == 0)
        return 0;
    config->by_name = calloc(config->section_count, sizeof *config->by_name);
    if (config->by_name == NULL)
        return AWS_ROLE_ERR_MEMORY;
    for (size_t i = 0; i < config->section_count; i++)
        config->by_name[i] = &config->sections[i];
    qsort(config->by_name, config->section_count, sizeof *config->by_name, compare_sections);
    return 0;
}

static void
find_duplicates(const struct config *config, struct problems *problems)
{
    for (size_t i = 1; i < config->section_count; i++) {
        const struct config_section *section = config->by_name[i];
        const struct config_section *before = config->by_name[i - 1];

        if (section->kind != before->kind || strcmp(section->name, before->name) != 0)
            continue;
        problem_add(problems, section->file, section->line,
                    "[%s%s%.80s] is there twice: also at %s:%u\nmake one section of the two",
                    config_keys_kind_name(section->kind), section->name[0] == '\0' ? "" : " ",
                    section->name, before->file, before->line);
    }
}

int
config_sections_parse(struct config *config, struct problems *problems)
{
    struct collector collector = {.config = config, .problems = problems};
    const struct syntax_handler handler = {on_section, on_entry, &collector};
    size_t before = problems_count(problems);
    int r = 0, syntax = 0;

    for (size_t i = 0; i < config->file_count && r == 0; i++) {
        struct config_file *file = &config->files[i];

        collector.file = file->path;
        collector.skip = 1;
        if (file->content.size > 0)
            r = syntax_parse(file->path, file->content.data, file->content.size, &handler,
                             problems);
        if (r == AWS_ROLE_ERR_SYNTAX) {
            syntax = r;
            r = 0;
        }
    }
    if (r == 0)
        r = sort_sections(config);
    if (r != 0)
        return r;
    find_duplicates(config, problems);
    if (syntax != 0)
        return syntax;
    return problems_count(problems) > before ? AWS_ROLE_ERR_CONFIG : 0;
}
