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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/error.h"
#include "helper/confine.h"
#include "tests/unit/probe.h"

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
    return PROBE_WORKS;
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
    return kill(getppid(), 0) == 0 ? PROBE_WORKS : errno;
}

static int
dump_core(void)
{
    struct rlimit core;

    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0
               ? EPERM
               : PROBE_WORKS;
}

static int
gain_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : PROBE_WORKS;
}

static int
listen_on_tcp(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r = bind(fd, (const struct sockaddr *)&any, sizeof any) == 0 ? PROBE_WORKS : errno;

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

    return r == ENOENT ? PROBE_WORKS : r;
}

static int
list_authorities(void)
{
    DIR *listing = opendir("/etc/ssl/certs");
    int r = PROBE_WORKS;

    if (listing == NULL)
        return errno == ENOENT ? PROBE_WORKS : errno;
    for (const struct dirent *entry; r == PROBE_WORKS && (entry = readdir(listing)) != NULL;) {
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
    return r == 0 ? PROBE_WORKS : PROBE_FAILED;
}

static int
use_memory(void)
{
    char *memory = malloc((size_t)32 * 1024 * 1024);

    if (memory == NULL)
        return ENOMEM;
    memset(memory, 1, (size_t)32 * 1024 * 1024);
    free(memory);
    return PROBE_WORKS;
}

static int
confine_all(void)
{
    const char *files[] = {named, "/no/such/file"};

    return confine(files, 2);
}

static const struct {
    const char *name;
    int (*function)(void);
    int result;
    int landlock; /* the version of Landlock that it takes */
} probes[] = {
    {"read another file", read_other, EACCES, 1},
    {"list another folder", list_other, EACCES, 1},
    {"write a named file", write_named, EACCES, 1},
    {"create a file", create_file, EACCES, 1},
    {"listen on TCP", listen_on_tcp, EACCES, 4},
    {"signal the parent", signal_parent, EPERM, 0},
    {"dump core", dump_core, EPERM, 0},
    {"gain privileges", gain_privileges, EPERM, 0},
    {"read a named file", read_named, PROBE_WORKS, 0},
    {"read /etc/hosts", read_hosts, PROBE_WORKS, 0},
    {"read /etc/resolv.conf", read_resolv_conf, PROBE_WORKS, 0},
    {"read /dev/urandom", read_random, PROBE_WORKS, 0},
    {"read the authorities", list_authorities, PROBE_WORKS, 0},
    {"resolve localhost", resolve_localhost, PROBE_WORKS, 0},
    {"use 32 MiB", use_memory, PROBE_WORKS, 0},
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
        r = probe_run(confine_all, probes[i].function);
        print_message("    %s: %s\n", probes[i].name, r == PROBE_WORKS ? "works" : strerror(r));
        assert_int_equal(r, probes[i].result);
    }
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
    };

    return cmocka_run_group_tests_name("confine", tests, set_up, tear_down);
}
