/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_ENDPOINT_REPLY_H
#define AWS_ROLE_AGENT_ENDPOINT_REPLY_H

#include <event2/http.h>

#include "agent/session.h"

/* What the endpoint says, as JSON. Each ends the request. */

/* AccessKeyId, SecretAccessKey, Token, Expiration, and AccountId and RoleArn where known. */
void endpoint_reply_credentials(struct evhttp_request *request, const struct session_role *role);

/*
 * A refusal with an HTTP status: `code` and `message`, and the same as `Code` and `Message`, since
 * SDKs read one or the other. The connection ends behind it.
 */
void endpoint_reply_refusal(struct evhttp_request *request, int status, const char *code,
                            const char *message);

#endif
