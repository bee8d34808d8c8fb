/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "policy/problem.h"

#define FILES_SHOWN 16

/* Notes a file or folder that may not be read by us; the opened descriptor, or -1. */
static int
open_or_note(struct check *check, int folder, const char *name, const char *path, int flags)
{
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);

    if (fd < 0 && errno == EACCES)
        check_note(check, "%s%s%s may not be read by you: run aws-role check as root", path,
                   folder == AT_FDCWD ? "" : "/", folder == AT_FDCWD ? "" : name);
    return fd;
}

static void
note_unreadable(struct check *check, int folder, const char *name, const char *path)
{
    int fd = open_or_note(check, folder, name, path, 0);

    if (fd >= 0)
        close(fd);
}

static int
is_drop_in(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

static void
note_unreadable_drop_ins(struct check *check, const char *path)
{
    int fd = open_or_note(check, AT_FDCWD, path, path, O_DIRECTORY);
    const struct dirent *entry;
    DIR *folder;

    if (fd < 0)
        return;
    folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return;
    }
    while ((entry = readdir(folder)) != NULL)
        if (is_drop_in(entry->d_name))
            note_unreadable(check, dirfd(folder), entry->d_name, path);
    closedir(folder);
}

/* Who forgets the end of a name wonders why nothing comes of the file. */
static void
note_other_names(struct check *check, const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR && !is_drop_in(entry->d_name))
            check_note(check, "%s/%s is not read: its name does not end in .conf", path,
                       entry->d_name);
    closedir(folder);
}

static int
gives_roles(const struct config *config)
{
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_section *section = &config->sections[i];
        const struct config_entry *roles = config_own(config, section, KEY_ROLES);

        if (roles != NULL && roles->value[0] != '\0')
            return 1;
    }
    return 0;
}

static void
note_nobody(struct check *check)
{
    const struct config *config = check->config;
    size_t shown = config->file_count < FILES_SHOWN ? config->file_count : FILES_SHOWN, size = 0;
    char *files = NULL;
    FILE *list = open_memstream(&files, &size);

    if (list == NULL) {
        check_note(check, "no [user] or [group] gives anybody a role");
        return;
    }
    for (size_t i = 0; i < shown; i++)
        fprintf(list, "%s%s", i == 0 ? "" : ", ", config->files[i].path);
    if (shown < config->file_count)
        fprintf(list, " and %zu more", config->file_count - shown);
    if (fclose(list) == 0)
        check_note(check, "no [user] or [group] gives anybody a role (read: %s)", files);
    free(files);
}

/* 1 when all that belongs to the configuration, or is not there, may be read by us. */
static int
may_be_read(struct check *check)
{
    const struct installed *installed = check->installed;
    size_t before = check->notes;

    if (check->content == NULL || check->place != CONFIG_PLACE_MAIN)
        note_unreadable(check, AT_FDCWD, installed->config, installed->config);
    note_unreadable_drop_ins(check, installed->config_dir);
    return check->notes == before;
}

static void
tell_problems(struct check *check, const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];

        check_problem(check, problem->file, problem->line, problem->what, problem->mend);
    }
    check->problems += problems->unlisted;
    if (problems->unlisted > 0)
        terminal_line(&check->err, TERMINAL_BAD, "%zu more problems are not listed",
                      problems->unlisted);
}

/*
 * 1 when the file that was named may be read. Else nothing is known of it, and its mode may be as
 * it should be.
 */
static int
can_read_content(struct check *check)
{
    if (access(check->content, R_OK) == 0)
        return 1;
    if (errno == ENOENT)
        check_problem(check, check->content, 0, "does not exist", "give the path of a file");
    else if (errno == EACCES)
        check_problem(check, check->content, 0, "may not be read by you",
                      "run aws-role check as root");
    else
        return 1; /* who reads it has a word for that */
    return 0;
}

void
check_config(struct check *check)
{
    const struct installed *installed = check->installed;
    const struct config_paths paths = {
        .main_file = installed->config,
        .drop_in_folder = installed->config_dir,
        .vendor_file = installed->vendor_config,
        .credentials_file = installed->credentials,
    };
    /* Content is judged wherever it lies, and what lies around it by the same measure. */
    const struct trust content_only = {.content_only = 1};
    struct problems problems = {0};
    int r;

    if (check->content != NULL && !can_read_content(check))
        return;
    if (!may_be_read(check))
        return;
    if (check->content == NULL)
        note_other_names(check, installed->config_dir);
    if (check->content == NULL)
        r = config_load(&paths, &check->trust, &check->config, &problems);
    else
        r = config_check_content(&paths, &content_only, check->content, check->place,
                                 &check->config, &problems);
    tell_problems(check, &problems);
    if (r != 0 && problems_count(&problems) == 0)
        check_problem(check, check->content != NULL ? check->content : installed->config, 0,
                      error_text(r),
                      r == AWS_ROLE_ERR_NOT_FOUND ? "write it, see aws-role.conf(5)" : "try again");
    problems_free(&problems);
    if (r == AWS_ROLE_ERR_SYNTAX)
        check_note(check, "the rest is looked at once these are mended");
    if (check->config != NULL && !gives_roles(check->config))
        note_nobody(check);
}
