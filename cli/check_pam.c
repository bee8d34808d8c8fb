/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_pam.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "pam_aws_role.so"

/* The word of a line that names the module, cut where it lies; NULL: none does. */
static const char *
module_of(char *line)
{
    char *rest = line, *word;

    line[strcspn(line, "#")] = '\0';
    while ((word = strsep(&rest, " \t\r\n")) != NULL) {
        size_t size = strlen(word), name = strlen(MODULE);

        if (size >= name && strcmp(word + size - name, MODULE) == 0 &&
            (size == name || word[size - name - 1] == '/'))
            return word;
    }
    return NULL;
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
check_line(struct check *check, const char *path, unsigned int line, const char *named)
{
    const char *installed = check->installed->module;
    char what[PATH_MAX + 128];

    if (named[0] == '/' && access(named, F_OK) != 0) {
        snprintf(what, sizeof what, "PAM finds no %s: %s", named, strerror(errno));
    } else if (named[0] != '/' && !is_beside_pams(installed)) {
        snprintf(what, sizeof what,
                 "PAM looks for " MODULE " in the folder of pam_unix.so, and it is %s", installed);
    } else {
        return;
    }
    check_problem(check, path, line, what,
                  "write the module's path into the line, or configure with --with-pamdir and "
                  "install again");
}

/* How many lines of a file name the module. */
static size_t
check_file(struct check *check, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    char path[PATH_MAX], *line = NULL;
    unsigned int number = 0;
    size_t room = 0, found = 0;

    snprintf(path, sizeof path, "%s/%s", check->installed->pam_folder, name);
    if (file == NULL) {
        check_note(check, "%s: %s: whether it names " MODULE " is not known", path,
                   strerror(errno));
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while (getline(&line, &room, file) >= 0) {
        const char *named = module_of(line);

        number++;
        if (named == NULL)
            continue;
        found++;
        check_line(check, path, number, named);
    }
    free(line);
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
                   "no line in %s names " MODULE ": a login gives nobody a role, see "
                   "pam_aws_role(8)", path);
}
