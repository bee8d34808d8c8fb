/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_host.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/credentials_file.h"
#include "common/error.h"
#include "common/service_user.h"
#include "policy/config.h"

#define INSTALL_AGAIN "install pam_aws_role again"

void
check_host_service_user(struct check *check)
{
    const struct passwd *user = getpwnam(SERVICE_USER);

    if (user == NULL)
        check_problem(check, SERVICE_USER, 0, "there is no such user",
                      SERVICE_USER_MEND);
    else if (user->pw_uid == 0 || user->pw_gid == 0)
        check_problem(check, SERVICE_USER, 0, "it has root's uid or gid",
                      "remove it, then " SERVICE_USER_MEND);
    else if (getgrnam(SERVICE_USER) == NULL)
        check_problem(check, SERVICE_USER, 0, "there is no group of that name",
                      "groupadd --system " SERVICE_USER
                      " && usermod -g " SERVICE_USER " " SERVICE_USER);
}

static void
check_program(struct check *check, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        if (errno == EACCES)
            check_note(check, "%s may not be looked at by you: run aws-role check as root", path);
        else
            check_problem(check, path, 0, strerror(errno), INSTALL_AGAIN);
        return;
    }
    if (!S_ISREG(st.st_mode))
        check_problem(check, path, 0, "is not a regular file", INSTALL_AGAIN);
    else if (st.st_uid != check->trust.owner)
        check_problem(check, path, 0, "does not belong to root", "chown root:root it");
    else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        check_problem(check, path, 0, "others than root may write it", "chmod go-w it");
    else if ((st.st_mode & (S_ISUID | S_ISGID)) != 0)
        check_problem(check, path, 0, "has a setuid or setgid bit, and needs none",
                      "chmod ug-s it");
}

static void
check_executable(struct check *check, const char *path)
{
    size_t before = check->problems + check->notes;

    check_program(check, path);
    if (check->problems + check->notes == before && access(path, X_OK) != 0)
        check_problem(check, path, 0, "cannot be run", "chmod +x it");
}

/* A process of a program that its user may not read is not dumpable by that user: ptrace(2). */
static void
check_unreadable(struct check *check, const char *path)
{
    size_t before = check->problems + check->notes;
    struct stat st;

    check_executable(check, path);
    if (check->problems + check->notes == before && stat(path, &st) == 0 &&
        (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
        check_problem(check, path, 0, "others than root may read it, and its mode has to be 0711",
                      INSTALL_AGAIN);
}

void
check_host_programs(struct check *check)
{
    check_executable(check, check->installed->broker);
    check_unreadable(check, check->installed->helper);
    check_unreadable(check, check->installed->agent);
    check_program(check, check->installed->module);
}

/* Is the file system of `path` one that keeps everything in memory. */
static void
check_file_system(struct check *check, const char *path)
{
    struct statfs fs;

    if (statfs(path, &fs) != 0) {
        check_note(check, "%s: %s: the run time folder's file system is not known", path,
                   strerror(errno));
        return;
    }
    if (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
        check_note(check,
                   "%s is on neither tmpfs nor ramfs: credentials are kept in memory and not "
                   "shared between sessions; mount a tmpfs there to share them", path);
}

/* The folder that `path` is in; "/" for what has none. */
static void
parent_of(const char *path, char parent[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL || slash == path ? 0 : (size_t)(slash - path);

    snprintf(parent, PATH_MAX, "%.*s", length == 0 ? 1 : (int)length, length == 0 ? "/" : path);
}

void
check_host_run_folder(struct check *check)
{
    const char *path = check->installed->rundir;
    char parent[PATH_MAX];
    struct stat st;

    if (lstat(path, &st) == 0) {
        if (!S_ISDIR(st.st_mode) || st.st_uid != check->trust.owner ||
            (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
            check_problem(check, path, 0, "is not a folder of root's own",
                          "remove it; the next login makes it");
        else
            check_file_system(check, path);
    } else if (errno == ENOENT) {
        parent_of(path, parent); /* where the first login makes it */
        check_file_system(check, parent);
    } else {
        check_note(check, "%s may not be looked at: %s", path, strerror(errno));
    }
}

/* The helper reads the file as the service user, who is none of "others". */
static int
service_group_reads(struct check *check, int fd, const char *path, char *why)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        snprintf(why, TRUSTED_FILE_WHY_MAX, "%.300s cannot be looked at: %s", path,
                 strerror(errno));
        return 0;
    }
    if (st.st_gid == check->trust.secret_group && (st.st_mode & S_IRGRP) != 0)
        return 1;
    snprintf(why, TRUSTED_FILE_WHY_MAX,
             "%.300s has mode %04o and group %lu, " SERVICE_USER " cannot read it: "
             "chown root:" SERVICE_USER " and chmod 0640",
             path, (unsigned int)st.st_mode & 07777, (unsigned long)st.st_gid);
    return 0;
}

static void
tell_credentials(struct check *check, const struct config_entry *profile, const char *why)
{
    check_problem(check, profile->file, profile->line, "the profile's credentials file", why);
}

/* 1 when what is in the file may be looked at. */
static int
check_secret_file(struct check *check, const struct config_entry *profile, const char *path)
{
    struct file_identity identity;
    char why[TRUSTED_FILE_WHY_MAX];
    int fd, r = trusted_file_open(path, TRUSTED_FILE_SECRET, &check->trust, &fd, &identity, why);

    if (r == 0) {
        if (!service_group_reads(check, fd, path, why))
            tell_credentials(check, profile, why);
        close(fd);
    } else if (r == AWS_ROLE_ERR_SYSTEM && errno == EACCES) {
        check_note(check, "%s may not be read by you, as it should be: run aws-role check as root "
                   "to check it", path);
    } else {
        tell_credentials(check, profile, why);
    }
    return r == 0;
}

/* Reads the file as the helper does; `name` NULL: its form alone. 1 when nothing is wrong. */
static int
check_keys(struct check *check, const struct config_entry *profile, const char *path,
           const char *name)
{
    struct credentials credentials = {0};
    char why[CREDENTIALS_FILE_WHY_MAX];
    int r = credentials_file_read(path, name, &check->trust, &credentials, why);

    if (r != 0)
        tell_credentials(check, profile, why);
    credentials_wipe(&credentials);
    return r == 0;
}

/* Expansions are a session's: which profile they name is not known here. */
static int
is_fixed(const char *profile)
{
    return strchr(profile, '%') == NULL;
}

void
check_host_credentials(struct check *check)
{
    const struct config *config = check->config;
    const char *last = NULL;
    int is_good = 0; /* what is in `last` has the form of such a file */

    for (size_t i = 0; config != NULL && i < config->section_count; i++) {
        const struct config_section *source = &config->sections[i];
        const struct config_entry *profile = config_own(config, source, KEY_PROFILE);
        const struct config_entry *file = config_own(config, source, KEY_CREDENTIALS_FILE);
        const char *path = file != NULL ? file->value : check->installed->credentials;

        if (source->kind != SECTION_SOURCE || profile == NULL)
            continue;
        if (last == NULL || strcmp(last, path) != 0)
            is_good = check_secret_file(check, profile, path) &&
                      check_keys(check, profile, path, NULL);
        last = path;
        if (is_good && is_fixed(profile->value))
            (void)check_keys(check, profile, path, profile->value);
    }
}
