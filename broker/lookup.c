/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/lookup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "common/spawn.h"

/* Most sessions are of whoever came in, whom nobody has to look up twice. */
static void
find_login_name(const struct lookup *lookup, struct lookup_result *result)
{
    struct person_identity login;

    if (lookup->login_uid == (uid_t)-1)
        return;
    if (result->person_error == 0 && lookup->login_uid == result->person.uid)
        memcpy(result->login_name, result->person.name, sizeof result->login_name);
    else if (person_find_uid(lookup->login_uid, &login) == 0)
        memcpy(result->login_name, login.name, sizeof result->login_name);
}

static void
find(const struct lookup *lookup, struct lookup_result *result)
{
    memset(result, 0, sizeof *result);
    result->service_error = person_find(lookup->service, &result->service);
    if (result->service_error != 0)
        return;
    result->person_error = person_find(lookup->person, &result->person);
    if (result->person_error == 0)
        find_login_name(lookup, result);
}

__attribute__((noreturn)) static void
run_child(const struct lookup *lookup, int to, pid_t parent)
{
    struct lookup_result result;

    /* The parent may have died before prctl could ask to be told. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        dup2(to, SPAWN_FIRST_FD) < 0)
        _exit(1);
    log_close();
    spawn_close_from(SPAWN_FIRST_FD + 1);
    find(lookup, &result);
    (void)send(SPAWN_FIRST_FD, &result, sizeof result, MSG_NOSIGNAL);
    _exit(0);
}

static int
take_result(int fd, struct lookup_result *result)
{
    if (recv(fd, result, sizeof *result, MSG_DONTWAIT) != (ssize_t)sizeof *result)
        return AWS_ROLE_ERR_SYSTEM;
    return 0;
}

/* Waits for the child's one record, or for what makes it needless. */
static int
await(const struct lookup *lookup, int fd, struct lookup_result *result)
{
    struct pollfd watched[] = {
        {.fd = lookup->lifeline, .events = POLLRDHUP}, /* what it carries is for later */
        {.fd = fd, .events = POLLIN},
    };
    int n;

    do
        n = poll(watched, 2, deadline_left(lookup->deadline));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return AWS_ROLE_ERR_SYSTEM;
    if (n == 0)
        return AWS_ROLE_ERR_DEADLINE;
    return watched[0].revents != 0 ? AWS_ROLE_ERR_PEER_GONE : take_result(fd, result);
}

int
lookup_run(const struct lookup *lookup, struct lookup_result *result)
{
    pid_t parent = getpid(), pid;
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    pid = fork();
    if (pid == 0)
        run_child(lookup, pair[1], parent);
    close(pair[1]);
    r = pid < 0 ? AWS_ROLE_ERR_SYSTEM : await(lookup, pair[0], result);
    close(pair[0]);
    if (pid < 0)
        return r;
    (void)kill(pid, SIGKILL); /* it has said all that counts */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return r;
}
