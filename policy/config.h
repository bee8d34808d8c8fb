/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_CONFIG_H
#define AWS_ROLE_POLICY_CONFIG_H

#include <stddef.h>

#include "common/secret.h"
#include "common/trusted_file.h"
#include "policy/config_keys.h"
#include "policy/problem.h"

/* A configuration larger than this is no configuration. */
#define CONFIG_FILE_SIZE_MAX (8 * 1024 * 1024)
#define CONFIG_FILES_MAX 1024
#define CONFIG_NAME_MAX 256 /* bytes of a section's name: LOGIN_NAME_MAX, limits.h */

/* Where a configuration lies; only a program's main knows. All absolute. */
struct config_paths {
    const char *main_file;
    const char *drop_in_folder;   /* NULL: none (`config=PATH` means that file alone) */
    const char *vendor_file;      /* read when neither of the above is there; NULL: none */
    const char *credentials_file; /* of a source that has `profile` and no `credentials_file` */
};

struct config_entry {
    enum config_key key;
    unsigned int line;
    const char *file;
    const char *value; /* not empty, but for `roles` */
};

struct config_section {
    enum section_kind kind;
    unsigned int line;
    const char *file;
    const char *name; /* "" for [defaults] */
    size_t first_entry, entry_count;
    int is_cut; /* a line of it was refused: that it lacks something would be told twice */
};

struct config_file {
    char *path;
    struct file_identity identity;
    struct secret content; /* what the strings of sections and entries lie in */
};

/*
 * A configuration that was read and checked as a whole: every name in it is there, every value is
 * within AWS's limits, no chain is a circle. Read-only after config_load. What is said below about
 * AWS is in the STS API reference, AssumeRole.
 */
struct config {
    char *credentials_file;
    struct trust trust;        /* that it was read with; `below` stays the caller's */
    struct config_file *files; /* in the order read */
    size_t file_count;
    struct config_section *sections; /* in the order read */
    size_t section_count;
    size_t kind_count[SECTION_KIND_COUNT]; /* how many sections there are of a kind */
    struct config_entry *entries;
    size_t entry_count;
    const struct config_section **by_name; /* sorted by kind and name: config_find's */
};

/*
 * Reads the main file, then the drop-in folder's `*.conf` in the order of their names' bytes
 * (hidden ones are left out); the vendor's file when there is neither. On success `*config` is the
 * caller's, to be given to config_free; credentials files are looked into with the same `trust`
 * later, see plan_make. Otherwise it is NULL and `problems` says why:
 * AWS_ROLE_ERR_NOT_FOUND (there is no file at all), AWS_ROLE_ERR_UNTRUSTED, AWS_ROLE_ERR_TOO_BIG,
 * AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_SYNTAX, AWS_ROLE_ERR_CONFIG. All files
 * are read before the first of these is returned. Time is that of sorting the sections' names.
 */
int config_load(const struct config_paths *paths, const struct trust *trust,
                struct config **config, struct problems *problems);

enum config_place {
    CONFIG_PLACE_MAIN,   /* the file stands for the main file */
    CONFIG_PLACE_DROP_IN /* the file stands among the drop-ins */
};

/*
 * config_load with one file that is not in place yet: `file` is read wherever it lies and whoever
 * owns it, and the installed files around it as config_load reads them. As a drop-in it takes the
 * place of an installed one of the same name, else of those that hold one of its sections (they are
 * its older version: validators are given a temporary name), and is read last if its name does not
 * end in `.conf`.
 */
int config_check_content(const struct config_paths *paths, const struct trust *trust,
                         const char *file, enum config_place place, struct config **config,
                         struct problems *problems);

/* The section of that kind and name ("" for [defaults]), or NULL. */
const struct config_section *config_find(const struct config *config, enum section_kind kind,
                                         const char *name);

/* The entry that the section itself has for `key`, or NULL. `section` may be NULL. */
const struct config_entry *config_own(const struct config *config,
                                      const struct config_section *section, enum config_key key);

/* The section's own entry for `key`, else that of [defaults], else NULL. `section` may be NULL. */
const struct config_entry *config_entry(const struct config *config,
                                        const struct config_section *section,
                                        enum config_key key);

/* The value of config_entry, or NULL. */
const char *config_value(const struct config *config, const struct config_section *section,
                         enum config_key key);

/*
 * Where a [role] takes its credentials from: its own `source` or `source_role`, else that of
 * [defaults]; the entry's key says which. NULL when there is none.
 */
const struct config_entry *config_base(const struct config *config,
                                       const struct config_section *role);

/*
 * The next of the words of a list such as `roles`, separated by blanks: copies it to `word` (`size`
 * bytes; a word that does not fit is cut) and returns where to go on, or NULL after the last one.
 */
const char *config_next_word(const char *list, char *word, size_t size);

/* Frees all of it; NULL is allowed. */
void config_free(struct config *config);

#endif
