/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/session_end.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/ledger.h"
#include "common/process.h"

#define PROC "/proc"
#define GONE_MS 1000 /* what was killed is gone at once, unless somebody traces it */
#define DELETED " (deleted)" /* proc(5), /proc/PID/exe: of a program that was installed anew */

/*
 * Kills a process that `is_right` says is the one that is meant, after it can no longer be taken
 * for another (pidfd_open(2)). 1: it was killed.
 */
static int
kill_process(struct session_end *end, pid_t pid, int (*is_right)(const void *context),
             const void *context)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0), killed = 0;

    if (fd < 0 && errno != ENOSYS) /* ENOSYS before Linux 5.3, where the id has to do */
        return 0;
    if (is_right(context))
        killed = (fd >= 0 ? (int)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0)
                          : kill(pid, SIGKILL)) == 0;
    end->killed += (unsigned int)killed;
    if (fd >= 0 && killed && end->count < SESSION_END_WATCHED_MAX)
        end->watched[end->count++] = fd;
    else if (fd >= 0)
        close(fd);
    return killed;
}

unsigned int
session_end_wait(struct session_end *end)
{
    deadline_t until = deadline_in(GONE_MS);
    unsigned int left = 0;

    for (size_t i = 0; i < end->count; i++) {
        struct pollfd process = {.fd = end->watched[i], .events = POLLIN};

        left += poll(&process, 1, deadline_left(until)) != 1;
        close(end->watched[i]);
    }
    end->count = 0;
    return left;
}

static int
is_broker(const void *context)
{
    const struct sessions_entry *entry = context;

    return process_is_alive(PROC, entry->broker, entry->start);
}

int
session_end_broker(struct session_end *end, const struct sessions_entry *entry)
{
    char ledger[NAME_MAX + sizeof LEDGER_SUFFIX];
    int killed = kill_process(end, entry->broker, is_broker, entry);

    if (entry->is_alive && !entry->is_seen)
        return 0;
    snprintf(ledger, sizeof ledger, "%s" LEDGER_SUFFIX, entry->name);
    (void)unlinkat(entry->folder, entry->name, 0);
    (void)unlinkat(entry->folder, ledger, 0);
    return killed;
}

struct suspect {
    const struct installed *installed;
    const char *pid;
    uid_t uid;
};

static int
runs(const char *program, const char *executable)
{
    size_t length = strlen(program);

    return strncmp(executable, program, length) == 0 &&
           (executable[length] == '\0' || strcmp(executable + length, DELETED) == 0);
}

/* A process of the person's that runs the broker's program (its stub) or the agent's. */
static int
is_ours(const void *context)
{
    const struct suspect *suspect = context;
    char path[PATH_MAX], executable[PATH_MAX];
    uid_t owner;
    ssize_t n;

    snprintf(path, sizeof path, PROC "/%s/exe", suspect->pid);
    n = readlink(path, executable, sizeof executable - 1);
    if (n <= 0)
        return 0;
    executable[n] = '\0';
    /* Not dumpable, so its files are root's: whose it is stands in its status alone. */
    return (runs(suspect->installed->broker, executable) ||
            runs(suspect->installed->agent, executable)) &&
           process_uid(PROC, suspect->pid, &owner) && owner == suspect->uid;
}

unsigned int
session_end_leftovers(struct session_end *end, const struct installed *installed, uid_t uid)
{
    struct suspect suspect = {.installed = installed, .uid = uid};
    DIR *list = opendir(PROC);
    const struct dirent *entry;
    unsigned int killed = 0;

    while (list != NULL && (entry = readdir(list)) != NULL) {
        long pid = strtol(entry->d_name, NULL, 10);

        suspect.pid = entry->d_name;
        if (pid > 0 && is_ours(&suspect))
            killed += (unsigned int)kill_process(end, (pid_t)pid, is_ours, &suspect);
    }
    if (list != NULL)
        closedir(list);
    return killed;
}
