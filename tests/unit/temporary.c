/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/temporary.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char folder[4096];

const char *
temporary_folder(const char *parent)
{
    const char *tmp = getenv("TMPDIR");

    if (parent == NULL)
        parent = tmp != NULL ? tmp : "/tmp";
    snprintf(folder, sizeof folder, "%s/aws-role-test.XXXXXX", parent);
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        exit(1);
    }
    return folder;
}

void
temporary_write(const char *path, mode_t mode, const char *text)
{
    FILE *file = fopen(path, "we");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, mode) != 0) {
        perror(path);
        exit(1);
    }
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void
temporary_remove(void)
{
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
