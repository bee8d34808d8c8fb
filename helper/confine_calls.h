/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_CONFINE_CALLS_H
#define AWS_ROLE_HELPER_CONFINE_CALLS_H

/*
 * seccomp(2): from here on EPERM for system calls that reach other processes (their memory, limits,
 * scheduling; signals, those by F_SETOWN included), start programs, or change the kernel, mounts,
 * keyrings and namespaces. Signals to the process itself and its limits, threads with default
 * attributes, files and sockets work as before. Nothing is set for architectures without a table,
 * and 0 is returned, as it is without seccomp. Needs PR_SET_NO_NEW_PRIVS. AWS_ROLE_ERR_SYSTEM.
 */
int confine_calls(void);

#endif
