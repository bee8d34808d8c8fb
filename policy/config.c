/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/config.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "policy/config_check.h"
#include "policy/config_files.h"
#include "policy/config_sections.h"

static const struct trust any_content = {.content_only = 1};

static int
compare_with_name(const void *a, const void *b)
{
    const struct config_section *key = a;
    const struct config_section *section = *(const struct config_section *const *)b;

    if (key->kind != section->kind)
        return key->kind < section->kind ? -1 : 1;
    return strcmp(key->name, section->name);
}

const struct config_section *
config_find(const struct config *config, enum section_kind kind, const char *name)
{
    const struct config_section key = {.kind = kind, .name = name};
    const struct config_section **found = NULL;

    if (config->by_name != NULL)
        found = bsearch(&key, config->by_name, config->section_count, sizeof *config->by_name,
                        compare_with_name);
    return found == NULL ? NULL : *found;
}

const struct config_entry *
config_own(const struct config *config, const struct config_section *section, enum config_key key)
{
    for (size_t i = 0; section != NULL && i < section->entry_count; i++)
        if (config->entries[section->first_entry + i].key == key)
            return &config->entries[section->first_entry + i];
    return NULL;
}

const struct config_entry *
config_entry(const struct config *config, const struct config_section *section,
             enum config_key key)
{
    const struct config_entry *entry = config_own(config, section, key);

    return entry != NULL ? entry
                         : config_own(config, config_find(config, SECTION_DEFAULTS, ""), key);
}

const char *
config_value(const struct config *config, const struct config_section *section,
             enum config_key key)
{
    const struct config_entry *entry = config_entry(config, section, key);

    return entry == NULL ? NULL : entry->value;
}

static const struct config_entry *
own_base(const struct config *config, const struct config_section *section)
{
    const struct config_entry *entry = config_own(config, section, KEY_SOURCE_ROLE);

    return entry != NULL ? entry : config_own(config, section, KEY_SOURCE);
}

const struct config_entry *
config_base(const struct config *config, const struct config_section *role)
{
    const struct config_entry *entry = own_base(config, role);

    return entry != NULL ? entry : own_base(config, config_find(config, SECTION_DEFAULTS, ""));
}

const char *
config_next_word(const char *list, char *word, size_t size)
{
    size_t length, copied;

    list += strspn(list, " \t");
    length = strcspn(list, " \t");
    if (length == 0)
        return NULL;
    copied = length < size ? length : size - 1;
    memcpy(word, list, copied);
    word[copied] = '\0';
    return list + length;
}

void
config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->file_count; i++) {
        free(config->files[i].path);
        secret_wipe(&config->files[i].content);
    }
    free(config->files);
    free(config->sections);
    free(config->entries);
    free(config->by_name);
    free(config->credentials_file);
    free(config);
}

static struct config *
config_new(const char *credentials_file, const struct trust *trust)
{
    struct config *config = calloc(1, sizeof *config);

    if (config == NULL)
        return NULL;
    config->trust = *trust;
    config->credentials_file = strdup(credentials_file);
    if (config->credentials_file == NULL) {
        config_free(config);
        return NULL;
    }
    return config;
}

/* From the files read to a configuration, or to the first error. */
static int
finish(struct config *candidate, int r, struct config **config, struct problems *problems)
{
    int parsed = config_sections_parse(candidate, problems), checked;

    /* Lines that do not parse may be what the others refer to: no second round of errors then. */
    if (parsed == 0 || parsed == AWS_ROLE_ERR_CONFIG) {
        checked = r == 0 ? config_check(candidate, problems) : 0;
        if (parsed == 0)
            parsed = checked;
    }
    if (r == 0)
        r = parsed;
    if (r == 0) {
        *config = candidate;
        return 0;
    }
    if (problems_count(problems) == 0)
        problem_add(problems, candidate->file_count == 0 ? "" : candidate->files[0].path, 0,
                    "%s\ntry again", error_text(r));
    config_free(candidate);
    return r;
}

static int
no_file(const char *path, struct problems *problems)
{
    problem_add(problems, path, 0, "does not exist\ncreate it, root-owned and with mode 0644");
    return AWS_ROLE_ERR_NOT_FOUND;
}

/* The main file and the drop-ins, or the vendor's. */
static int
read_installed(struct config *config, const struct config_paths *paths, const struct trust *trust,
               struct problems *problems)
{
    int r = config_files_add(config, paths->main_file, trust, problems), folder;

