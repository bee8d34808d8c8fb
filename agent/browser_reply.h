/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_BROWSER_REPLY_H
#define AWS_ROLE_AGENT_BROWSER_REPLY_H

#include <event2/http.h>

/*
 * What a person's browser gets from the sign-in's port. Each ends the request, and the connection
 * behind it; nothing is stored, and nobody is told where the browser came from.
 */

/* On to `url`. */
void browser_reply_redirect(struct evhttp_request *request, const char *url);

/* A page with an HTTP status that says `text`, ASCII without markup. */
void browser_reply_page(struct evhttp_request *request, int status, const char *text);

#endif
