/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * aws-role-agent USER EXPORT [IDLE]: what the programs of one session talk to. The stub starts it
 * as the person when the first of them connects, with an empty environment and descriptors: 3, a
 * socketpair to the broker; 4, the listener of the unix socket; 5, a pipe with the endpoint's token
 * in it; 6, the endpoint's port. Where no port could be had the pipe is empty. EXPORT is `keys` or
 * `endpoint`, which the session exports, or `any`: what a role's plan says. It ends after IDLE
 * seconds without a client (the stub listens again then), or with the session: when the broker is
 * gone.
 */
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "agent/broker.h"
#include "agent/browser.h"
#include "agent/control.h"
#include "agent/endpoint.h"
#include "agent/session.h"
#include "common/error.h"
#include "common/log.h"
#include "common/wiping.h"

#define BROKER_FD 3
#define LISTENER_FD 4
#define TOKEN_FD 5
#define ENDPOINT_FD 6
#define TOKEN_MAX 256 /* what a record takes */
#define IDLE_DEFAULT 60
#define IDLE_FIRST 3
#define IDLE_MAX 86400

struct agent {
    struct event_base *base;
    struct event *idle;
    struct timeval idle_limit;
    struct session session;
    struct control *control;
    struct broker *broker;
    struct endpoint *endpoint;
    struct browser *browser;
    size_t clients, callers; /* of the unix socket, of the endpoint */
    int waits;               /* for a sign-in in a browser, which is bounded by itself */
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

static int
is_port(int fd)
{
    int domain = -1, type = -1;
    socklen_t size = sizeof domain;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && domain == AF_INET &&
           type == SOCK_STREAM;
}

/* The token, whose pipe is closed; "" where there is no port. */
static int
read_token(struct secret *token)
{
    char text[TOKEN_MAX];
    ssize_t size = read(TOKEN_FD, text, sizeof text);
    int r = size >= 0 ? secret_set(token, text, (size_t)size) : AWS_ROLE_ERR_SYSTEM;

    explicit_bzero(text, sizeof text);
    close(TOKEN_FD);
    return r;
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

/* Idle is who serves nobody, here or there, and waits for nobody. */
static void
count_clients(struct agent *agent)
{
    if (agent->clients + agent->callers > 0 || agent->waits)
        evtimer_del(agent->idle);
    else if (!agent->ends && evtimer_add(agent->idle, &agent->idle_limit) != 0)
        end(agent);
}

static void
on_clients(void *context, size_t count)
{
    struct agent *agent = context;

    agent->clients = count;
    count_clients(agent);
}

static void
on_callers(void *context, size_t count)
{
    struct agent *agent = context;

    agent->callers = count;
    count_clients(agent);
}

static void
on_waits(void *context, int waits)
{
    struct agent *agent = context;

    agent->waits = waits;
    count_clients(agent);
}

static void
on_answered(void *context, struct session_role *role)
{
    struct agent *agent = context;

    browser_answered(agent->browser, role);
    control_answered(agent->control, role);
    endpoint_answered(agent->endpoint, role);
}

static int
agent_open(struct agent *agent, struct secret *token)
{
    const struct endpoint_events on_endpoint = {on_callers, agent};
    const struct timeval first = {IDLE_FIRST < agent->idle_limit.tv_sec ? IDLE_FIRST
                                                                         : agent->idle_limit.tv_sec,
                                  0};
    const struct browser_events on_browser = {on_waits, agent};
    const struct control_events on_control = {on_clients, end, agent};
    const struct broker_events on_broker = {on_answered, end, agent};

    agent->base = event_base_new();
    if (agent->base == NULL)
        return AWS_ROLE_ERR_MEMORY;
    agent->idle = evtimer_new(agent->base, on_idle, agent);
    /* Whoever made the stub start us is there already; a stranger at the port is nobody. */
    if (agent->idle == NULL || evtimer_add(agent->idle, &first) != 0)
        return AWS_ROLE_ERR_MEMORY;
    agent->broker = broker_new(agent->base, BROKER_FD, &agent->session, &on_broker);
    if (agent->broker == NULL)
        return AWS_ROLE_ERR_MEMORY;
    agent->endpoint = endpoint_new(agent->base, is_port(ENDPOINT_FD) ? ENDPOINT_FD : -1, token,
                                   &agent->session, agent->broker, &on_endpoint);
    if (agent->endpoint == NULL)
        return AWS_ROLE_ERR_MEMORY;
    agent->browser = browser_new(agent->base, &agent->session, agent->broker, BROWSER_WAIT_MS,
                                 &on_browser);
    if (agent->browser == NULL)
        return AWS_ROLE_ERR_MEMORY;
    agent->control = control_new(agent->base, LISTENER_FD, &agent->session, agent->broker,
                                 agent->endpoint, agent->browser, &on_control);
    if (agent->control == NULL)
        return AWS_ROLE_ERR_MEMORY;
    return 0;
}

static void
agent_close(struct agent *agent)
{
    agent->ends = 1;
    control_free(agent->control);
    endpoint_free(agent->endpoint);
    browser_free(agent->browser);
    broker_free(agent->broker);
    session_wipe(&agent->session);
    if (agent->base != NULL) /* what libevent still holds of replies is to be wiped, too */
        (void)event_base_loop(agent->base, EVLOOP_NONBLOCK);
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

/* 0 when this process was started as the stub starts it. */
static int
read_start(struct agent *agent, int argc, char **argv)
{
    enum export export_as;

    if (argc < 3 || argc > 4 || !is_record_socket(BROKER_FD, 0) ||
        !is_record_socket(LISTENER_FD, 1))
        return AWS_ROLE_ERR_ARGUMENT;
    if (strcmp(argv[2], "keys") == 0)
        export_as = EXPORT_KEYS;
    else if (strcmp(argv[2], "endpoint") == 0)
        export_as = EXPORT_ENDPOINT;
    else if (strcmp(argv[2], "any") == 0)
        export_as = 0;
    else
        return AWS_ROLE_ERR_ARGUMENT;
    agent->idle_limit.tv_sec = argc == 4 ? read_idle(argv[3]) : IDLE_DEFAULT;
    if (agent->idle_limit.tv_sec == 0)
        return AWS_ROLE_ERR_ARGUMENT;
    return session_init(&agent->session, argv[1], export_as);
}

int
main(int argc, char **argv)
{
    struct secret token = SECRET_EMPTY;
    struct agent agent = {0};
    int r;

    log_open("aws-role-agent");
    /* libevent's buffers hold what is handed out: they are wiped as they are freed. */
    event_set_mem_functions(wiping_malloc, wiping_realloc, wiping_free);
    (void)signal(SIGPIPE, SIG_IGN); /* libevent writes to clients that may be gone */
    r = protect_memory();
    if (read_start(&agent, argc, argv) != 0 || read_token(&token) != 0) {
        log_line(LOG_ERR, "not started by the session's stub with its sockets: ending", NULL);
        return EXIT_FAILURE;
    }
    if (r == 0)
        r = agent_open(&agent, &token);
    if (r == 0 && event_base_loop(agent.base, 0) < 0)
        r = AWS_ROLE_ERR_SYSTEM;
    agent_close(&agent);
    secret_wipe(&token);
    if (r != 0)
        log_line(LOG_ERR, "the session's agent cannot serve", "reason", error_text(r), NULL);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
