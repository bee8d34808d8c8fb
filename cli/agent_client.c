/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/agent_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/agent_socket.h"
#include "common/error.h"

#define UNIX_SOCKETS "/proc/net/unix"
#define ACCEPTS 0x10000 /* __SO_ACCEPTCON, linux/net.h: the flag of a listener in that file */
#define CANDIDATES_MAX 64

_Static_assert(AGENT_CLIENT_PATH_MAX == sizeof(((struct sockaddr_un *)0)->sun_path), "unix(7)");

struct candidate {
    char path[AGENT_CLIENT_PATH_MAX];
    struct timespec made;
};

/* 1 for RUNDIR/UID/NAME: nothing else is followed, whoever says so. */
static int
is_in_place(const struct agent_place *place, const char *path)
{
    char folder[AGENT_CLIENT_PATH_MAX];
    int length =
        snprintf(folder, sizeof folder, "%s/%lu/", place->rundir, (unsigned long)place->uid);
    const char *name;

    if (length < 0 || (size_t)length >= sizeof folder || strlen(path) >= sizeof folder ||
        strncmp(path, folder, (size_t)length) != 0)
        return 0;
    name = path + length;
    return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* 1 for a socket that belongs to the person; `made` is when it was bound. */
static int
is_persons_socket(const struct agent_place *place, const char *path, struct timespec *made)
{
    struct stat st;

    if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode) || st.st_uid != place->uid)
        return 0;
    *made = st.st_mtim;
    return 1;
}

static int
connect_to(const struct agent_place *place, const char *path, deadline_t deadline, int *fd,
           char *connected)
{
    struct timespec made;
    int r;

    if (!is_in_place(place, path) || !is_persons_socket(place, path, &made))
        return AWS_ROLE_ERR_NOT_FOUND;
    r = agent_socket_connect(path, place->listener, deadline, fd);
    if (r == 0 && connected != NULL)
        memcpy(connected, path, strlen(path) + 1); /* is_in_place has checked its length */
    return r;
}

static int
is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Keeps the newest CANDIDATES_MAX. */
static void
keep(struct candidate *candidates, size_t *count, const char *path, const struct timespec *made)
{
    struct candidate *place = &candidates[0];

    if (*count < CANDIDATES_MAX) {
        place = &candidates[(*count)++];
    } else {
        for (size_t i = 1; i < CANDIDATES_MAX; i++)
            if (is_older(&candidates[i].made, &place->made))
                place = &candidates[i];
        if (!is_older(&place->made, made))
            return;
    }
    memcpy(place->path, path, strlen(path) + 1); /* is_in_place has checked its length */
    place->made = *made;
}

static int
newest_first(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;

    if (is_older(&one->made, &other->made))
        return 1;
    return is_older(&other->made, &one->made) ? -1 : 0;
}

/* The path of a line of /proc/net/unix that is a listener's of our kind; NULL. See proc(5). */
static const char *
listener_path(char *line)
{
    unsigned int flags, type;
    int at = 0;

    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%*s %*s %*s %x %x %*s %*s %n", &flags, &type, &at) != 2 || at == 0 ||
        (flags & ACCEPTS) == 0 || type != SOCK_SEQPACKET)
        return NULL;
    return line + at;
}

static size_t
find_candidates(const struct agent_place *place, struct candidate *candidates)
{
    FILE *sockets = fopen(UNIX_SOCKETS, "re");
    char *line = NULL;
    size_t room = 0, count = 0;

    if (sockets == NULL)
        return 0;
    while (getline(&line, &room, sockets) >= 0) {
        const char *path = listener_path(line);
        struct timespec made;

        if (path != NULL && is_in_place(place, path) && is_persons_socket(place, path, &made))
            keep(candidates, &count, path, &made);
    }
    free(line);
    fclose(sockets);
    qsort(candidates, count, sizeof *candidates, newest_first);
    return count;
}

int
agent_client_connect(const struct agent_place *place, deadline_t deadline, int *fd,
                     char path[AGENT_CLIENT_PATH_MAX])
{
    struct candidate candidates[CANDIDATES_MAX];
    size_t count;
    int given = AWS_ROLE_ERR_NOT_FOUND, r = AWS_ROLE_ERR_NOT_FOUND;

    if (place->given != NULL)
        given = connect_to(place, place->given, deadline, fd, path);
    if (given == 0 || given == AWS_ROLE_ERR_DEADLINE)
        return given;
    count = find_candidates(place, candidates);
    for (size_t i = 0; i < count && r != 0; i++)
        r = connect_to(place, candidates[i].path, deadline, fd, path);
    if (r == 0 || r == AWS_ROLE_ERR_DEADLINE)
        return r;
    return given == AWS_ROLE_ERR_PEER_GONE ? given : AWS_ROLE_ERR_NOT_FOUND;
}

static int
ask_once(const struct agent_place *place, const struct record *request, struct record *answer,
         deadline_t deadline, char *path)
{
    int fd, r = agent_client_connect(place, deadline, &fd, path);

    if (r != 0)
        return r;
    r = record_send(fd, request, deadline);
    if (r == 0)
        r = record_receive(fd, answer, deadline);
    close(fd);
    return r;
}

int
agent_client_ask(const struct agent_place *place, const struct record *request,
                 struct record *answer, deadline_t deadline, char path[AGENT_CLIENT_PATH_MAX])
{
    int r = ask_once(place, request, answer, deadline, path);

    return r == AWS_ROLE_ERR_PEER_GONE ? ask_once(place, request, answer, deadline, path) : r;
}
