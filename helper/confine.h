/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_CONFINE_H
#define AWS_ROLE_HELPER_CONFINE_H

#include <stddef.h>

/*
 * What the process gives up before it reads the network, for good: memory, time and files beyond
 * its needs, tracing and core dumps, new privileges; the file system but for what name resolution,
 * TLS and the named files need to be read (landlock(7)); signals to others, other programs, other
 * processes' memory, keyrings (seccomp(2)).
 *
 * `files` are the paths that the steps name. Where the kernel has no Landlock or no seccomp the
 * rest still holds. AWS_ROLE_ERR_SYSTEM when something the kernel has could not be set.
 */
int confine(const char *const *files, size_t count);

#endif
