/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_VARIABLES_H
#define AWS_ROLE_CLI_VARIABLES_H

#include <stdint.h>

#include "common/protocol.h"
#include "common/secret.h"

/* The variables of a session, and what is to become of each in a shell or for a command. */

enum variables_name {
    VARIABLES_ACCESS_KEY_ID,
    VARIABLES_SECRET_ACCESS_KEY,
    VARIABLES_SESSION_TOKEN,
    VARIABLES_EXPIRATION,
    VARIABLES_SECURITY_TOKEN, /* botocore reads it before AWS_SESSION_TOKEN */
    VARIABLES_ENDPOINT_URI,
    VARIABLES_ENDPOINT_TOKEN,
    VARIABLES_RELATIVE_URI, /* SDKs read these two before the endpoint's own two */
    VARIABLES_TOKEN_FILE,
    VARIABLES_REGION,
    VARIABLES_DEFAULT_REGION,
    VARIABLES_ROLE_NAME,
    VARIABLES_SOCKET,
    VARIABLES_REFRESH_AT,
    VARIABLES_KEY_MARK, /* the shell hook's: the access key id that is not the person's own */
    VARIABLES_COUNT
};

enum variables_change { VARIABLES_LEAVE, VARIABLES_SET, VARIABLES_UNSET };

struct variables {
    enum variables_change change[VARIABLES_COUNT];
    struct secret value[VARIABLES_COUNT]; /* of what is set: printable ASCII without a blank */
};

/* So far ahead that no prompt asks again. */
#define VARIABLES_NEVER "9999999999"

/* The name of the variable, as the environment has it. */
const char *variables_name(enum variables_name name);

/*
 * What gives a shell the credentials or the endpoint of a GRANT, but not the region and not the
 * hook's mark; `socket` is the agent's. What it holds of another kind is unset. `now` is seconds of
 * this host's wall clock: a REFRESH_AT that is past becomes a little later than that. Whatever
 * `variables` held is not wiped. AWS_ROLE_ERR_PROTOCOL (a value is missing, or none that a variable
 * should have), AWS_ROLE_ERR_MEMORY; `variables` is empty then.
 */
int variables_of_grant(struct variables *variables, const struct record *grant,
                       const char *socket, int64_t now);

/*
 * What takes from a shell all that is ours in its environment, and keeps its prompts from asking
 * for it again. A key or an endpoint of the person's own stays, and so does the region.
 * AWS_ROLE_ERR_MEMORY.
 */
int variables_of_nothing(struct variables *variables);

/* 1 when the environment has an endpoint of this host, as a session gives one. */
int variables_have_endpoint(void);

/* 1 when the environment is what variables_of_nothing leaves: a shell that is off. */
int variables_are_off(void);

/* Sets a variable to a copy of a text. AWS_ROLE_ERR_PROTOCOL, AWS_ROLE_ERR_MEMORY. */
int variables_set(struct variables *variables, enum variables_name name, const char *text);

/* Wipes everything; the result is empty and may be used again. */
void variables_wipe(struct variables *variables);

#endif
