/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hold_calls SOCKET CALL COMMAND [ARGUMENT...]: runs COMMAND so that a test can stop a session of
 * it at an exact point, and find all that descends from it:
 *
 *   - in an IPC namespace of its own, which no descendant leaves: see /proc/PID/ns/ipc;
 *   - with each system call CALL of it and its descendants waiting for the answer of whoever has
 *     the listener (seccomp_unotify(2)); CALL "-" is none.
 *
 * The descriptor SOCKET, a unix socket, takes one byte when both are so, with the listener, and is
 * closed. COMMAND's own execve waits, too, when CALL is that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Names of what may be called one or the other way, on this architecture or that. */
static const struct {
    const char *name;
    int number;
} calls[] = {
    {"bind", SYS_bind},         {"clone", SYS_clone},         {"close_range", SYS_close_range},
    {"execve", SYS_execve},     {"listen", SYS_listen},       {"setgroups", SYS_setgroups},
    {"setsid", SYS_setsid},     {"shutdown", SYS_shutdown},
#ifdef SYS_unlink
    {"unlink", SYS_unlink},
#endif
    {"unlink", SYS_unlinkat},
#ifdef SYS_renameat
    {"renameat", SYS_renameat},
#endif
    {"renameat", SYS_renameat2},
};

#define CALLS (sizeof calls / sizeof calls[0])

static const struct sock_filter load_number =
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
static const struct sock_filter notify = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
static const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

/* The listener, -1 for the name "-"; ends the process when there is no such thing. */
static int
hold(const char *name)
{
    struct sock_filter filter[2 + 2 * CALLS];
    struct sock_fprog program = {.filter = filter};
    int fd;

    if (strcmp(name, "-") == 0)
        return -1;
    filter[program.len++] = load_number;
    for (size_t i = 0; i < CALLS; i++) {
        const struct sock_filter skip =
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)calls[i].number, 0, 1);

        if (strcmp(calls[i].name, name) != 0)
            continue;
        filter[program.len++] = skip;
        filter[program.len++] = notify;
    }
    filter[program.len++] = allow;
    fd = program.len < 4 ? -1
                         : (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                        SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (fd < 0) {
        perror(name);
        exit(EXIT_FAILURE);
    }
    return fd;
}

/* One byte, and `fd` with it unless that is -1. */
static int
send_listener(int to, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof fd)];
    } control = {0};
    char byte = 'h';
    struct iovec content = {&byte, 1};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};

    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    return sendmsg(to, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int
main(int argc, char **argv)
{
    int to, fd;

    if (argc < 4) {
        fputs("usage: hold_calls SOCKET CALL COMMAND [ARGUMENT...]\n", stderr);
        return EXIT_FAILURE;
    }
    to = atoi(argv[1]);
    if (unshare(CLONE_NEWIPC) != 0) {
        perror("unshare");
        return EXIT_FAILURE;
    }
    fd = hold(argv[2]);
    if (send_listener(to, fd) != 0) {
        perror("sendmsg");
        return EXIT_FAILURE;
    }
    close(to);
    if (fd >= 0)
        close(fd); /* while it is open here, its other copy never tells of the end */
    execv(argv[3], argv + 3);
    perror(argv[3]);
    return EXIT_FAILURE;
}
