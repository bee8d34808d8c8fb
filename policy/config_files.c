/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/config_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/protocol.h"

/* Readers of content that is not in place ask for nothing but the content. */
static const struct trust any_content = {.content_only = 1};

struct name_list {
    char **names;
    size_t count;
};

/* Makes a problem of trusted_file's sentence, "PATH what: mend". */
static void
add_why(struct problems *problems, const char *path, const char *why)
{
    size_t length = strlen(path);
    const char *what = why, *colon;

    if (strncmp(why, path, length) == 0 && why[length] == ' ')
        what += length + 1;
    colon = strstr(what, ": ");
    if (colon == NULL)
        problem_add(problems, path, 0, "%s\nsee aws-role.conf(5), FILES", what);
    else
        problem_add(problems, path, 0, "%.*s\n%s", (int)(colon - what), what, colon + 2);
}

static int
append_file(struct config *config, const char *path, const struct file_identity *identity,
            struct secret *content)
{
    struct config_file *files, *file;

    files = reallocarray(config->files, config->file_count + 1, sizeof *files);
    if (files == NULL)
        return AWS_ROLE_ERR_MEMORY;
    config->files = files;
    file = &files[config->file_count];
    memset(file, 0, sizeof *file);
    file->path = strdup(path);
    if (file->path == NULL)
        return AWS_ROLE_ERR_MEMORY;
    file->identity = *identity;
    secret_move(&file->content, content);
    config->file_count++;
    return 0;
}

int
config_files_add(struct config *config, const char *path, const struct trust *trust,
                 struct problems *problems)
{
    struct secret content = SECRET_EMPTY;
    struct file_identity identity;
    char why[TRUSTED_FILE_WHY_MAX] = "";
    int r;

    if (config->file_count == CONFIG_FILES_MAX) {
        problem_add(problems, path, 0, "one file too many\nkeep to %d files", CONFIG_FILES_MAX);
        return AWS_ROLE_ERR_TOO_BIG;
    }
    r = trusted_file_read(path, TRUSTED_FILE_PUBLIC, trust, CONFIG_FILE_SIZE_MAX, &content,
                          &identity, why);
    if (r == 0)
        r = append_file(config, path, &identity, &content);
    else if (r != AWS_ROLE_ERR_NOT_FOUND)
        add_why(problems, path, why);
    secret_wipe(&content);
    return r;
}

static int
is_configuration(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

static void
free_names(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    memset(list, 0, sizeof *list);
}

static int
add_name(struct name_list *list, const char *name)
{
    char **names;

    if (list->count == CONFIG_FILES_MAX)
        return AWS_ROLE_ERR_TOO_BIG;
    names = reallocarray(list->names, list->count + 1, sizeof *names);
    if (names == NULL)
        return AWS_ROLE_ERR_MEMORY;
    list->names = names;
    names[list->count] = strdup(name);
    if (names[list->count] == NULL)
        return AWS_ROLE_ERR_MEMORY;
    list->count++;
    return 0;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the folder's configuration files. Takes the descriptor. */
static int
list_names(int fd, struct name_list *list)
{
    DIR *folder = fdopendir(fd);
    struct dirent *entry;
    int r = 0;

    if (folder == NULL) {
        close(fd);
        return AWS_ROLE_ERR_SYSTEM;
    }
    while (r == 0) {
        errno = 0;
        entry = readdir(folder);
        if (entry == NULL) {
            r = errno == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
            break;
        }
        if (is_configuration(entry->d_name))
            r = add_name(list, entry->d_name);
    }
    closedir(folder);
    return r;
}

/* Takes the last file out again. */
static void
drop_last(struct config *config)
{
    struct config_file *file = &config->files[--config->file_count];

    free(file->path);
    secret_wipe(&file->content);
}

static int
add_named(struct config *config, const char *folder, const char *name, const struct trust *trust,
          const struct config_newcomer *newcomer, struct problems *problems)
{
    char path[RECORD_PATH_MAX + 1];
    int r;

    if (newcomer != NULL && newcomer->name != NULL && strcmp(newcomer->name, name) == 0)
        return config_files_add(config, newcomer->path, &any_content, problems);
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return AWS_ROLE_ERR_TOO_BIG;
    r = config_files_add(config, path, trust, problems);
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        return 0; /* removed since the folder was listed, by somebody who may */
    if (r == 0 && newcomer != NULL && newcomer->is_older != NULL &&
        newcomer->is_older(newcomer->context, &config->files[config->file_count - 1]))
        drop_last(config);
    return r;
}

static int
read_names(const char *folder, const struct trust *trust, struct name_list *list,
           struct problems *problems)
{
    char why[TRUSTED_FILE_WHY_MAX] = "";
    int fd, r = trusted_folder_open(folder, trust, &fd, why);

    if (r == AWS_ROLE_ERR_NOT_FOUND)
        return r;
    if (r != 0) {
        add_why(problems, folder, why);
        return r;
    }
    r = list_names(fd, list);
    if (r == AWS_ROLE_ERR_TOO_BIG)
        problem_add(problems, folder, 0, "more than %d files\nkeep to fewer", CONFIG_FILES_MAX);
    else if (r != 0)
        problem_add(problems, folder, 0, "cannot be listed\nlook at the file system");
    return r;
}

static int
is_listed(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return 1;
    return 0;
}

/* Reads what is listed, all of it, and returns the first failure. */
static int
add_listed(struct config *config, const char *folder, const struct name_list *list,
           const struct trust *trust, const struct config_newcomer *newcomer,
           struct problems *problems)
{
    int first = 0;

    for (size_t i = 0; i < list->count; i++) {
        int r = add_named(config, folder, list->names[i], trust, newcomer, problems);

        if (first == 0)
            first = r;
    }
    if (newcomer != NULL && newcomer->name == NULL) {
        int r = config_files_add(config, newcomer->path, &any_content, problems);

        if (first == 0)
            first = r;
    }
    return first;
}

int
config_files_add_folder(struct config *config, const char *folder, const struct trust *trust,
                        const struct config_newcomer *newcomer, struct problems *problems)
{
    struct config_newcomer one = {NULL, NULL, NULL, NULL};
    struct name_list list = {NULL, 0};
    int r = read_names(folder, trust, &list, problems);

    if (newcomer != NULL) {
        one = *newcomer;
        if (r == AWS_ROLE_ERR_NOT_FOUND)
            r = 0; /* the newcomer will be its first file */
        if (one.name != NULL && is_listed(&list, one.name))
            one.is_older = NULL; /* its older version is known by its name */
        else if (r == 0 && one.name != NULL)
            r = add_name(&list, one.name);
    }
    if (r == 0 && list.count > 0)
        qsort(list.names, list.count, sizeof *list.names, compare_names);
    if (r == 0)
        r = add_listed(config, folder, &list, trust, newcomer == NULL ? NULL : &one, problems);
    free_names(&list);
    return r;
}
