/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_SWEEP_H
#define AWS_ROLE_BROKER_SWEEP_H

/* What lies beside an entry of the cache: its lock, and its successor while that is written. */
#define SWEEP_LOCK_SUFFIX ".lock"
#define SWEEP_NEW_SUFFIX ".new"

/*
 * Removes from the cache's folder the entries whose life is over, read from their modification
 * time, which cache_store sets to the end of their life in seconds of CLOCK_BOOTTIME; and the locks
 * and unfinished successors that nobody holds and that have no entry. Looks at a bounded number of
 * files. Returns how many entries `owner` has after that, the one called `name` not counted, and in
 * `soonest` (CACHE_NAME_MAX bytes) which of them ends first; "" when there is none.
 */
unsigned int sweep_cache(int folder, const char *owner, const char *name, char *soonest);

/* 1 when `file` is the name of an entry of `owner`, and not of what lies beside one. */
int sweep_is_entry_of(const char *file, const char *owner);

/* Removes every entry of `owner`. */
void sweep_owner(int folder, const char *owner);

#endif
