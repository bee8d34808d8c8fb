/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/lifeline.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "common/ledger.h"
#include "common/protocol.h"
#include "common/spawn.h"
#include "pam_module/module_log.h"

#define DATA_NAME "pam_aws_role lifeline"
#define SOCKET_PATH_MAX 108 /* sun_path, unix(7) */

struct lifeline {
    int fd;
    dev_t device;
    ino_t inode;
    char socket[SOCKET_PATH_MAX]; /* "" until lifeline_set_socket */
    int lingers;
    int closed; /* lifeline_end was called */
};

int
lifeline_fd(const struct lifeline *lifeline)
{
    struct stat st;

    if (lifeline->fd < 0 || fstat(lifeline->fd, &st) != 0 || st.st_dev != lifeline->device ||
        st.st_ino != lifeline->inode)
        return -1;
    return lifeline->fd;
}

/*
 * Closes only: this also runs in a forked child that ends its copy of the handle (su(1)), where a
 * shutdown would end the session of the parent.
 */
static void
clean_up(pam_handle_t *pamh, void *data, int status)
{
    struct lifeline *lifeline = data;

    (void)pamh;
    (void)status;
    if (lifeline_fd(lifeline) >= 0)
        close(lifeline->fd);
    free(lifeline);
}

static struct lifeline *
adopt(int fd)
{
    struct lifeline *lifeline = calloc(1, sizeof *lifeline);
    struct stat st;

    if (lifeline == NULL || fstat(fd, &st) != 0) {
        free(lifeline);
        return NULL;
    }
    lifeline->fd = fd;
    lifeline->device = st.st_dev;
    lifeline->inode = st.st_ino;
    return lifeline;
}

/* Starts the broker with the other end of a new socket pair as its descriptor 3. */
static int
start_broker(pam_handle_t *pamh, const char *broker, const char *argument)
{
    char *argv[] = {(char *)(uintptr_t)broker, (char *)(uintptr_t)argument, NULL};
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        module_log(pamh, LOG_ERR, "no AWS role: no socket for the broker", "reason",
                   strerror(errno), NULL);
        return -1;
    }
    r = spawn_detached(broker, argv, &pair[1], 1);
    if (r != 0) {
        module_log(pamh, LOG_ERR, "no AWS role: the broker cannot be started", "broker", broker,
                   "reason", strerror(errno), NULL);
        close(pair[0]);
        pair[0] = -1;
    }
    close(pair[1]);
    return pair[0];
}

struct lifeline *
lifeline_start(pam_handle_t *pamh, const char *broker)
{
    struct lifeline *lifeline;
    int fd;

    lifeline_drop(pamh);
    fd = start_broker(pamh, broker, NULL);
    if (fd < 0)
        return NULL;
    lifeline = adopt(fd);
    if (lifeline == NULL || pam_set_data(pamh, DATA_NAME, lifeline, clean_up) != PAM_SUCCESS) {
        module_log(pamh, LOG_ERR, "no AWS role: the session cannot be kept in the PAM handle",
                   NULL);
        free(lifeline);
        close(fd);
        return NULL;
    }
    return lifeline;
}

struct lifeline *
lifeline_begin(pam_handle_t *pamh, const char *broker, const char *argument)
{
    int fd = start_broker(pamh, broker, argument);
    struct lifeline *lifeline = fd < 0 ? NULL : adopt(fd);

    if (fd >= 0 && lifeline == NULL)
        close(fd);
    return lifeline;
}

void
lifeline_discard(struct lifeline *lifeline)
{
    int fd;

    if (lifeline == NULL)
        return;
    fd = lifeline_fd(lifeline);
    if (fd >= 0) {
        (void)shutdown(fd, SHUT_RDWR); /* also seen through a copy in a child of the application */
        close(fd);
    }
    free(lifeline);
}

struct lifeline *
lifeline_find(pam_handle_t *pamh)
{
    const void *data = NULL;

    if (pam_get_data(pamh, DATA_NAME, &data) != PAM_SUCCESS)
        return NULL;
    return (struct lifeline *)(uintptr_t)data;
}

int
lifeline_set_socket(struct lifeline *lifeline, const char *rundir, const char *path, int lingers)
{
    static const char digits[] = "0123456789";
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.";
    size_t at = strlen(rundir), length;

    if (strncmp(path, rundir, at) != 0 || path[at] != '/')
        return 0;
    at++;
    length = strspn(path + at, digits);
    if (length == 0 || path[at + length] != '/')
        return 0;
    at += length + 1;
    length = strspn(path + at, plain);
    if (length == 0 || path[at] == '.' || path[at + length] != '\0' ||
        at + length >= sizeof lifeline->socket)
        return 0;
    memcpy(lifeline->socket, path, at + length + 1);
    lifeline->lingers = lingers;
    return 1;
}

const char *
lifeline_socket(const struct lifeline *lifeline)
{
    return lifeline->closed || lifeline->socket[0] == '\0' ? NULL : lifeline->socket;
}

/* The socket and the ledger beside it. */
static void
remove_files(const char *socket)
{
    char ledger[SOCKET_PATH_MAX + sizeof LEDGER_SUFFIX];

    snprintf(ledger, sizeof ledger, "%s" LEDGER_SUFFIX, socket);
    (void)unlink(socket);
    (void)unlink(ledger);
}

static void
shut_down(const struct lifeline *lifeline)
{
    int fd = lifeline_fd(lifeline);

    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR); /* ENOTCONN: the broker ended before */
}

/* The session was closed in order, and may go on for a while. */
static void
tell_close(const struct lifeline *lifeline)
{
    int fd = lifeline_fd(lifeline);
    struct record close;

    record_start(&close, RECORD_CLOSE);
    if (fd >= 0)
        (void)record_send(fd, &close, 0); /* nothing else is ever queued there */
    record_wipe(&close);
}

void
lifeline_delete(struct lifeline *lifeline)
{
    if (lifeline->closed)
        return;
    lifeline->closed = 1;
    /* First, so that nobody finds it once the broker is gone. The next login sweeps what stays. */
    if (lifeline->socket[0] != '\0')
        remove_files(lifeline->socket);
    shut_down(lifeline);
}

void
lifeline_end(struct lifeline *lifeline)
{
    if (!lifeline->lingers || lifeline->closed) {
        lifeline_delete(lifeline);
        return;
    }
    lifeline->closed = 1;
    tell_close(lifeline);
    shut_down(lifeline);
}

void
lifeline_drop(pam_handle_t *pamh)
{
    struct lifeline *lifeline = lifeline_find(pamh);

    if (lifeline == NULL)
        return;
    lifeline_delete(lifeline);
    (void)pam_set_data(pamh, DATA_NAME, NULL, NULL); /* runs clean_up on what it replaces */
}
