/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/local_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

#define HEADERS_SIZE_MAX 8192
#define BODY_SIZE_MAX 1024 /* nobody has a reason to send one */
/* So that it is us who refuse what is not GET, in a form that clients read. */
#define METHODS                                                                                    \
    (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |     \
     EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

static int
find_port(int fd, unsigned int *port)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    *port = ntohs(address.sin_port);
    return 0;
}

int
local_http_open(struct local_http *local, struct event_base *base, int port,
                const struct gate_events *events,
                void (*on_request)(struct evhttp_request *request, void *context), void *context)
{
    int r = find_port(port, &local->port);

    if (r == 0)
        local->http = evhttp_new(base);
    if (local->http != NULL)
        local->gate = gate_new(base, local->http, geteuid(), events);
    if (r == 0 && local->gate == NULL)
        r = AWS_ROLE_ERR_MEMORY;
    if (r == 0) {
        evhttp_set_max_headers_size(local->http, HEADERS_SIZE_MAX);
        evhttp_set_max_body_size(local->http, BODY_SIZE_MAX);
        evhttp_set_allowed_methods(local->http, METHODS);
        evhttp_set_gencb(local->http, on_request, context);
        r = gate_open(local->gate, port);
    }
    if (r != 0)
        local_http_close(local);
    return r;
}

void
local_http_close(struct local_http *local)
{
    if (local->http != NULL)
        evhttp_free(local->http);
    gate_free(local->gate);
    *local = (struct local_http){.http = NULL};
}

int
local_http_is_open(const struct local_http *local)
{
    return local->http != NULL;
}

/* The names under which the port is reached by who means it, and by no page of a browser. */
static int
is_own_host(const struct local_http *local, const char *host)
{
    char number[32], name[32];

    snprintf(number, sizeof number, "127.0.0.1:%u", local->port);
    snprintf(name, sizeof name, "localhost:%u", local->port);
    return host != NULL && (strcmp(host, number) == 0 || strcmp(host, name) == 0);
}

const char *
local_http_objection(struct local_http *local, struct evhttp_request *request)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);

    if (!gate_admits(local->gate, request))
        return "the connection is not of the session's user any more";
    return is_own_host(local, evhttp_find_header(headers, "Host")) ? NULL
                                                                   : "Host is not this port's";
}
