/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "helper/confine.h"
#include "helper/confine_calls.h"

/* What a probe says besides an errno. */
#define WORKS 0
#define FAILED 255

#define LANDLOCK_VERSION syscall(444, NULL, 0, 1)

static char folder[] = "/tmp/confine-XXXXXX";
static char named[64], other[64];

static int
open_for(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno;
    close(fd);
    return WORKS;
}

static int
read_other(void)
{
    return open_for(other, O_RDONLY);
}

static int
list_other(void)
{
    return open_for(folder, O_RDONLY | O_DIRECTORY);
}

static int
write_named(void)
{
    return open_for(named, O_WRONLY);
}

static int
create_file(void)
{
    return open_for("/dev/shm/confine-test", O_WRONLY | O_CREAT);
}

static int
signal_parent(void)
{
    return kill(getppid(), 0) == 0 ? WORKS : errno;
}

static int
signal_parent_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 ? WORKS : errno;
}

static int
trace_parent(void)
{
    return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0 ? WORKS : errno;
}

static int
read_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {folder, 1};

    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) == 1 ? WORKS : errno;
}

static int
run_program(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};

    execv("/bin/true", arguments);
    return errno;
}

static int
use_keyring(void)
{
    return syscall(SYS_keyctl, 0, -3, 0) >= 0 ? WORKS : errno;
}

static int
mount_something(void)
{
    return mount("none", "/mnt", "tmpfs", 0, NULL) == 0 ? WORKS : errno;
}

static int
leave_namespace(void)
{
    return unshare(CLONE_NEWUTS) == 0 ? WORKS : errno;
}

static int
dump_core(void)
{
    struct rlimit core;

    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0
               ? EPERM
               : WORKS;
}

static int
gain_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : WORKS;
}

static int
listen_on_tcp(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r = bind(fd, (const struct sockaddr *)&any, sizeof any) == 0 ? WORKS : errno;

    close(fd);
    return r;
}

static int
read_named(void)
{
    return open_for(named, O_RDONLY);
}

static int
read_hosts(void)
{
    return open_for("/etc/hosts", O_RDONLY);
}

static int
read_random(void)
{
    return open_for("/dev/urandom", O_RDONLY);
}

static int
read_resolv_conf(void)
{
    int r = open_for("/etc/resolv.conf", O_RDONLY);

    return r == ENOENT ? WORKS : r;
}

static int
list_authorities(void)
{
    DIR *listing = opendir("/etc/ssl/certs");
    int r = WORKS;

    if (listing == NULL)
        return errno == ENOENT ? WORKS : errno;
    for (const struct dirent *entry; r == WORKS && (entry = readdir(listing)) != NULL;) {
        int fd = openat(dirfd(listing), entry->d_name, O_RDONLY | O_CLOEXEC);

        if (fd < 0 && errno != ENOENT)
            r = errno;
        close(fd);
    }
    closedir(listing);
    return r;
}

static int
resolve_localhost(void)
{
    struct addrinfo *found = NULL;
    int r = getaddrinfo("localhost", "443", NULL, &found);

    if (r == 0)
        freeaddrinfo(found);
    return r == 0 ? WORKS : FAILED;
}

static void *
say_hello(void *hello)
{
    *(int *)hello = 1;
    return hello;
}

static int
start_thread(void)
{
    pthread_t thread;
    int hello = 0, r = pthread_create(&thread, NULL, say_hello, &hello);

    if (r != 0)
        return r;
    pthread_join(thread, NULL);
    return hello ? WORKS : FAILED;
}

static int
signal_itself(void)
{
    signal(SIGUSR1, SIG_IGN);
    return raise(SIGUSR1) == 0 ? WORKS : errno;
}

static int
use_memory(void)
{
    char *memory = malloc((size_t)32 * 1024 * 1024);

    if (memory == NULL)
        return ENOMEM;
    memset(memory, 1, (size_t)32 * 1024 * 1024);
    free(memory);
    return WORKS;
}

static int
confine_all(void)
{
    const char *files[] = {named, "/no/such/file"};

    return confine(files, 2);
}

static int
filter_alone(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? AWS_ROLE_ERR_SYSTEM : confine_calls();
}

/* Runs a probe in a child that has confined itself; its result. */
static int
probe(int (*set_confinement)(void), int (*function)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (set_confinement() != 0)
            _exit(FAILED);
        _exit(function());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("the probe died of signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static const struct {
    const char *name;
    int (*function)(void);
    int result;
    int landlock; /* the version of Landlock that it takes */
    int filter;   /* 1: denied by the filter of system calls, whatever Landlock does */
} probes[] = {
    {"read another file", read_other, EACCES, 1, 0},
    {"list another folder", list_other, EACCES, 1, 0},
    {"write a named file", write_named, EACCES, 1, 0},
    {"create a file", create_file, EACCES, 1, 0},
    {"listen on TCP", listen_on_tcp, EACCES, 4, 0},
    {"signal the parent", signal_parent, EPERM, 0, 1},
    {"signal the parent's thread", signal_parent_thread, EPERM, 0, 1},
    {"trace the parent", trace_parent, EPERM, 0, 1},
    {"read the parent's memory", read_parent, EPERM, 0, 1},
    {"run a program", run_program, EPERM, 0, 1},
    {"use a keyring", use_keyring, EPERM, 0, 1},
    {"mount", mount_something, EPERM, 0, 1},
    {"leave a namespace", leave_namespace, EPERM, 0, 1},
    {"dump core", dump_core, EPERM, 0, 0},
    {"gain privileges", gain_privileges, EPERM, 0, 0},
    {"read a named file", read_named, WORKS, 0, 0},
    {"read /etc/hosts", read_hosts, WORKS, 0, 0},
    {"read /etc/resolv.conf", read_resolv_conf, WORKS, 0, 0},
    {"read /dev/urandom", read_random, WORKS, 0, 0},
    {"read the authorities", list_authorities, WORKS, 0, 0},
    {"resolve localhost", resolve_localhost, WORKS, 0, 0},
    {"start a thread", start_thread, WORKS, 0, 0},
    {"signal itself", signal_itself, WORKS, 0, 0},
    {"use 32 MiB", use_memory, WORKS, 0, 0},
};

static void
keeps_what_is_needed_and_no_more(void **state)
{
    long version = LANDLOCK_VERSION;

    (void)state;
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        int r;

        if (probes[i].landlock > version && probes[i].landlock > 0) {
            print_message("    %s: skipped, it takes Landlock %d\n", probes[i].name,
                          probes[i].landlock);
            continue;
        }
        r = probe(confine_all, probes[i].function);
        print_message("    %s: %s\n", probes[i].name, r == WORKS ? "works" : strerror(r));
        assert_int_equal(r, probes[i].result);
    }
}

/* Older kernels have the filter only. */
static void
denies_calls_by_the_filter_alone(void **state)
{
    (void)state;
#if defined(__x86_64__) || defined(__aarch64__)
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
        if (probes[i].filter)
            assert_int_equal(probe(filter_alone, probes[i].function), EPERM);
#else
    print_message("skipped: there is no table for this architecture\n");
    skip();
#endif
}

static void
make_file(char *path, size_t size, const char *name)
{
    int fd;

    snprintf(path, size, "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int
set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    make_file(named, sizeof named, "named");
    make_file(other, sizeof other, "other");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    unlink(named);
    unlink(other);
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_needed_and_no_more),
        cmocka_unit_test(denies_calls_by_the_filter_alone),
    };

    return cmocka_run_group_tests_name("confine", tests, set_up, tear_down);
}
