/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_LOCAL_HTTP_H
#define AWS_ROLE_AGENT_LOCAL_HTTP_H

#include <event2/event.h>
#include <event2/http.h>

#include "agent/gate.h"

/*
 * HTTP at a port of 127.0.0.1, for processes of our own uid alone (agent/gate.h): what every port
 * of the agent has in common. Headers may have 8 KiB, a body 1 KiB, and every method reaches
 * whoever answers, so that it is them who refuse.
 */

/* Initialise with zeroes, which is closed. */
struct local_http {
    struct evhttp *http;
    struct gate *gate;
    unsigned int port;
};

/*
 * Serves `port`, a bound socket of IPv4, which begins to listen if it did not and stays the
 * caller's. AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_SYSTEM; it is closed then.
 */
int local_http_open(struct local_http *local, struct event_base *base, int port,
                    const struct gate_events *events,
                    void (*on_request)(struct evhttp_request *request, void *context),
                    void *context);

/* Drops all clients. Not to be called from inside `on_request`. Does nothing when it is closed. */
void local_http_close(struct local_http *local);

int local_http_is_open(const struct local_http *local);

/*
 * Why a request is refused, whatever it asks for: its peer is not our user any more, or Host is
 * neither 127.0.0.1 nor localhost with the port, as of a page whose name leads here by DNS. NULL:
 * it is not. To be asked before the request is looked at.
 */
const char *local_http_objection(struct local_http *local, struct evhttp_request *request);

#endif
