/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_SPAWN_H
#define AWS_ROLE_COMMON_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Starting our own programs. Each starts with an empty environment, /dev/null as its standard
 * descriptors, the descriptors it is given as 3, 4, … in order, and no other.
 */

#define SPAWN_FIRST_FD 3
#define SPAWN_FDS_MAX 8

/*
 * Starts a program that is nobody's child: for use inside somebody else's process. The caller gets
 * no child, no SIGCHLD, and pays nothing for its size (clone(2) with CLONE_VM|CLONE_VFORK and no
 * exit signal; an intermediate starts the program and is reaped here with __WCLONE). The SELinux
 * exec context, which pam_selinux may have set for the person's shell, is cleared for the program.
 * AWS_ROLE_ERR_SYSTEM with errno: clone, or what exec said; ECHILD when the intermediate was
 * killed, and then its memory stays mapped. At most 4 arguments, 4 KiB of text: else
 * AWS_ROLE_ERR_ARGUMENT. Not a cancellation point (pthreads(7)).
 */
int spawn_detached(const char *path, char *const argv[], const int *fds, size_t count);

/*
 * Starts a program as a child of the caller, killed with SIGKILL when the calling process dies
 * (PR_SET_PDEATHSIG). For our own single-threaded processes. The caller reaps `*pid`.
 * AWS_ROLE_ERR_SYSTEM: fork failed; a program that cannot be run exits with 127.
 */
int spawn_child(const char *path, char *const argv[], const int *fds, size_t count, pid_t *pid);

/* Closes every descriptor from `first` on (close_range(2), and without it one by one). */
void spawn_close_from(unsigned int first);

#endif