    if (paths->drop_in_folder == NULL)
        return r == AWS_ROLE_ERR_NOT_FOUND ? no_file(paths->main_file, problems) : r;
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        r = 0;
    folder = config_files_add_folder(config, paths->drop_in_folder, trust, NULL, problems);
    if (r == 0 && folder != AWS_ROLE_ERR_NOT_FOUND)
        r = folder;
    if (r != 0 || config->file_count > 0)
        return r;
    r = paths->vendor_file == NULL
            ? AWS_ROLE_ERR_NOT_FOUND
            : config_files_add(config, paths->vendor_file, trust, problems);
    return r == AWS_ROLE_ERR_NOT_FOUND ? no_file(paths->main_file, problems) : r;
}

int
config_load(const struct config_paths *paths, const struct trust *trust, struct config **config,
            struct problems *problems)
{
    struct config *candidate = config_new(paths->credentials_file, trust);

    *config = NULL;
    if (candidate == NULL) {
        problem_add(problems, paths->main_file, 0, "out of memory\ntry again");
        return AWS_ROLE_ERR_MEMORY;
    }
    return finish(candidate, read_installed(candidate, paths, trust, problems), config, problems);
}

/* 1 when an installed drop-in holds a section that the checked file, `context`, has too. */
static int
is_older(void *context, const struct config_file *file)
{
    const struct config *checked = context;
    struct problems ignored = {.count = 0};
    struct config_file copy = {.path = file->path};
    struct config other = {.files = &copy, .file_count = 1};
    int found = 0;

    if (secret_copy(&copy.content, &file->content) == 0)
        (void)config_sections_parse(&other, &ignored); /* whatever could be read counts */
    for (size_t i = 0; i < other.section_count && !found; i++)
        found = config_find(checked, other.sections[i].kind, other.sections[i].name) != NULL;
    problems_free(&ignored);
    secret_wipe(&copy.content);
    free(other.sections);
    free(other.entries);
    free(other.by_name);
    return found;
}

/* Reads the installed files with `file` among the drop-ins; `alone` has the file's sections. */
static int
read_with_drop_in(struct config *config, const struct config_paths *paths,
                  const struct trust *trust, const char *file, struct config *alone,
                  struct problems *problems)
{
    const char *slash = strrchr(file, '/'), *name = slash == NULL ? file : slash + 1;
    size_t length = strlen(name);
    struct config_newcomer newcomer = {.path = file, .is_older = is_older, .context = alone};
    int r = config_files_add(config, paths->main_file, trust, problems), folder;

    if (name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0)
        newcomer.name = name;
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        r = 0;
    folder = config_files_add_folder(config, paths->drop_in_folder, trust, &newcomer, problems);
    return r == 0 ? folder : r;
}

/* The sections of the checked file by themselves, for is_older. */
static int
parse_alone(const char *file, struct config **alone, struct problems *problems)
{
    struct problems ignored = {.count = 0};
    int r;

    *alone = config_new("", &any_content);
    if (*alone == NULL)
        return AWS_ROLE_ERR_MEMORY;
    r = config_files_add(*alone, file, &any_content, problems);
    if (r == 0)
        (void)config_sections_parse(*alone, &ignored); /* its errors are found again */
    problems_free(&ignored);
    return r;
}

int
config_check_content(const struct config_paths *paths, const struct trust *trust, const char *file,
                     enum config_place place, struct config **config, struct problems *problems)
{
    struct config *candidate = config_new(paths->credentials_file, trust), *alone = NULL;
    int r, folder;

    *config = NULL;
    if (candidate == NULL) {
        problem_add(problems, file, 0, "out of memory\ntry again");
        return AWS_ROLE_ERR_MEMORY;
    }
    if (place == CONFIG_PLACE_MAIN || paths->drop_in_folder == NULL) {
        r = config_files_add(candidate, file, &any_content, problems);
        folder = r != 0 || paths->drop_in_folder == NULL
                     ? 0
                     : config_files_add_folder(candidate, paths->drop_in_folder, trust, NULL,
                                               problems);
        if (r == 0 && folder != AWS_ROLE_ERR_NOT_FOUND)
            r = folder;
    } else {
        r = parse_alone(file, &alone, problems);
        if (r == 0)
            r = read_with_drop_in(candidate, paths, trust, file, alone, problems);
        config_free(alone);
    }
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        (void)no_file(file, problems);
    return finish(candidate, r, config, problems);
}
