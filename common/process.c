/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PID_DIGITS_MAX 10
#define UID_DIGITS_MAX 10

/* Reads the beginning of PROC/PID/FILE; 0 when it cannot be read. */
static int
read_file(const char *proc, const char *pid, const char *file, char *text, size_t size)
{
    char path[128];
    ssize_t n;
    int fd;

    if (snprintf(path, sizeof path, "%s/%s/%s", proc, pid, file) >= (int)sizeof path)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, text, size - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return 1;
}

unsigned long long
process_start_time(const char *proc, const char *pid)
{
    unsigned long long start = 0;
    char text[1024], *at;

    if (!read_file(proc, pid, "stat", text, sizeof text))
        return 0;
    at = strrchr(text, ')'); /* the name before it may hold anything */
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at != NULL)
        start = strtoull(at + 1, NULL, 10);
    return start;
}

int
process_read_uid(const char *text, uid_t *uid)
{
    size_t length = strspn(text, "0123456789");
    unsigned long long number;

    if (length == 0 || length > UID_DIGITS_MAX || text[length] != '\0')
        return 0;
    number = strtoull(text, NULL, 10);
    *uid = (uid_t)number;
    return number < (uid_t)-1;
}

uid_t
process_login_uid(const char *proc)
{
    char text[16];
    uid_t uid;

    return read_file(proc, "self", "loginuid", text, sizeof text) && process_read_uid(text, &uid)
               ? uid
               : (uid_t)-1;
}

int
process_uid(const char *proc, const char *pid, uid_t *uid)
{
    char text[1024], *at;

    if (!read_file(proc, pid, "status", text, sizeof text))
        return 0;
    at = strstr(text, "\nUid:\t"); /* a newline in the name before it is written \n, proc(5) */
    if (at == NULL)
        return 0;
    at += sizeof "\nUid:\t" - 1;
    at[strspn(at, "0123456789")] = '\0';
    return process_read_uid(at, uid);
}

int
process_read_name(const char *name, pid_t *pid, unsigned long long *start)
{
    size_t length = strspn(name, "0123456789");
    long number;
    char *end;

    if (length == 0 || length > PID_DIGITS_MAX || name[length] != '.')
        return 0;
    number = strtol(name, NULL, 10);
    *start = strtoull(name + length + 1, &end, 10);
    *pid = (pid_t)number;
    return *end == '.' && *start != 0 && number > 0 && number == *pid;
}

int
process_is_alive(const char *proc, pid_t pid, unsigned long long start)
{
    char text[16];

    snprintf(text, sizeof text, "%ld", (long)pid);
    return process_start_time(proc, text) == start;
}
