/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_SERVED_H
#define AWS_ROLE_TESTS_UNIT_SERVED_H

#include <event2/event.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/un.h>

#include "agent/broker.h"
#include "agent/browser.h"
#include "agent/control.h"
#include "agent/endpoint.h"
#include "agent/session.h"
#include "common/protocol.h"

/*
 * The agent's parts in this process, put together as agent/main.c does it, with real clients on
 * real sockets: for cmocka. The test plays the broker's side of the socketpair. Whatever is not as
 * it has to be fails the test.
 */

#define SERVED_PATIENCE_MS 10000 /* far above what anything here takes */
#define SERVED_EARLY_MS 50       /* libevent counts from a clock that may be that far behind */
#define SERVED_BROWSER_MS 500    /* of a sign-in in a browser, where it is brief */
#define SERVED_TOKEN "0123456789abcdef0123456789abcdef"

struct served {
    struct event_base *base;
    struct event *tick; /* wakes a loop that waits for what does not come */
    struct session session;
    struct broker *broker;
    struct endpoint *endpoint;
    struct browser *browser;
    struct control *control;
    int broker_fd; /* the broker's end */
    int agent_fd;
    int listener;
    int port; /* of the endpoint */
    size_t clients, callers;
    size_t waits; /* 1: for a sign-in in a browser */
    int ended;
    char folder[64];
    struct sockaddr_un address;
    struct sockaddr_in endpoint_address;
};

/* The endpoint's port is bound, and listens or does not; the third waits briefly for a browser. */
int served_set_up(void **state);
int served_set_up_listening(void **state);
int served_set_up_brief(void **state);
int served_tear_down(void **state);

/* Lets the agent work, once. */
void served_turn(struct served *served);

/* Lets the agent work until the number at `count`, a member of `served`, is `wanted`. */
void served_await(struct served *served, const size_t *count, size_t wanted);

/* Lets the agent work until it has ended the session. */
void served_await_end(struct served *served);

/* A client of the unix socket. */
int served_connect(const struct served *served);
void served_request(int client, enum record_kind kind, const char *role);

/* Lets the agent work until `fd` has a record, or its end; what record_receive said. */
int served_receive(struct served *served, int fd, struct record *record);

/* A record of that kind, which the caller wipes. */
void served_expect(struct served *served, int fd, enum record_kind kind, struct record *record);
void served_expect_grant(struct served *served, int client, const char *role, const char *id);
void served_expect_why(struct served *served, int client, enum record_kind kind, const char *why);
void served_expect_gone(struct served *served, int client);

/* A question has to have reached the broker: about `role`, or naming none (NULL); or none. */
void served_expect_question(struct served *served, enum record_kind kind, const char *role);
void served_expect_no_question(struct served *served);

/* What the broker says: see tests/unit/session_records.h. The person has two roles. */
void served_grant(struct served *served, const char *role, const char *id, int64_t lifetime,
                  int64_t age);
void served_refuse(struct served *served, enum record_kind kind, const char *role,
                   const char *why);

/* The session as it is after its first GET: it has the role developer. */
void served_give_default(struct served *served, const char *id, int64_t lifetime, int64_t age);

/* As the default's credentials are when their freshness is over. */
void served_make_stale(struct served *served);

#endif
