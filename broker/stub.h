/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_STUB_H
#define AWS_ROLE_BROKER_STUB_H

#include "broker/endpoint.h"
#include "broker/person.h"

/*
 * The stub waits, as the person, for the first connection to the session's socket or its endpoint's
 * port, and starts the agent for it, as inetd would. When the agent ends because nobody needs it,
 * the stub waits again.
 */

/*
 * Forks the stub, which drops to the person and never returns. It holds the `listener`, the
 * endpoint's, and its end of the socket pair with the broker, and nothing else; it begins to wait
 * with the SERVE that the broker sends there. When the broker goes, the stub and the agent go. To
 * be called as root. `*broker_end` is the caller's: end of file on it says that stub and agent are
 * both gone, and `*stub` is then to be reaped. AWS_ROLE_ERR_SYSTEM.
 */
int stub_start(const char *agent, const struct person_identity *person, int listener,
               const struct endpoint *endpoint, int *broker_end, pid_t *stub);

#endif
