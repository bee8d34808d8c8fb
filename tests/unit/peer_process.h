/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_PEER_PROCESS_H
#define AWS_ROLE_TESTS_UNIT_PEER_PROCESS_H

#include <jansson.h>

#include "common/credentials.h"

/*
 * The test peer (tests/peer: STS, AWS Sign-In and IMDSv2 on loopback) as a child of a unit test. It
 * ends with the test. What cannot be done fails the test that asks for it.
 */

/*
 * Starts one with tests/peer/example.json, `python` being PYTHON of the environment or
 * /usr/bin/python3. 0, or -1 when that Python has no botocore or cryptography: the caller skips.
 */
int peer_process_start(void);

/* Ends it: the teardown of a group of tests. */
int peer_process_stop(void **state);

/* No faults and no counts from here on. */
void peer_process_forget(void);

/* Makes these the credentials; an empty token is none. */
void peer_process_use(struct credentials *credentials, const char *id, const char *secret,
                      const char *token);

/* The key of the example's user deploy, who may take roles. */
#define PEER_PROCESS_DEPLOY "AKIAEXAMPLEDEPLOY001", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""

/* Makes the credentials a session of that role, as AWS gives one. */
void peer_process_become(struct credentials *credentials, const char *role);

/* The example's user who signs in to the console, without a device. */
#define PEER_PROCESS_UENO "arn:aws:iam::123456789012:user/ueno"
#define PEER_PROCESS_PASSWORD "correct horse"

/*
 * Signs that user in at the page of AWS Sign-In: "code", "state", "location", "verification_code",
 * which the caller decrefs.
 */
json_t *peer_process_sign_in(const char *url, const char *user, const char *password);

/*
 * A text of ports.json: "sts_url", "sts_plain_url", "signin_url", "signin_plain_url", "imds_url",
 * "ca_bundle", "ca_directory".
 */
const char *peer_process_port(const char *name);

/* The URL of the STS listener with one of the peer's bad certificates, on localhost. */
const char *peer_process_bad_url(const char *certificate);

/*
 * Sends a verb as tests/peer/__init__.py has it, in JSON written with ' for "; the result, which
 * the caller decrefs.
 */
json_t *peer_process_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, when the result does not matter. */
void peer_process_do(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How many requests for `action` arrived at `service` since the last reset. */
int peer_process_count(const char *service, const char *action);

#endif
