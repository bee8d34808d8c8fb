/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/endpoint.h"

#include <arpa/inet.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/endpoint_reply.h"
#include "agent/local_http.h"
#include "common/error.h"
#include "common/role_name.h"

#define NAMED_ROLE "/role/"
#define STATUS_FORBIDDEN 403 /* RFC 9110 */

#define NOT_YET "there is no answer from AWS yet; it is being waited for, ask again"
#define NO_ROLE "nothing in the configuration gives you this role"

/* A request that waits for the broker. */
struct waiting {
    LIST_ENTRY(waiting) list;
    struct endpoint *endpoint;
    struct evhttp_request *request;
    struct event *limit;
    char role[RECORD_ROLE_NAME_MAX + 1];
};

struct endpoint {
    struct event_base *base;
    int fd;
    unsigned int port;
    struct secret token;
    struct session *session;
    struct broker *broker;
    struct endpoint_events events;
    struct local_http http;
    LIST_HEAD(waitings, waiting) waiting;
};

static void
refuse(struct evhttp_request *request, const char *message)
{
    endpoint_reply_refusal(request, STATUS_FORBIDDEN, "AccessDenied", message);
}

/* Valid credentials, or why there are none. */
static void
answer(struct evhttp_request *request, const struct session_role *role)
{
    if (role != NULL && session_role_is_valid(role))
        endpoint_reply_credentials(request, role);
    else if (role != NULL && role->outcome == RECORD_NONE)
        endpoint_reply_refusal(request, HTTP_NOTFOUND, "NoSuchRole",
                               role->last_error[0] != '\0' ? role->last_error : NO_ROLE);
    else
        endpoint_reply_refusal(request, HTTP_SERVUNAVAIL, "CredentialsNotAvailable",
                               role != NULL && role->last_error[0] != '\0' ? role->last_error
                                                                           : NOT_YET);
}

/* Takes the request out of the list of those that wait. */
static void
forget(struct waiting *waiting)
{
    LIST_REMOVE(waiting, list);
    event_free(waiting->limit);
    free(waiting);
}

static void
answer_waiting(struct waiting *waiting)
{
    struct evhttp_request *request = waiting->request;
    const struct session_role *role = session_role(waiting->endpoint->session, waiting->role);

    forget(waiting);
    answer(request, role);
}

static void
on_limit(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    answer_waiting(context);
}

/* Waits for the question about `role` that is under way, `milliseconds` at most. */
static void
wait_for(struct endpoint *endpoint, struct evhttp_request *request,
         const struct session_role *role, long milliseconds)
{
    const struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    struct waiting *waiting = calloc(1, sizeof *waiting);

    if (waiting != NULL)
        waiting->limit = evtimer_new(endpoint->base, on_limit, waiting);
    if (waiting == NULL || waiting->limit == NULL || evtimer_add(waiting->limit, &limit) != 0) {
        if (waiting != NULL && waiting->limit != NULL)
            event_free(waiting->limit);
        free(waiting);
        answer(request, role);
        return;
    }
    waiting->endpoint = endpoint;
    waiting->request = request;
    memcpy(waiting->role, role->name, sizeof waiting->role);
    LIST_INSERT_HEAD(&endpoint->waiting, waiting, list);
}

/* The role that a path names; NULL when it is no path of ours. "" is the session's own. */
static const char *
read_path(const struct evhttp_uri *uri)
{
    const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);

    if (path == NULL || evhttp_uri_get_scheme(uri) != NULL || evhttp_uri_get_host(uri) != NULL ||
        evhttp_uri_get_query(uri) != NULL || evhttp_uri_get_fragment(uri) != NULL)
        return NULL;
    if (strcmp(path, "/") == 0)
        return "";
    if (strncmp(path, NAMED_ROLE, strlen(NAMED_ROLE)) != 0)
        return NULL;
    path += strlen(NAMED_ROLE);
    return role_name_is_good(path) ? path : NULL;
}

static int
has_token(const struct endpoint *endpoint, const char *value)
{
    struct secret given = SECRET_EMPTY;
    int same;

    if (value == NULL || secret_set(&given, value, strlen(value)) != 0)
        return 0;
    same = secret_equal(&given, &endpoint->token);
    secret_wipe(&given);
    return same;
}

/* Why the request is refused, whatever it asks for; NULL: it is not. */
static const char *
objection(struct endpoint *endpoint, struct evhttp_request *request)
{
    static const char *const foreign[] = {"Origin", "Referer", "X-Forwarded-For"};
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    const char *why = local_http_objection(&endpoint->http, request);

    if (why != NULL)
        return why;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (evhttp_find_header(headers, foreign[i]) != NULL)
            return "requests of browsers and proxies are not answered";
    if (!has_token(endpoint, evhttp_find_header(headers, "Authorization")))
        return "Authorization is not AWS_CONTAINER_AUTHORIZATION_TOKEN of this session";
    return NULL;
}

