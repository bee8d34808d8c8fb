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
#define ENDPOINT_FD 5
#define FREE_FD 16 /* above every descriptor that has a number of its own */

#define AGENT_GRACE_MS 500 /* to wipe, once the broker is gone */
#define AGENT_FAILED_MS 1000

/* What the stub knows beside its descriptors. */
struct stub {
    const char *agent; /* the program */
    const char *name;  /* the person's */
    const struct secret *token;
    int endpoint; /* ENDPOINT_FD; -1: there is no port */
    enum export export_as; /* 0: not known */
    int children; /* SIGCHLD as something that poll(2) sees */
};

/* The descriptors at their numbers, everything else closed. `endpoint` -1: there is none. */
static int
place_fds(int broker, int listener, int endpoint)
{
    const int given[] = {broker, listener, endpoint};
    int moved[3], count = endpoint >= 0 ? 3 : 2;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return AWS_ROLE_ERR_SYSTEM;
    for (int i = 0; i < count; i++)
        if ((moved[i] = fcntl(given[i], F_DUPFD_CLOEXEC, FREE_FD)) < 0)
            return AWS_ROLE_ERR_SYSTEM;
    for (int i = 0; i < count; i++)
        if (dup2(moved[i], BROKER_FD + i) < 0)
            return AWS_ROLE_ERR_SYSTEM;
    for (int i = 0; i < BROKER_FD; i++) /* root's terminal, when it was started there by hand */
        if (dup2(null, i) < 0)
            return AWS_ROLE_ERR_SYSTEM;
    log_close();
    spawn_close_from((unsigned int)(BROKER_FD + count));
    return 0;
}

static int
watch_children(void)
{
    sigset_t children;

    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &children, NULL) != 0)
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

/* A pipe with the token in it, for the agent to read: it is shorter than any pipe is deep. */
static int
pipe_token(const struct secret *token)
{
    int ends[2];
    ssize_t written;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    written = write(ends[1], token->data, token->size);
    close(ends[1]);
    if (written == (ssize_t)token->size)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* Starts the agent and waits for its end; its wait status, -1 when it could not be started. */
static int
run_agent(const struct stub *stub)
{
    const char *export_as = stub->export_as == EXPORT_ENDPOINT ? "endpoint"
                            : stub->export_as == EXPORT_KEYS   ? "keys"
                                                               : "any";
    char *argv[] = {(char *)(uintptr_t)stub->agent, (char *)(uintptr_t)stub->name,
                    (char *)(uintptr_t)export_as, NULL};
    const int fds[] = {BROKER_FD, LISTENER_FD, pipe_token(stub->token), stub->endpoint};
    int r = AWS_ROLE_ERR_SYSTEM;
    pid_t pid;

    if (fds[2] >= 0) {
        r = spawn_child(stub->agent, argv, fds, stub->endpoint >= 0 ? 4 : 3, &pid);
        close(fds[2]);
    }
    if (r == 0)
        return wait_for_agent(pid, stub->children);
    log_line(LOG_ERR, "the agent cannot be started", "user", stub->name, "agent", stub->agent,
             "reason", strerror(errno), NULL);
    return -1;
}

static void
serve_clients(const struct stub *stub)
{
    struct pollfd broker = {.fd = BROKER_FD};

    if (run_agent(stub) == 0)
        return;
    log_line(LOG_WARNING, "the agent ended with an error", "user", stub->name, NULL);
    /* One that cannot run must not be run in circles. */
    (void)poll(&broker, 1, AGENT_FAILED_MS);
}

/* Waits until the login is answered: before that it is not known what the session exports. */
static int
wait_to_serve(struct stub *stub)
{
    struct record record;
    int r = record_receive(BROKER_FD, &record, UINT64_MAX);

    if (r == 0 && record.kind != RECORD_SERVE)
        r = AWS_ROLE_ERR_PROTOCOL;
    if (r == 0)
        stub->export_as = (enum export)record_number(&record, FIELD_EXPORT);
    record_wipe(&record);
    return r;
}

/* The agent begins to listen when somebody asks it for an endpoint that the login did not need. */
static int
is_listening(int fd)
{
    int accepts = 0;
    socklen_t size = sizeof accepts;

    return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

__attribute__((noreturn)) static void
serve(struct stub *stub)
{
    int r = wait_to_serve(stub);

    while (r == 0) {
        struct pollfd watched[] = {{.fd = BROKER_FD},
                                   {.fd = LISTENER_FD, .events = POLLIN},
                                   {.fd = is_listening(stub->endpoint) ? stub->endpoint : -1,
                                    .events = POLLIN}};
        int n = poll(watched, 3, -1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || watched[0].revents != 0)
            break;
        if (((watched[1].revents | watched[2].revents) & POLLIN) == 0)
            break; /* the broker has shut the listeners down */
        serve_clients(stub);
    }
    _exit(0);
}

int
stub_start(const char *agent, const struct person_identity *person, int listener,
           const struct endpoint *endpoint, int *broker_end, pid_t *pid)
{
    struct stub stub = {.agent = agent, .name = person->name, .token = &endpoint->token,
                        .endpoint = endpoint->listener >= 0 ? ENDPOINT_FD : -1};
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    *pid = fork();
    if (*pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return AWS_ROLE_ERR_SYSTEM;
    }
    if (*pid == 0) {
        if (place_fds(pair[1], listener, endpoint->listener) != 0 ||
            privilege_drop(person->uid, person->gid) != 0)
            _exit(1);
        (void)prctl(PR_SET_NAME, "aws-role-stub");
        stub.children = watch_children();
        if (stub.children >= 0)
            serve(&stub);
        _exit(1);
    }
    close(pair[1]);
    *broker_end = pair[0];
    return 0;
}
