/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"
#include "common/folder.h"
#include "common/ledger.h"
#include "common/process.h"

#define PROC "/proc"
#define WHY_MAX 512
#define BACKLOG 32
#define RUNDIR_MODE 0755
#define PERSON_MODE 0711 /* to be passed through by name, not listed */
#define CACHE_MODE 0700
#define RANDOM_BYTES 16
#define SWEEP_MAX 8192 /* entries looked at in one login */

static int
fail(char *why, int error, const char *what, const char *name)
{
    int saved = errno;

    snprintf(why, WHY_MAX, "%s %.300s%s%s", what, name,
             error == AWS_ROLE_ERR_SYSTEM ? ": " : "",
             error == AWS_ROLE_ERR_SYSTEM ? strerror(saved) : "");
    errno = saved;
    return error;
}

static int
distrust(char *why, const char *path)
{
    return fail(why, AWS_ROLE_ERR_UNTRUSTED,
                "not root's own folder, remove it and log in again:", path);
}

/*
 * Makes `name` below `parent` if it is missing and opens it, if it is root's and nobody else's.
 * `path` is the same for people.
 */
static int
open_own_folder(int parent, const char *name, const char *path, mode_t mode, int *folder,
                char *why)
{
    struct stat st;

    if (mkdirat(parent, name, mode) != 0 && errno != EEXIST)
        return fail(why, AWS_ROLE_ERR_SYSTEM, "cannot make", path);
    *folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*folder < 0 && (errno == ENOTDIR || errno == ELOOP))
        return distrust(why, path);
    if (*folder < 0)
        return fail(why, AWS_ROLE_ERR_SYSTEM, "cannot open", path);
    if (fstat(*folder, &st) != 0 || st.st_uid != geteuid() ||
        (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        close(*folder);
        return distrust(why, path);
    }
    if ((st.st_mode & 07777) != mode && fchmod(*folder, mode) != 0) { /* our umask is 077 */
        int r = fail(why, AWS_ROLE_ERR_SYSTEM, "cannot set the mode of", path);

        close(*folder);
        return r;
    }
    return 0;
}

