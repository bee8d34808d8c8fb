/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_pam.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MODULE "pam_aws_role.so"
#define BLANKS " \t\r\n"
#define LINE_SIZE 4096 /* what is longer is cut */

/* A line, cut where it lies: what it has no more words for is NULL. */
struct words {
    const char *type, *control, *module;
};

/* The next word, where `rest` goes on behind it: a control in brackets is one, with its blanks. */
static const char *
next_word(char **rest)
{
    char *word = *rest + strspn(*rest, BLANKS);
    size_t size = word[0] == '[' ? strcspn(word, "]") : 0;

    size += strcspn(word + size, BLANKS);
    *rest = word + size;
    if (word[size] != '\0')
        *(*rest)++ = '\0';
    return size == 0 ? NULL : word;
}

/* Does the word name the module, alone or as the end of a path. */
static int
is_module(const char *word)
{
    size_t size = word == NULL ? 0 : strlen(word), name = strlen(MODULE);

    return size >= name && strcmp(word + size - name, MODULE) == 0 &&
           (size == name || word[size - name - 1] == '/');
}

/* 0 when another module is named, or none: in its place, or where a word before it is missing. */
static int
names_module(char *line, struct words *words)
{
    words->type = next_word(&line);
    words->control = next_word(&line);
    words->module = next_word(&line);
    if (words->type == NULL || words->type[0] == '@') /* @include, of Debian's */
        return 0;
    return is_module(words->module) || is_module(words->control) || is_module(words->type);
}

/* As PAM does: whatever the case, and with a - that has it silent about a missing module. */
static int
is_type(const char *word, const char *type)
{
    return strcasecmp(word + (word[0] == '-'), type) == 0;
}

static int
is_any_type(const char *word)
{
    return is_type(word, "session") || is_type(word, "auth") || is_type(word, "account") ||
           is_type(word, "password");
}

/* Does the folder of the installed module have PAM's own. */
static int
is_beside_pams(const char *module)
{
    const char *slash = strrchr(module, '/');
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%.*s/pam_unix.so", slash == NULL ? 0 : (int)(slash - module),
             module);
    return access(path, F_OK) == 0;
}

static void
check_module(struct check *check, const char *path, unsigned int line, const char *named)
{
    const char *installed = check->installed->module;
    const char *mend = "write the module's path into the line, or configure with --with-pamdir "
                       "and install again";
    char what[PATH_MAX + 128], where[PATH_MAX + 128];

    if (named[0] == '/' && access(named, F_OK) != 0) {
        snprintf(what, sizeof what, "PAM finds no %s: %s", named, strerror(errno));
        snprintf(where, sizeof where, "the installed one is %s: write that%s", installed,
                 is_beside_pams(installed) ? ", or " MODULE ", which PAM finds there" : "");
        if (access(installed, F_OK) == 0)
            mend = where;
    } else if (named[0] != '/' && !is_beside_pams(installed)) {
        snprintf(what, sizeof what,
                 "PAM looks for " MODULE " in the folder of pam_unix.so, and it is %s", installed);
    } else {
        return;
    }
    check_problem(check, path, line, what, mend);
}

/* 1 when the line has PAM call the module for a session: what gives a login its role. */
static int
check_line(struct check *check, const char *path, unsigned int line, const struct words *words)
{
    char what[LINE_SIZE + 32];

    if (!is_any_type(words->type)) {
        snprintf(what, sizeof what, "%s is no type of PAM's", words->type);
        check_problem(check, path, line, what, "write session or auth");
    } else if (!is_module(words->module)) {
        check_problem(check, path, line, "the control is missing",
                      "write optional before the module");
        return 0;
    }
    if (is_module(words->module))
        check_module(check, path, line, words->module);
    return is_type(words->type, "session");
}

/* One line, with those that a \ at its end adds, and without comments. 0 at the file's end. */
static int
read_line(FILE *file, char line[LINE_SIZE], unsigned int *lines)
{
    char *part = NULL;
    size_t room = 0, used = 0;
    int goes_on = 1;

    for (*lines = 0; goes_on && getline(&part, &room, file) >= 0; ++*lines) {
        size_t size = strcspn(part, "#");

        while (size != 0 && strchr(BLANKS, part[size - 1]) != NULL)
            size--;
        goes_on = size != 0 && part[size - 1] == '\\';
        if (goes_on)
            part[size - 1] = ' ';
        if (size >= LINE_SIZE - used)
            size = LINE_SIZE - used - 1;
        memcpy(line + used, part, size);
        used += size;
    }
    free(part);
    line[used] = '\0';
    return *lines != 0;
}

/* How many lines of a file give a login its role. */
static size_t
check_file(struct check *check, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    char path[PATH_MAX], line[LINE_SIZE];
    unsigned int number = 1, lines;
    struct words words;
    size_t found = 0;

    snprintf(path, sizeof path, "%s/%s", check->installed->pam_folder, name);
    if (file == NULL) {
        check_note(check, "%s: %s: whether it names " MODULE " is not known", path,
                   strerror(errno));
        if (fd >= 0)
            close(fd);
        return 0;
    }
    for (; read_line(file, line, &lines); number += lines)
        if (names_module(line, &words))
            found += (size_t)check_line(check, path, number, &words);
    fclose(file);
    return found;
}

void
check_pam(struct check *check)
{
    const char *path = check->installed->pam_folder;
    DIR *folder = opendir(path);
    struct dirent *entry;
    size_t found = 0;

    if (folder == NULL && errno != ENOENT) {
        check_note(check, "%s: %s: whether PAM loads the module is not known", path,
                   strerror(errno));
        return;
    }
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            found += check_file(check, dirfd(folder), entry->d_name);
    if (folder != NULL)
        closedir(folder);
    if (found == 0)
        check_note(check,
                   "no session line in %s names " MODULE ": a login gives nobody a role, see "
                   "pam_aws_role(8)", path);
}
