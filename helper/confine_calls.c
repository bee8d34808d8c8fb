/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/confine_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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
    SYS_sched_setaffinity,
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

#define DENIED_COUNT (sizeof denied / sizeof denied[0])
#define DENY (SECCOMP_RET_ERRNO | EPERM)
#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))

/* The low half of the first argument; what a process id is compared with. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST_ARGUMENT args[0]
#else
#error "the tables below are for little-endian machines"
#endif

#define FILTER_MAX (16 + 2 * DENIED_COUNT)

static size_t
build(struct sock_filter *filter, uint32_t own_pid)
{
    const struct sock_filter head[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        RETURN(DENY),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, NUMBER_END, 0, 1),
        RETURN(DENY),
    };
    const struct sock_filter tail[] = {
        /* abort(3), raise(3) and pthread_cancel(3) send to the own process by tgkill. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3),
        LOAD(FIRST_ARGUMENT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_pid, 1, 0),
        RETURN(DENY),
        RETURN(SECCOMP_RET_ALLOW),
    };
    size_t count = 0;

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        filter[count++] = head[i];
    for (size_t i = 0; i < DENIED_COUNT; i++) {
        filter[count++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], 0, 1);
        filter[count++] = (struct sock_filter)RETURN(DENY);
    }
    for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++)
        filter[count++] = tail[i];
    return count;
}

int
confine_calls(void)
{
    struct sock_filter filter[FILTER_MAX];
    struct sock_fprog program = {.filter = filter};

    program.len = (unsigned short)build(filter, (uint32_t)getpid());
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
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
