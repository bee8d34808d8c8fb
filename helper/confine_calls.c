/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/confine_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/error.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
/* The x32 calls are numbered from here: a second door to everything. */
#define NUMBER_END UINT32_C(0x40000000)
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define NUMBER_END UINT32_C(0x40000000)
#endif

#ifdef ARCHITECTURE

/* From 424 on calls have one number everywhere, and build hosts' headers may lack their names. */
enum newer_call {
    CALL_PIDFD_SEND_SIGNAL = 424,
    CALL_IO_URING_SETUP = 425,
    CALL_OPEN_TREE = 428,
    CALL_MOVE_MOUNT = 429,
    CALL_FSOPEN = 430,
    CALL_FSCONFIG = 431,
    CALL_FSMOUNT = 432,
    CALL_FSPICK = 433,
    CALL_PIDFD_GETFD = 438,
    CALL_PROCESS_MADVISE = 440,
    CALL_MOUNT_SETATTR = 442,
    CALL_PROCESS_MRELEASE = 448,
};

static const uint32_t denied[] = {
    /* other processes */
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    CALL_PIDFD_SEND_SIGNAL,
    CALL_PIDFD_GETFD,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    CALL_PROCESS_MADVISE,
    CALL_PROCESS_MRELEASE,
    SYS_kcmp,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setaffinity,
    SYS_sched_setattr,
    SYS_sched_setparam,
    SYS_sched_setscheduler,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_perf_event_open,
    /* other programs */
    SYS_execve,
    SYS_execveat,
    /* keyrings */
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    /* the kernel, mounts, namespaces */
    SYS_bpf,
    SYS_userfaultfd,
    CALL_IO_URING_SETUP,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    CALL_MOVE_MOUNT,
    CALL_OPEN_TREE,
    CALL_FSOPEN,
    CALL_FSCONFIG,
    CALL_FSMOUNT,
    CALL_FSPICK,
    CALL_MOUNT_SETATTR,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
};

/* Denied when the argument, counted from 0, has the value. */
struct denied_value {
    uint32_t call;
    unsigned int argument;
    uint32_t value;
};

static const struct denied_value denied_values[] = {
    /* Who gets a descriptor's signals, and which: kill(2) by another way. */
    {SYS_fcntl, 1, F_SETOWN},
    {SYS_fcntl, 1, F_SETOWN_EX},
    {SYS_fcntl, 1, F_SETSIG},
    {SYS_ioctl, 1, FIOSETOWN},
    {SYS_ioctl, 1, SIOCSPGRP},
};

/* The first argument is a process id: denied unless it is 0 or the own one. */
static const uint32_t own_process_only[] = {
    SYS_tgkill,    /* abort(3), raise(3), pthread_cancel(3); 0 is nobody here */
    SYS_prlimit64, /* getrlimit(2) and setrlimit(2) are this call */
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define DENY (SECCOMP_RET_ERRNO | EPERM)
#define LOAD_AT(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define LOAD(field) LOAD_AT(offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define IF_EQUAL(value, then, otherwise)                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))

/* The low half of an argument: all that the kernel looks at in a process id or a command. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOAD_ARGUMENT(i) LOAD_AT(offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t))
#else
#error "the tables above are for little-endian machines"
#endif

#define FILTER_MAX                                                                                 \
    (16 + 2 * COUNT(denied) + 5 * COUNT(denied_values) + 6 * COUNT(own_process_only))

struct program {
    struct sock_filter filter[FILTER_MAX];
    size_t count;
};

static void
add(struct program *program, const struct sock_filter *instructions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        program->filter[program->count++] = instructions[i];
}

/* Every part begins with the call's number loaded, and leaves it so where it decides nothing. */
static void
add_denied(struct program *program, uint32_t call)
{
    const struct sock_filter part[] = {
        IF_EQUAL(call, 0, 1),
        RETURN(DENY),
    };

    add(program, part, COUNT(part));
}

static void
add_denied_value(struct program *program, const struct denied_value *rule)
{
    const struct sock_filter part[] = {
        IF_EQUAL(rule->call, 0, 4),
        LOAD_ARGUMENT(rule->argument),
        IF_EQUAL(rule->value, 0, 1),
        RETURN(DENY),
        LOAD(nr),
    };

    add(program, part, COUNT(part));
}

static void
add_own_process_only(struct program *program, uint32_t call, uint32_t own_pid)
{
    const struct sock_filter part[] = {
        IF_EQUAL(call, 0, 5),
        LOAD_ARGUMENT(0),
        IF_EQUAL(0, 2, 0),
        IF_EQUAL(own_pid, 1, 0),
        RETURN(DENY),
        LOAD(nr),
    };

    add(program, part, COUNT(part));
}

static void
build(struct program *program, uint32_t own_pid)
{
    const struct sock_filter head[] = {
        LOAD(arch),
        IF_EQUAL(ARCHITECTURE, 1, 0),
        RETURN(DENY),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, NUMBER_END, 0, 1),
        RETURN(DENY),
    };
    const struct sock_filter allow = RETURN(SECCOMP_RET_ALLOW);

    program->count = 0;
    add(program, head, COUNT(head));
    for (size_t i = 0; i < COUNT(denied); i++)
        add_denied(program, denied[i]);
    for (size_t i = 0; i < COUNT(denied_values); i++)
        add_denied_value(program, &denied_values[i]);
    for (size_t i = 0; i < COUNT(own_process_only); i++)
        add_own_process_only(program, own_process_only[i], own_pid);
    add(program, &allow, 1);
}

int
confine_calls(void)
{
    struct program program;
    struct sock_fprog set;

    build(&program, (uint32_t)getpid());
    set = (struct sock_fprog){.len = (unsigned short)program.count, .filter = program.filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &set) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS ? 0 : AWS_ROLE_ERR_SYSTEM;
}

#else

int
confine_calls(void)
{
    return 0;
}

#endif
