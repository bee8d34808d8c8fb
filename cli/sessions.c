/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/sessions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/folder.h"
#include "common/ledger.h"
#include "common/process.h"

#define PROC "/proc"

struct search {
    void (*visit)(void *context, const struct sessions_entry *entry);
    void *context;
};

/* Opens a folder that is the caller's own, root's on a host, and writable by nobody else. */
static int
open_own_folder(int parent, const char *name, int *folder)
{
    struct stat st;

    *folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*folder < 0)
        return errno == ENOENT ? AWS_ROLE_ERR_NOT_FOUND : AWS_ROLE_ERR_SYSTEM;
    if (fstat(*folder, &st) == 0 && st.st_uid == geteuid() &&
        (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return 0;
    close(*folder);
    return AWS_ROLE_ERR_UNTRUSTED;
}

/* The descriptor of a session's ledger; -1 when it has none that can be believed. */
static int
open_ledger(int folder, const char *socket)
{
    char name[NAME_MAX + sizeof LEDGER_SUFFIX];
    struct stat st;
    int fd;

    snprintf(name, sizeof name, "%s" LEDGER_SUFFIX, socket);
    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid())) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A record that speaks of somebody else is not believed: its broker is not root. */
static int
read_held(const struct sessions_entry *entry, int ledger, size_t slot, struct record *held)
{
    if (ledger < 0 || ledger_read(ledger, slot, held) != 0)
        return 0;
    if (record_number(held, FIELD_UID) == entry->uid)
        return 1;
    record_wipe(held);
    return 0;
}

/* Each role of the ledger, or the session's own record when there is none. */
static void
visit_ledger(const struct search *search, struct sessions_entry *entry, int ledger)
{
    struct record held;
    size_t seen = 0;

    for (size_t slot = 1; slot < LEDGER_SLOTS_MAX; slot++) {
        if (!read_held(entry, ledger, slot, &held))
            continue;
        entry->held = &held;
        search->visit(search->context, entry);
        record_wipe(&held);
        seen++;
    }
    if (seen > 0)
        return;
    entry->held = read_held(entry, ledger, 0, &held) ? &held : NULL;
    search->visit(search->context, entry);
    if (entry->held != NULL)
        record_wipe(&held);
}

static void
visit_session(const struct search *search, struct sessions_entry *entry)
{
    size_t length = strlen(entry->name), end = strlen(LEDGER_SUFFIX);
    int ledger;

    if (length > end && strcmp(entry->name + length - end, LEDGER_SUFFIX) == 0)
        return; /* comes with its socket */
    if (!process_read_name(entry->name, &entry->broker, &entry->start))
        return;
    ledger = open_ledger(entry->folder, entry->name);
    entry->is_seen = process_is_alive(PROC, entry->broker, entry->start);
    entry->is_alive = entry->is_seen || (ledger >= 0 && ledger_is_locked(ledger));
    visit_ledger(search, entry, ledger);
    if (ledger >= 0)
        close(ledger);
}

static int
visit_person(const struct search *search, int rundir, const char *name)
{
    struct sessions_entry entry = {0};
    const struct dirent *file;
    DIR *list;
    int r;

    if (!process_read_uid(name, &entry.uid))
        return 0; /* not a person's */
    r = open_own_folder(rundir, name, &entry.folder);
    if (r != 0)
        return r;
    list = folder_list(entry.folder);
    while (list != NULL && (file = readdir(list)) != NULL) {
        entry.name = file->d_name;
        visit_session(search, &entry);
    }
    if (list != NULL)
        closedir(list);
    close(entry.folder);
    return list == NULL ? AWS_ROLE_ERR_SYSTEM : 0;
}

static int
visit_everybody(const struct search *search, int rundir)
{
    DIR *list = folder_list(rundir);
    const struct dirent *file;
    int r = 0;

    if (list == NULL)
        return AWS_ROLE_ERR_SYSTEM;
    while ((file = readdir(list)) != NULL) {
        int one = visit_person(search, rundir, file->d_name);

        if (r == 0 && one != AWS_ROLE_ERR_NOT_FOUND) /* all that can be seen, then the error */
            r = one;
    }
    closedir(list);
    return r;
}

int
sessions_each(const char *rundir,
              void (*visit)(void *context, const struct sessions_entry *entry), void *context)
{
    const struct search search = {visit, context};
    int folder, r = open_own_folder(AT_FDCWD, rundir, &folder);

    if (r != 0)
        return r;
    r = visit_everybody(&search, folder);
    close(folder);
    return r;
}

int
sessions_of(const char *rundir, uid_t uid,
            void (*visit)(void *context, const struct sessions_entry *entry), void *context)
{
    const struct search search = {visit, context};
    char name[16];
    int folder, r = open_own_folder(AT_FDCWD, rundir, &folder);

    if (r != 0)
        return r;
    snprintf(name, sizeof name, "%lu", (unsigned long)uid);
    r = visit_person(&search, folder, name);
    close(folder);
    return r;
}
