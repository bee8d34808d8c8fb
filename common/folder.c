/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/folder.h"

#include <fcntl.h>
#include <unistd.h>

DIR *
folder_list(int folder)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);

    if (list == NULL && copy >= 0)
        close(copy);
    return list;
}
