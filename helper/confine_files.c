/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/confine_files.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

/*
 * The kernel's interface as it has grown, from include/uapi/linux/landlock.h: build hosts' headers
 * have older versions of it, or none. A kernel is asked for its version, and told no more than it
 * knows.
 */
#define CREATE_RULESET 444 /* these calls have one number everywhere */
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define ASK_VERSION UINT32_C(1)
#define RULE_PATH_BENEATH 1

struct ruleset {
    uint64_t files;   /* version 1 */
    uint64_t network; /* version 4 */
    uint64_t scopes;  /* version 6 */
};

struct path_rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

/* landlock(7), "Filesystem actions": versions 1, 2 (REFER), 3 (TRUNCATE), 5 (IOCTL_DEV). */
#define FILES_1 ((UINT64_C(1) << 13) - 1)
#define FILES_REFER (UINT64_C(1) << 13)
#define FILES_TRUNCATE (UINT64_C(1) << 14)
#define FILES_IOCTL_DEV (UINT64_C(1) << 15)
#define NETWORK_BIND_TCP (UINT64_C(1) << 0)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

#define READ_FILE (UINT64_C(1) << 2)
#define READ_DIR (UINT64_C(1) << 3)

/*
 * Links are followed when a rule is made, so a path that is a link allows what it leads to. Those
 * of a host that has no such path are skipped.
 */
static const char *const readable[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/dev",
    "/proc",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    "/etc/resolv.conf",         /* under WSL a link out of /etc */
    "/etc/ssl/certs",           /* openSUSE: a link to /var/lib */
    "/var/lib/ca-certificates", /* openSUSE: and so are the names in it */
    "/nix/store",               /* NixOS: everything in /etc leads there */
};

static int
kernel_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

    return version < 0 ? 0 : (int)version;
}

static struct ruleset
rules_of(int version)
{
    struct ruleset rules = {.files = FILES_1};

    if (version >= 2)
        rules.files |= FILES_REFER;
    if (version >= 3)
        rules.files |= FILES_TRUNCATE;
    if (version >= 5)
        rules.files |= FILES_IOCTL_DEV;
    if (version >= 4)
        rules.network = NETWORK_BIND_TCP;
    if (version >= 6)
        rules.scopes = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
    return rules;
}

static size_t
size_of(int version)
{
    if (version >= 6)
        return sizeof(struct ruleset);
    return version >= 4 ? offsetof(struct ruleset, scopes) : offsetof(struct ruleset, network);
}

static int
allow(int ruleset, const char *path)
{
    struct path_rule rule = {.allowed = READ_FILE | READ_DIR};
    struct stat status;
    int r = 0;

    rule.fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.fd < 0)
        return 0; /* what is not there needs no rule */
    if (fstat(rule.fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed = READ_FILE;
    if (syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    close(rule.fd);
    return r;
}

int
confine_files(const char *const *files, size_t count)
{
    int version = kernel_version(), r = 0;
    struct ruleset rules = rules_of(version);
    int ruleset;

    if (version == 0)
        return 0;
    ruleset = (int)syscall(CREATE_RULESET, &rules, size_of(version), 0);
    if (ruleset < 0)
        return AWS_ROLE_ERR_SYSTEM;
    for (size_t i = 0; r == 0 && i < sizeof readable / sizeof readable[0]; i++)
        r = allow(ruleset, readable[i]);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = allow(ruleset, files[i]);
    if (r == 0 && syscall(RESTRICT_SELF, ruleset, 0) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    close(ruleset);
    return r;
}
