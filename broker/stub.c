/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/stub.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/privilege.h"
#include "common/error.h"
#include "common/log.h"
#include "common/spawn.h"

#define BROKER_FD 3
#define LISTENER_FD 4
#define FREE_FD 16 /* above every descriptor that has a number of its own */

#define AGENT_GRACE_MS 500 /* to wipe, once the broker is gone */
#define AGENT_FAILED_MS 1000

/* The two descriptors at their numbers, everything else closed. */
static int
place_fds(int broker, int listener)
{
    int moved_broker = fcntl(broker, F_DUPFD_CLOEXEC, FREE_FD);
    int moved_listener = fcntl(listener, F_DUPFD_CLOEXEC, FREE_FD);

    if (moved_broker < 0 || moved_listener < 0 || dup2(moved_broker, BROKER_FD) < 0 ||
        dup2(moved_listener, LISTENER_FD) < 0)
        return AWS_ROLE_ERR_SYSTEM;
    log_close();
    spawn_close_from(LISTENER_FD + 1);
    return 0;
}

/* SIGCHLD as something that poll(2) sees. */
static int
watch_children(void)
{
    sigset_t children;

    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &children, NULL) != 0)
        return -1;
    return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Waits for the end of the agent, or of the broker; the agent's wait status. */
static int
wait_for_agent(pid_t pid, int children)
{
    struct pollfd watched[] = {{.fd = BROKER_FD}, {.fd = children, .events = POLLIN}};
    struct signalfd_siginfo information;
    int timeout = -1, status = 0;

    for (;;) {
        int n = poll(watched, 2, timeout);

        while (read(children, &information, sizeof information) > 0)
            ;
        if (waitpid(pid, &status, WNOHANG) == pid)
            return status;
        if (n == 0)
            (void)kill(pid, SIGKILL);
        else if (watched[0].revents != 0) {
            watched[0].fd = -1; /* the broker is gone: the agent sees it, too */
            timeout = AGENT_GRACE_MS;
        }
    }
}

static void
run_agent(const char *agent, const char *name, int children)
{
    char *argv[] = {(char *)(uintptr_t)agent, (char *)(uintptr_t)name, NULL};
    const int fds[] = {BROKER_FD, LISTENER_FD};
    struct pollfd broker = {.fd = BROKER_FD};
    int status = -1;
    pid_t pid;

    if (spawn_child(agent, argv, fds, 2, &pid) == 0)
        status = wait_for_agent(pid, children);
    else
        log_line(LOG_ERR, "the agent cannot be started", "user", name, "agent", agent, "reason",
                 strerror(errno), NULL);
    if (status == 0)
        return;
    log_line(LOG_WARNING, "the agent ended with an error", "user", name, NULL);
    /* One that cannot run must not be run in circles. */
    (void)poll(&broker, 1, AGENT_FAILED_MS);
}

__attribute__((noreturn)) static void
serve(const char *agent, const char *name)
{
    int children = watch_children();

    while (children >= 0) {
        struct pollfd watched[] = {{.fd = BROKER_FD}, {.fd = LISTENER_FD, .events = POLLIN}};
        int n = poll(watched, 2, -1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || watched[0].revents != 0)
            break;
        if ((watched[1].revents & POLLIN) == 0)
            break; /* the broker has shut the listener down */
        run_agent(agent, name, children);
    }
    _exit(0);
}

int
stub_start(const char *agent, const struct person_identity *person, int listener, int *broker_end,
           pid_t *stub)
{
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    pid = fork();
    if (pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return AWS_ROLE_ERR_SYSTEM;
    }
    if (pid == 0) {
        if (place_fds(pair[1], listener) != 0 || privilege_drop(person->uid, person->gid) != 0)
            _exit(1);
        (void)prctl(PR_SET_NAME, "aws-role-stub");
        serve(agent, person->name);
    }
    close(pair[1]);
    *broker_end = pair[0];
    *stub = pid;
    return 0;
}
