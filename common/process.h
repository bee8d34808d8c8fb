/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_PROCESS_H
#define AWS_ROLE_COMMON_PROCESS_H

#include <sys/types.h>

/*
 * A process is known by its id and the time at which it started: an id alone is given to another
 * one later.
 */

/*
 * When process `pid` (digits, or "self") started, in clock ticks since boot: field 22 of
 * PROC/PID/stat, proc(5). 0 when there is no such process, or no proc(5) at `proc`.
 */
unsigned long long process_start_time(const char *proc, const char *pid);

/*
 * Reads `PID.START.REST`, the name of a session's socket. 1, and the two, when it is of that form.
 */
int process_read_name(const char *name, pid_t *pid, unsigned long long *start);

/* 1 when that process is there now, in the /proc of `proc`. */
int process_is_alive(const char *proc, pid_t pid, unsigned long long start);

/* Reads a uid in digits and nothing else. 0 when it is none: -1, of 32 bits, is no uid. */
int process_read_uid(const char *text, uid_t *uid);

/* The audit login uid of this process (proc(5), loginuid): who came in; (uid_t)-1: not known. */
uid_t process_login_uid(const char *proc);

/* The real uid of a process, from PROC/PID/status. 0 when it is not known. */
int process_uid(const char *proc, const char *pid, uid_t *uid);

#endif
