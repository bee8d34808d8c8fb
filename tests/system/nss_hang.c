/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libnss_hang.so.2: a directory for nsswitch.conf that has nobody in it, and that a test can make
 * hang or fail. What there is at /run/nss_hang/passwd decides for accounts, /run/nss_hang/group for
 * groups: nothing: the answer is "not found"; a FIFO: it comes once something can be read there, or
 * its last writer is gone; a regular file: the service is not available (EIO).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC enum nss_status _nss_hang_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
                                            size_t size, int *error);
PUBLIC enum nss_status _nss_hang_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer,
                                            size_t size, int *error);
PUBLIC enum nss_status _nss_hang_getgrgid_r(gid_t gid, struct group *entry, char *buffer,
                                            size_t size, int *error);
PUBLIC enum nss_status _nss_hang_initgroups_dyn(const char *user, gid_t group, long *start,
                                                long *size, gid_t **groups, long limit,
                                                int *error);

static enum nss_status
answer(const char *path, int *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char byte;

    *error = ENOENT;
    if (fd < 0)
        return NSS_STATUS_NOTFOUND;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        *error = EIO;
    else
        (void)!read(fd, &byte, 1);
    close(fd);
    return *error == EIO ? NSS_STATUS_UNAVAIL : NSS_STATUS_NOTFOUND;
}

enum nss_status
_nss_hang_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, int *error)
{
    (void)name;
    (void)entry;
    (void)buffer;
    (void)size;
    return answer("/run/nss_hang/passwd", error);
}

enum nss_status
_nss_hang_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, int *error)
{
    (void)uid;
    (void)entry;
    (void)buffer;
    (void)size;
    return answer("/run/nss_hang/passwd", error);
}

enum nss_status
_nss_hang_getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size, int *error)
{
    (void)gid;
    (void)entry;
    (void)buffer;
    (void)size;
    return answer("/run/nss_hang/group", error);
}

enum nss_status
_nss_hang_initgroups_dyn(const char *user, gid_t group, long *start, long *size, gid_t **groups,
                         long limit, int *error)
{
    (void)user;
    (void)group;
    (void)start;
    (void)size;
    (void)groups;
    (void)limit;
    return answer("/run/nss_hang/group", error);
}
