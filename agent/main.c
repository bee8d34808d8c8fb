/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * aws-role-agent USER [IDLE]: what the programs of one session talk to. The stub starts it as the
 * person when the first of them connects, with an empty environment and two descriptors: 3, a
 * socketpair to the broker, and 4, the listener of the unix socket. It ends after IDLE seconds
 * without a client (the stub listens again then), or with the session: when the broker is gone.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <syslog.h>

#include "agent/broker.h"
#include "agent/control.h"
#include "agent/session.h"
#include "common/error.h"
#include "common/log.h"

#define BROKER_FD 3
#define LISTENER_FD 4
#define IDLE_DEFAULT 60
#define IDLE_MAX 86400

struct agent {
    struct event_base *base;
    struct event *idle;
    struct timeval idle_limit;
    struct session session;
    struct control *control;
    struct broker *broker;
    int ends;
};

/* 1 when `fd` is a unix socket that keeps records apart, and listens or does not. */
static int
is_record_socket(int fd, int listens)
{
    int domain = -1, type = -1, accepts = -1;
    socklen_t size = sizeof domain;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 &&
           domain == AF_UNIX && type == SOCK_SEQPACKET && accepts == listens;
}

/* Nobody else of this uid may look into us, and nothing of us reaches a disk. */
static int
protect_memory(void)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    return 0;
}

static void
end(void *context)
{
    struct agent *agent = context;

    agent->ends = 1;
    event_base_loopbreak(agent->base);
}

static void
on_idle(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    end(context);
}

static void
on_clients(void *context, size_t count)
{
    struct agent *agent = context;

    if (count > 0)
        evtimer_del(agent->idle);
    else if (!agent->ends && evtimer_add(agent->idle, &agent->idle_limit) != 0)
        end(agent);
}

static void
on_answered(void *context, struct session_role *role)
{
    struct agent *agent = context;

    control_answered(agent->control, role);
}

static int
agent_open(struct agent *agent)
{
    const struct control_events on_control = {on_clients, end, agent};
    const struct broker_events on_broker = {on_answered, end, agent};

    agent->base = event_base_new();
    if (agent->base == NULL)
        return AWS_ROLE_ERR_MEMORY;
    agent->idle = evtimer_new(agent->base, on_idle, agent);
    if (agent->idle == NULL || evtimer_add(agent->idle, &agent->idle_limit) != 0)
        return AWS_ROLE_ERR_MEMORY;
    agent->broker = broker_new(agent->base, BROKER_FD, &agent->session, &on_broker);
    if (agent->broker == NULL)
        return AWS_ROLE_ERR_MEMORY;
    agent->control =
        control_new(agent->base, LISTENER_FD, &agent->session, agent->broker, &on_control);
    if (agent->control == NULL)
        return AWS_ROLE_ERR_MEMORY;
    return 0;
}

static void
agent_close(struct agent *agent)
{
    agent->ends = 1;
    control_free(agent->control);
    broker_free(agent->broker);
    session_wipe(&agent->session);
    if (agent->idle != NULL)
        event_free(agent->idle);
    if (agent->base != NULL)
        event_base_free(agent->base);
}

/* The seconds of an argument, 1 to IDLE_MAX; 0 when it says anything else. */
static long
read_idle(const char *text)
{
    char *rest;
    long seconds = strtol(text, &rest, 10);

    return rest != text && *rest == '\0' && seconds >= 1 && seconds <= IDLE_MAX ? seconds : 0;
}

int
main(int argc, char **argv)
{
    struct agent agent = {0};
    int r;

    log_open("aws-role-agent");
    if (argc < 2 || argc > 3 || session_init(&agent.session, argv[1]) != 0 ||
        !is_record_socket(BROKER_FD, 0) || !is_record_socket(LISTENER_FD, 1)) {
        log_line(LOG_ERR, "not started by the session's stub with its two sockets: ending", NULL);
        return EXIT_FAILURE;
    }
    agent.idle_limit.tv_sec = argc == 3 ? read_idle(argv[2]) : IDLE_DEFAULT;
    if (agent.idle_limit.tv_sec == 0)
        return EXIT_FAILURE;
    r = protect_memory();
    if (r == 0)
        r = agent_open(&agent);
    if (r == 0 && event_base_loop(agent.base, 0) < 0)
        r = AWS_ROLE_ERR_SYSTEM;
    agent_close(&agent);
    if (r != 0)
        log_line(LOG_ERR, "the session's agent cannot serve", "reason", error_text(r), NULL);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