/*
 * Newer ones than those that are due are waited for while their question is young: one that hangs
 * does not hold up everybody who comes later.
 */
static void
give(struct endpoint *endpoint, struct evhttp_request *request, struct session_role *role)
{
    long left = ENDPOINT_WAIT_MS;

    if (!session_role_is_valid(role) || !credentials_are_fresh(&role->credentials))
        broker_ask(endpoint->broker, role, RECORD_ROLE, NULL);
    if (session_role_is_valid(role))
        left -= (long)refresh_age(&role->refresh);
    if (!refresh_is_under_way(&role->refresh) || left <= 0)
        answer(request, role);
    else
        wait_for(endpoint, request, role, left);
}

static void
on_request(struct evhttp_request *request, void *context)
{
    struct endpoint *endpoint = context;
    const char *name, *why = objection(endpoint, request);
    struct session_role *role;

    if (why != NULL) {
        refuse(request, why);
        return;
    }
    if (evhttp_request_get_command(request) != EVHTTP_REQ_GET) {
        endpoint_reply_refusal(request, HTTP_BADMETHOD, "MethodNotAllowed", "GET is what there is");
        return;
    }
    name = read_path(evhttp_request_get_evhttp_uri(request));
    if (name == NULL) {
        endpoint_reply_refusal(request, HTTP_NOTFOUND, "NotFound",
                               "there is / for the session's role, and /role/NAME for another");
        return;
    }
    role = session_add_role(endpoint->session, name);
    if (role == NULL)
        answer(request, NULL);
    else
        give(endpoint, request, role);
}

static void
on_callers(void *context, size_t count)
{
    struct endpoint *endpoint = context;

    endpoint->events.clients(endpoint->events.context, count);
}

static int
is_listening(int fd)
{
    int accepts = 0;
    socklen_t size = sizeof accepts;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

/* Serves the port, which begins to listen if it did not. */
static int
open_port(struct endpoint *endpoint)
{
    const struct gate_events on_gate = {on_callers, endpoint};

    if (local_http_is_open(&endpoint->http))
        return 0;
    return local_http_open(&endpoint->http, endpoint->base, endpoint->fd, &on_gate, on_request,
                           endpoint);
}

struct endpoint *
endpoint_new(struct event_base *base, int fd, struct secret *token, struct session *session,
             struct broker *broker, const struct endpoint_events *events)
{
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;

    if (endpoint == NULL)
        return NULL;
    endpoint->base = base;
    endpoint->fd = fd;
    endpoint->session = session;
    endpoint->broker = broker;
    endpoint->events = *events;
    LIST_INIT(&endpoint->waiting);
    secret_move(&endpoint->token, token);
    if (fd < 0 || endpoint->token.size == 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        endpoint->fd = -1;
    endpoint->port = ntohs(address.sin_port);
    if (endpoint->fd >= 0 && is_listening(endpoint->fd) && open_port(endpoint) != 0) {
        endpoint_free(endpoint);
        return NULL;
    }
    return endpoint;
}

/* Whoever waits gets no answer any more. A request whose client has gone is nobody's but ours. */
static void
drop_waiting(struct waiting *waiting)
{
    struct evhttp_request *request = waiting->request;

    forget(waiting);
    if (evhttp_request_get_connection(request) == NULL)
        evhttp_request_free(request);
}

void
endpoint_free(struct endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    while (!LIST_EMPTY(&endpoint->waiting))
        drop_waiting(LIST_FIRST(&endpoint->waiting));
    local_http_close(&endpoint->http);
    secret_wipe(&endpoint->token);
    free(endpoint);
}

int
endpoint_offer(struct endpoint *endpoint, const char *role, struct record *record)
{
    char uri[128];
    int r;

    if (endpoint->fd < 0)
        return AWS_ROLE_ERR_NOT_FOUND;
    r = open_port(endpoint);
    if (r != 0)
        return r;
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u%s%s", endpoint->port,
             role[0] == '\0' ? "/" : NAMED_ROLE, role);
    record_put_text(record, FIELD_ENDPOINT_URI, uri);
    record_put_secret(record, FIELD_ENDPOINT_TOKEN, &endpoint->token);
    return 0;
}

void
endpoint_answered(struct endpoint *endpoint, const struct session_role *role)
{
    struct waiting *waiting = LIST_FIRST(&endpoint->waiting);

    while (waiting != NULL) {
        struct waiting *next = LIST_NEXT(waiting, list);

        /* Valid ones before the answer are no reason to stop waiting for it. */
        if (session_role(endpoint->session, waiting->role) == role &&
            !refresh_is_under_way(&role->refresh))
            answer_waiting(waiting);
        waiting = next;
    }
}
