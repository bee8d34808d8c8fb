/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_LIFELINE_H
#define AWS_ROLE_PAM_MODULE_LIFELINE_H

#include <security/pam_modules.h>
#include <sys/types.h>

/*
 * The socket that the PAM application holds as long as the session lives: the broker at its other
 * end lives exactly as long. Kept in the PAM handle, and closed with it.
 */
struct lifeline;

/*
 * Starts the broker at `broker` and keeps the lifeline in the handle; one that the handle holds
 * from an earlier open ends. The result belongs to the handle. NULL when it could not be done,
 * which is logged.
 */
struct lifeline *lifeline_start(pam_handle_t *pamh, const char *broker);

/*
 * Starts the broker with one argument, for an errand that is over before the function that begins
 * it returns: the result is the caller's, is not kept in the handle, and ends with
 * lifeline_discard. NULL when it could not be done; a broker that cannot be started is logged.
 */
struct lifeline *lifeline_begin(pam_handle_t *pamh, const char *broker, const char *argument);

/* Shuts it down, closes it and frees it: the broker ends. NULL is allowed. */
void lifeline_discard(struct lifeline *lifeline);

/* The handle's lifeline, or NULL. */
struct lifeline *lifeline_find(pam_handle_t *pamh);

/*
 * The descriptor; -1 once the application has closed it, also when another file has got its number
 * since.
 */
int lifeline_fd(const struct lifeline *lifeline);

/*
 * Remembers the session's socket, to be removed by lifeline_end, unless the session `lingers`: then
 * it goes on after its end for a while, and the next login removes it. Refuses (0) a path that is
 * not `rundir`/UID/NAME, since root will remove it.
 */
int lifeline_set_socket(struct lifeline *lifeline, const char *rundir, const char *path,
                        int lingers);

/* The path that lifeline_set_socket took; NULL without, and once the session has ended. */
const char *lifeline_socket(const struct lifeline *lifeline);

/*
 * Ends the session in order: shuts the lifeline down, which is seen through every duplicate of it
 * in a child of the application (shutdown(2)), and removes the session's socket, if we may: a
 * process that has dropped privilege leaves that to the next login. One that lingers is told that
 * it may, and keeps its socket.
 */
void lifeline_end(struct lifeline *lifeline);

/* Ends it at once, also one that would linger; nothing happens to one that has ended. */
void lifeline_delete(struct lifeline *lifeline);

/* Ends the handle's lifeline, if it has one, and closes the descriptor now. */
void lifeline_drop(pam_handle_t *pamh);

#endif
