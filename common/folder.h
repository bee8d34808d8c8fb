/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_FOLDER_H
#define AWS_ROLE_COMMON_FOLDER_H

#include <dirent.h>

/*
 * Lists an open folder, with a position of its own: `folder` stays the caller's, and may be listed
 * again. NULL when it cannot be read, with errno. closedir(3) ends it.
 */
DIR *folder_list(int folder);

#endif
