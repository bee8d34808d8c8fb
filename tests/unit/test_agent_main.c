/* SPDX-License-Identifier: BSD-3-Clause */
/* The program, at AGENT_PROGRAM: what it asks of its descriptors, and when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/unit/session_records.h"

#define PATIENCE_MS 20000

struct fixture {
    int broker[2];
    int listener;
    char folder[64];
    struct sockaddr_un address;
};

static int
set_up(void **state)
{
    static struct fixture fixture;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fixture.broker), 0);
    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/test_agent_main.XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    fixture.address.sun_family = AF_UNIX;
    snprintf(fixture.address.sun_path, sizeof fixture.address.sun_path, "%.60s/socket",
             fixture.folder);
    fixture.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fixture.listener, (struct sockaddr *)&fixture.address,
                          sizeof fixture.address), 0);
    assert_int_equal(listen(fixture.listener, 8), 0);
    *state = &fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    close(fixture->broker[0]);
    close(fixture->broker[1]);
    close(fixture->listener);
    unlink(fixture->address.sun_path);
    rmdir(fixture->folder);
    return 0;
}

/*
 * Starts the agent with `three` and `four` (-1: closed) as its descriptors 3 and 4, and a pipe with
 * a token in it as 5.
 */
static pid_t
start(int three, int four, const char *user, const char *idle)
{
    char *environment[] = {NULL};
    char *arguments[] = {"aws-role-agent", (char *)(uintptr_t)user, "keys",
                         (char *)(uintptr_t)idle, NULL};
    int token[2];
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    three = three < 0 ? -1 : fcntl(three, F_DUPFD, 100);
    four = four < 0 ? -1 : fcntl(four, F_DUPFD, 100);
    if (pipe(token) != 0 || write(token[1], "token", 5) != 5)
        _exit(97);
    token[0] = fcntl(token[0], F_DUPFD, 100);
    close(3);
    close(4);
    if (dup2(token[0], 5) != 5)
        _exit(96);
    if ((three >= 0 && dup2(three, 3) != 3) || (four >= 0 && dup2(four, 4) != 4))
        _exit(99);
    for (int fd = 6; fd < 256; fd++)
        close(fd);
    execve(AGENT_PROGRAM, arguments, environment);
    _exit(98);
}

/* The exit status of a process that ends in time; one that does not is killed. */
static int
await_exit(pid_t pid)
{
    int status = -1, pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    assert_true(pidfd >= 0);
    if (poll(&end, 1, PATIENCE_MS) != 1)
        kill(pid, SIGKILL);
    close(pidfd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int
connect_client(const struct fixture *fixture)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)&fixture->address,
                             sizeof fixture->address), 0);
    return fd;
}

static void
wrong_descriptors_end_it(void **state)
{
    struct fixture *fixture = *state;
    int stream[2], udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream), 0);
    assert_int_equal(await_exit(start(-1, fixture->listener, "ueno", "1")), 1);
    assert_int_equal(await_exit(start(fixture->broker[1], -1, "ueno", "1")), 1);
    assert_int_equal(await_exit(start(stream[0], fixture->listener, "ueno", "1")), 1);
    assert_int_equal(await_exit(start(udp, fixture->listener, "ueno", "1")), 1);
    assert_int_equal(await_exit(start(fixture->broker[1], fixture->broker[0], "ueno", "1")), 1);
    assert_int_equal(await_exit(start(fixture->listener, fixture->listener, "ueno", "1")), 1);
    close(stream[0]);
    close(stream[1]);
    close(udp);
}

static void
wrong_arguments_end_it(void **state)
{
    static const char *const idle[] = {"0", "-1", "x", "1x", "", "99999999999999999999"};
    struct fixture *fixture = *state;

    assert_int_equal(await_exit(start(fixture->broker[1], fixture->listener, NULL, NULL)), 1);
    assert_int_equal(await_exit(start(fixture->broker[1], fixture->listener, "", "1")), 1);
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        assert_int_equal(
            await_exit(start(fixture->broker[1], fixture->listener, "ueno", idle[i])), 1);
}

static void
it_ends_when_nobody_needs_it(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(await_exit(start(fixture->broker[1], fixture->listener, "ueno", "1")), 0);
}

static void
it_ends_with_the_broker(void **state)
{
    struct fixture *fixture = *state;
    pid_t pid = start(fixture->broker[1], fixture->listener, "ueno", NULL);
    int client = connect_client(fixture);
    struct record record;

    /* Served once, it is known to be up. */
    record_start(&record, RECORD_LOGIN);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
    assert_int_equal(record_receive(client, &record, deadline_in(PATIENCE_MS)), 0);
    record_wipe(&record);
    shutdown(fixture->broker[0], SHUT_RDWR);
    assert_int_equal(await_exit(pid), 0);
    assert_int_equal(record_receive(client, &record, deadline_in(PATIENCE_MS)),
                     AWS_ROLE_ERR_PEER_GONE);
    close(client);
}

static void
it_serves_the_first_connection(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    struct record record;
    pid_t pid;

    record_start(&record, RECORD_GET);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
    pid = start(fixture->broker[1], fixture->listener, "ueno", "1");
    assert_int_equal(record_receive(fixture->broker[0], &record, deadline_in(PATIENCE_MS)), 0);
    assert_int_equal(record.kind, RECORD_ROLE);
    record_wipe(&record);
    session_records_grant(&record, "developer", NULL, 0, "ASIA0000000000000001", 3600, 0);
    assert_int_equal(record_send(fixture->broker[0], &record, 0), 0);
    record_wipe(&record);
    assert_int_equal(record_receive(client, &record, deadline_in(PATIENCE_MS)), 0);
    assert_int_equal(record.kind, RECORD_GRANT);
    record_wipe(&record);
    close(client);
    assert_int_equal(await_exit(pid), 0);
}

/* proc(5): what is not dumpable belongs to root, and its limits say so. */
static void
its_memory_is_protected(void **state)
{
    struct fixture *fixture = *state;
    pid_t pid = start(fixture->broker[1], fixture->listener, "ueno", NULL);
    int client = connect_client(fixture), protected = 0;
    unsigned long long soft, hard;
    char path[64], line[256];
    struct record record;
    FILE *limits;

    record_start(&record, RECORD_LOGIN);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
    assert_int_equal(record_receive(client, &record, deadline_in(PATIENCE_MS)), 0);
    record_wipe(&record);
    snprintf(path, sizeof path, "/proc/%ld/limits", (long)pid);
    limits = fopen(path, "re");
    assert_non_null(limits);
    while (fgets(line, sizeof line, limits) != NULL)
        protected |= sscanf(line, "Max core file size %llu %llu", &soft, &hard) == 2 &&
                     soft == 0 && hard == 0;
    fclose(limits);
    assert_true(protected);
    if (geteuid() != 0) { /* root may look into everything */
        snprintf(path, sizeof path, "/proc/%ld/mem", (long)pid);
        assert_int_equal(open(path, O_RDONLY | O_CLOEXEC), -1);
        assert_int_equal(errno, EACCES);
    }
    shutdown(fixture->broker[0], SHUT_RDWR);
    assert_int_equal(await_exit(pid), 0);
    close(client);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_descriptors_end_it),
        TEST(wrong_arguments_end_it),
        TEST(it_ends_when_nobody_needs_it),
        TEST(it_ends_with_the_broker),
        TEST(it_serves_the_first_connection),
        TEST(its_memory_is_protected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
