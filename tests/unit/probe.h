/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_PROBE_H
#define AWS_ROLE_TESTS_UNIT_PROBE_H

/* What a probe says besides an errno. */
#define PROBE_WORKS 0
#define PROBE_FAILED 255

/*
 * Runs a probe in a child that has confined itself by `set_confinement` (0: it is set); the probe's
 * result. A probe that dies of a signal fails the test.
 */
int probe_run(int (*set_confinement)(void), int (*function)(void));

#endif
