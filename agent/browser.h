/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_BROWSER_H
#define AWS_ROLE_AGENT_BROWSER_H

#include <event2/event.h>

#include "agent/broker.h"
#include "agent/session.h"

/*
 * A sign-in in a browser of this host: AWS Sign-In's same-device flow, the redirect of RFC 8252
 * 7.3. For as long as one is waited for, a port of 127.0.0.1 that the kernel has chosen serves
 *
 *   GET /SEGMENT            302 to the sign-in's page; SEGMENT is 128 random bits
 *   GET /oauth/callback?…   where that page leads once the person has signed in: the query is the
 *                           person's answer, and is handed to the broker
 *
 * to processes of our own uid alone (agent/local_http.h), and 404 to whatever else is asked. So the
 * URL that a browser is started with, which everybody can read in its arguments, leads nobody else
 * anywhere. A query of another `state` than that of the page is another sign-in's, as a page that
 * guesses the port could send one: it is told so in the browser, and what is waited for goes on.
 * The first of the right one ends the port, and so does the end of the wait.
 *
 * One sign-in at a time: a later one ends it.
 */

#define BROWSER_WAIT_MS (15 * 60 * 1000) /* as long as the broker keeps what has been begun */

struct browser;

struct browser_events {
    void (*waits)(void *context, int waits); /* 1: for a sign-in, bounded by itself; 0: no more */
    void *context;
};

/*
 * `events` is copied. A sign-in is waited for `limit_ms` at most. NULL: out of memory. browser_free
 * ends the wait.
 */
struct browser *browser_new(struct event_base *base, struct session *session,
                            struct broker *broker, long limit_ms,
                            const struct browser_events *events);
void browser_free(struct browser *browser);

/*
 * Opens a port, or goes on with the one that waits for `role`, and asks the broker with it.
 * AWS_ROLE_ERR_BUSY: another question about the role is under way, nothing was asked;
 * AWS_ROLE_ERR_SYSTEM, AWS_ROLE_ERR_MEMORY: there is no port to be had.
 */
int browser_begin(struct browser *browser, struct session_role *role);

/* Ends the wait for `role`, or with NULL any. */
void browser_end(struct browser *browser, const struct session_role *role);

/*
 * What a browser is to be started with, while one is waited for to sign in for `role`; else NULL.
 * Valid until the next call of anything here.
 */
const char *browser_url(const struct browser *browser, const struct session_role *role);

/*
 * `role` has a new answer: to be called before anybody else is told. The sign-in's page is taken
 * out of the role: it is of no use to anybody but who comes through the port.
 */
void browser_answered(struct browser *browser, struct session_role *role);

#endif
