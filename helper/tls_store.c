/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/tls_store.h"

#include <dirent.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char *const folders[] = {
    "/etc/ssl/certs",                               /* Debian, Arch, openSUSE, Alpine */
    "/etc/pki/tls/certs",                           /* Fedora, RHEL */
    "/etc/pki/ca-trust/extracted/pem/directory-hash", /* RHEL 9, Amazon Linux 2023 */
};

static const char *const files[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Arch */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, RHEL, Amazon Linux */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* older RHEL */
    "/etc/ssl/ca-bundle.pem",                            /* openSUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine */
};

static int
is_hashed_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
}

int
tls_store_is_hashed(const char *folder)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    int found = 0;

    if (listing == NULL)
        return 0;
    while (!found && (entry = readdir(listing)) != NULL)
        found = is_hashed_name(entry->d_name);
    closedir(listing);
    return found;
}

struct tls_store
tls_store_find(void)
{
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (tls_store_is_hashed(folders[i]))
            return (struct tls_store){.folder = folders[i]};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (access(files[i], R_OK) == 0)
            return (struct tls_store){.file = files[i]};
    return (struct tls_store){NULL, NULL};
}
