/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/error.h"

#define FILES_MAX 1024
#define STACK_MAX (8UL * 1024 * 1024)

static int
reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); /* EINVAL for KILL, STOP and libc's own */
    /* Where the person's RLIMIT_FSIZE cannot be raised, a write fails instead of killing us. */
    (void)signal(SIGXFSZ, SIG_IGN);
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The person's limits are not ours; without CAP_SYS_RESOURCE up to the hard ones only. */
static void
reset_limits(void)
{
    static const struct {
        int resource;
        rlim_t limit;
    } limits[] = {
        {RLIMIT_AS, RLIM_INFINITY},       {RLIMIT_CPU, RLIM_INFINITY},
        {RLIMIT_DATA, RLIM_INFINITY},     {RLIMIT_FSIZE, RLIM_INFINITY},
        {RLIMIT_LOCKS, RLIM_INFINITY},    {RLIMIT_NOFILE, FILES_MAX},
        {RLIMIT_NPROC, RLIM_INFINITY},    {RLIMIT_RSS, RLIM_INFINITY},
        {RLIMIT_SIGPENDING, FILES_MAX},   {RLIMIT_STACK, STACK_MAX},
        {RLIMIT_RTTIME, RLIM_INFINITY},   {RLIMIT_CORE, 0},
    };

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit = {limits[i].limit, limits[i].limit};

        if (setrlimit(limits[i].resource, &limit) == 0 ||
            getrlimit(limits[i].resource, &limit) != 0)
            continue;
        limit.rlim_cur = limits[i].limit < limit.rlim_max ? limits[i].limit : limit.rlim_max;
        (void)setrlimit(limits[i].resource, &limit);
    }
}

static void
reset_scheduling(void)
{
    const struct sched_param none = {.sched_priority = 0};

    (void)sched_setscheduler(0, SCHED_OTHER, &none);
    (void)setpriority(PRIO_PROCESS, 0, 0);
}

/*
 * Root in every id: until this is done the real uid may be that of a person who called su(1), and
 * who may signal us (kill(2)).
 */
static int
become_root(void)
{
    if (setgroups(0, NULL) != 0 || setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
        return AWS_ROLE_ERR_PRIVILEGE;
    /* EPERM without CAP_SETPCAP: privilege_drop empties the sets by itself. */
    (void)prctl(PR_SET_SECUREBITS, 0);
    return 0;
}

int
privilege_reset(void)
{
    if (become_root() != 0)
        return AWS_ROLE_ERR_PRIVILEGE;
    if (reset_signals() != 0 || chdir("/") != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    umask(077);
    reset_limits();
    reset_scheduling();
    /* A keyring of our own instead of the application's; ENOSYS where there are none. */
    (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    if (setsid() < 0 && getpgrp() != getpid())
        return AWS_ROLE_ERR_SYSTEM;
    return 0;
}

static int
is_dropped(uid_t uid, gid_t gid)
{
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;

    if (getresuid(&ruid, &euid, &suid) != 0 || getresgid(&rgid, &egid, &sgid) != 0)
        return 0;
    if (ruid != uid || euid != uid || suid != uid || rgid != gid || egid != gid || sgid != gid)
        return 0;
    if (getgroups(0, NULL) != 0)
        return 0;
    return uid == 0 || (setresuid(0, 0, 0) != 0 && setresgid(0, 0, 0) != 0);
}

/*
 * All sets empty, also the inheritable one that an application may have left us (capabilities(7)).
 */
static int
drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* EINVAL before Linux 4.3 */
    if (syscall(SYS_capset, &header, sets) != 0 || syscall(SYS_capget, &header, sets) != 0)
        return AWS_ROLE_ERR_PRIVILEGE;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        if ((sets[i].effective | sets[i].permitted | sets[i].inheritable) != 0)
            return AWS_ROLE_ERR_PRIVILEGE;
    return 0;
}

int
privilege_drop(uid_t uid, gid_t gid)
{
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return AWS_ROLE_ERR_PRIVILEGE;
    if (drop_capabilities() != 0 || !is_dropped(uid, gid))
        return AWS_ROLE_ERR_PRIVILEGE;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        return AWS_ROLE_ERR_PRIVILEGE;
    return 0;
}