/* The cache's folder is made here, since the service user may not; what it holds is not root's. */
static int
make_cache(int rundir, const struct person_identity *service, const char *path, char *why)
{
    struct stat st;

    if (mkdirat(rundir, "cache", CACHE_MODE) != 0 && errno != EEXIST)
        return fail(why, AWS_ROLE_ERR_SYSTEM, "cannot make", path);
    if (fstatat(rundir, "cache", &st, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(why, AWS_ROLE_ERR_SYSTEM, "cannot look at", path);
    if (st.st_uid == service->uid || !S_ISDIR(st.st_mode))
        return 0; /* the cache itself checks what it is given, as the service user */
    if (fchownat(rundir, "cache", service->uid, service->gid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(why, AWS_ROLE_ERR_SYSTEM, "cannot hand over", path);
    return 0;
}

/* 1 while the broker of the socket `name` holds its ledger's lock. */
static int
is_held(int folder, const char *name)
{
    char ledger[NAME_MAX + sizeof LEDGER_SUFFIX];
    int fd, held;

    snprintf(ledger, sizeof ledger, "%s" LEDGER_SUFFIX, name);
    fd = openat(folder, ledger, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return 0;
    held = ledger_is_locked(fd);
    close(fd);
    return held;
}

/*
 * 1 when a socket named `PID.START.RANDOM`, or its ledger, belongs to a broker that is gone: nobody
 * sees its process, and nobody holds its lock.
 */
static int
is_stale(int folder, const char *proc, const char *name)
{
    char socket[NAME_MAX + 1];
    size_t length = strlen(name), end = strlen(LEDGER_SUFFIX);
    unsigned long long start;
    pid_t pid;

    if (!process_read_name(name, &pid, &start) || process_is_alive(proc, pid, start))
        return 0;
    if (length > end && strcmp(name + length - end, LEDGER_SUFFIX) == 0)
        length -= end;
    snprintf(socket, sizeof socket, "%.*s", (int)length, name);
    return !is_held(folder, socket);
}

unsigned int
rundir_sweep(int folder, const char *proc)
{
    unsigned int removed = 0, seen = 0;
    struct dirent *entry;
    DIR *list;

    if (process_start_time(proc, "self") == 0)
        return 0; /* without proc(5) nobody can be told to be gone */
    list = folder_list(folder);
    if (list == NULL)
        return 0;
    while (seen++ < SWEEP_MAX && (entry = readdir(list)) != NULL)
        if (is_stale(folder, proc, entry->d_name) && unlinkat(folder, entry->d_name, 0) == 0)
            removed++;
    closedir(list);
    return removed;
}

/* PID.START.RANDOM of this process. */
static int
name_socket(char *name, size_t size)
{
    unsigned char random[RANDOM_BYTES];
    int used;

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return AWS_ROLE_ERR_SYSTEM;
    used = snprintf(name, size, "%ld.%llu.", (long)getpid(), process_start_time(PROC, "self"));
    for (size_t i = 0; i < sizeof random; i++)
        used += snprintf(name + used, size - (size_t)used, "%02x", random[i]);
    return 0;
}

static int
bind_socket(int folder, const char *name, const char *path, const struct person_identity *person,
            int *listener, char *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    memcpy(address.sun_path, path, strlen(path) + 1); /* the caller has checked its length */
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(why, AWS_ROLE_ERR_SYSTEM, "cannot make a socket", path);
    /* The umask of 077 makes it 0700, which chmod brings to 0600 before anybody is let in. */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        fchmodat(folder, name, 0600, 0) != 0 ||
        fchownat(folder, name, person->uid, person->gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int r = fail(why, AWS_ROLE_ERR_SYSTEM, "cannot bind", path);

        (void)unlinkat(folder, name, 0);
        close(fd);
        return r;
    }
    *listener = fd;
    return 0;
}

/* Makes RUNDIR with the cache's folder in it, and opens it: also on failure, unless it is -1. */
static int
open_top(const char *rundir, const struct person_identity *service, int *top, char *why)
{
    char path[RUNDIR_SOCKET_MAX];
    int r = open_own_folder(AT_FDCWD, rundir, rundir, RUNDIR_MODE, top, why);

    if (r != 0) {
        *top = -1;
        return r;
    }
    snprintf(path, sizeof path, "%s/cache", rundir);
    return make_cache(*top, service, path, why);
}

int
rundir_make(const char *rundir, const struct person_identity *service, char *why)
{
    int top, r = open_top(rundir, service, &top, why);

    if (top >= 0)
        close(top);
    return r;
}

/* Makes the folders of RUNDIR for this person and opens theirs. */
static int
open_folders(const char *rundir, const char *uid, const struct person_identity *service,
             int *folder, char *why)
{
    char path[RUNDIR_SOCKET_MAX];
    int top, r = open_top(rundir, service, &top, why);

    if (top < 0)
        return r;
    snprintf(path, sizeof path, "%s/%s", rundir, uid);
    if (r == 0)
        r = open_own_folder(top, uid, path, PERSON_MODE, folder, why);
    close(top);
    return r;
}

/*
 * The session's ledger, locked before its socket is there; -1 when it cannot be made, which stops
 * nobody.
 */
static int
make_ledger(int folder, const char *socket)
{
    char name[96];
    int ledger;

    snprintf(name, sizeof name, "%s" LEDGER_SUFFIX, socket);
    ledger = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (ledger >= 0)
        (void)ledger_lock(ledger);
    return ledger;
}

static void
remove_ledger(int folder, const char *socket, int ledger)
{
    char name[96];

    if (ledger < 0)
        return;
    snprintf(name, sizeof name, "%s" LEDGER_SUFFIX, socket);
    (void)unlinkat(folder, name, 0);
    close(ledger);
}

int
rundir_listen(const char *rundir, const struct person_identity *person,
              const struct person_identity *service, int *listener, int *ledger, char *path,
              char *why)
{
    char uid[16], name[80];
    int folder = -1, r;

    snprintf(uid, sizeof uid, "%lu", (unsigned long)person->uid);
    r = open_folders(rundir, uid, service, &folder, why);
    if (r != 0)
        return r;
    (void)rundir_sweep(folder, PROC);
    r = name_socket(name, sizeof name);
    if (r != 0) {
        r = fail(why, r, "no random name for a socket in", rundir);
    } else if (snprintf(path, RUNDIR_SOCKET_MAX, "%s/%s/%s", rundir, uid, name) >=
               RUNDIR_SOCKET_MAX) {
        r = fail(why, AWS_ROLE_ERR_TOO_BIG, "the path of a socket is too long below", rundir);
    } else {
        *ledger = make_ledger(folder, name);
        r = bind_socket(folder, name, path, person, listener, why);
        if (r != 0)
            remove_ledger(folder, name, *ledger);
    }
    if (r != 0)
        *ledger = -1;
    close(folder);
    return r;
}
