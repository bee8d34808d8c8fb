/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_ERRAND_H
#define AWS_ROLE_BROKER_ERRAND_H

/*
 * What aws-role(1) has done by somebody else than root, which calls it: the broker is the one
 * program that changes who it is. `aws-role-broker ERRAND ARGUMENT` does one of these, without a
 * session, and ends with one of these exit statuses.
 */
enum errand_exit {
    ERRAND_DONE = 0,
    ERRAND_FAILED = 1, /* logged */
    ERRAND_USAGE = 2,
    ERRAND_ANSWERED = 3, /* --probe, --reach: somebody listens there */
};

/*
 * --forget UID: removes what the cache in `cache` keeps for the person, as the service user, since
 * root does nothing below that folder. Each of those credentials that AWS still takes is told
 * before, as a HELD record (ARN, ACCESS_KEY_ID, EXPIRES_AT, VALID_UNTIL) to descriptor 3, if that
 * is a record socket.
 */
int errand_forget(const char *cache, const char *uid);

/*
 * --probe ADDRESS: can an ordinary user open a TCP connection to port 80 of that numeric address?
 * As `nobody` (uid 65534) when called by root, else as whoever calls. Takes a second at most.
 */
int errand_probe(const char *address);

/* --reach ADDRESS: the same, as whoever calls. */
int errand_reach(const char *address);

#endif
