/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_TEMPORARY_H
#define AWS_ROLE_TESTS_UNIT_TEMPORARY_H

#include <sys/types.h>

/* Makes a folder of the caller's own with mode 0700 and returns its path, which lives until
 * temporary_remove. `parent` NULL: below TMPDIR or /tmp. Ends the test program on failure. */
const char *temporary_folder(const char *parent);

/* Writes `text` into the file `path`, which gets `mode`. Ends the test program on failure. */
void temporary_write(const char *path, mode_t mode, const char *text);

/* Removes the newest folder and all that is in it. */
void temporary_remove(void);

#endif
