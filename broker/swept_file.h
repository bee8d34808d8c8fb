/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_SWEPT_FILE_H
#define AWS_ROLE_BROKER_SWEPT_FILE_H

#include <stddef.h>

#include "common/deadline.h"

/*
 * Puts `size` bytes into the file `name` of the cache's folder, which a sweep removes after `until`
 * (broker/sweep.h). They are written beside its place and moved there, so that a reader sees the
 * old content or the new one. Several may write one of a name: the last one's stays.
 * AWS_ROLE_ERR_SYSTEM with errno: it is not there.
 */
int swept_file_write(int folder, const char *name, const void *bytes, size_t size,
                     deadline_t until);

#endif
