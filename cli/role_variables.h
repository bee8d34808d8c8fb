/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_ROLE_VARIABLES_H
#define AWS_ROLE_CLI_ROLE_VARIABLES_H

#include "cli/own_session.h"
#include "cli/variables.h"

/* The variables of a role, with the region and the shell hook's mark. */

enum role_variables_for {
    ROLE_VARIABLES_SHELL, /* the one that calls: a region that the person chose stays, and the key
                             is marked as not the person's own */
    ROLE_VARIABLES_ALONE, /* something without an environment: the region that the role has, and
                             no mark */
};

/*
 * What a GRANT of `session` is in variables, see variables_of_grant. In a shell the region is set
 * when it has none, and changes with the role when it is the one of the role before; which that is
 * the agent may have to be asked, within `deadline`. VERB_OK, or VERB_FAILED with the session's
 * `why`; `variables` is empty then.
 */
int role_variables_of_grant(struct own_session *session, const struct record *grant,
                            enum role_variables_for whom, deadline_t deadline,
                            struct variables *variables);

/*
 * Unsets the two variables of the region that the environment has from the role of this shell.
 * Those of the person's stay, and both when the agent does not say within `deadline` what the
 * role's is.
 */
void role_variables_drop_region(struct own_session *session, deadline_t deadline,
                                struct variables *variables);

#endif
