/* SPDX-License-Identifier: BSD-3-Clause */
/* The program, at AGENT_PROGRAM: what it asks of its descriptors, and when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

/* What the agent is started with: its descriptors (-1: closed), what its pipe has, its arguments. */
struct start {
    int broker, listener, port;
    const char *token, *user, *export_as, *idle;
};

/* In the child: the descriptors at their numbers, and everything else closed. */
static void
place(const struct start *start)
{
    int given[] = {start->broker, start->listener, -1, start->port}, token[2];
    size_t size = strlen(start->token);

    if (pipe(token) != 0 || write(token[1], start->token, size) != (ssize_t)size)
        _exit(97);
    given[2] = token[0];
    for (size_t i = 0; i < 4; i++)
        given[i] = given[i] < 0 ? -1 : fcntl(given[i], F_DUPFD, 100);
    for (int fd = 3; fd < 100; fd++)
        close(fd);
    for (int i = 0; i < 4; i++)
        if (given[i] >= 0 && dup2(given[i], 3 + i) != 3 + i)
            _exit(99);
    for (int fd = 100; fd < 256; fd++)
        close(fd);
}

static pid_t
run(const struct start *start)
{
    char *environment[] = {NULL};
    char *arguments[] = {"aws-role-agent", (char *)(uintptr_t)start->user,
                         (char *)(uintptr_t)start->export_as, (char *)(uintptr_t)start->idle, NULL};
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    place(start);
    execve(AGENT_PROGRAM, arguments, environment);
    _exit(98);
}

/* A session with keys, whose port nobody has asked for. */
static pid_t
start(int broker, int listener, const char *user, const char *idle)
{
    const struct start with = {broker, listener, -1, "token", user, "keys", idle};

    return run(&with);
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
send_record(int fd, struct record *record)
{
    assert_int_equal(record_send(fd, record, 0), 0);
    record_wipe(record);
}

static void
expect_record(int fd, enum record_kind kind)
{
    struct record record;

    assert_int_equal(record_receive(fd, &record, deadline_in(PATIENCE_MS)), 0);
    assert_int_equal(record.kind, kind);
    record_wipe(&record);
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
    send_record(client, &record);
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
    send_record(client, &record);
    pid = start(fixture->broker[1], fixture->listener, "ueno", "1");
    expect_record(fixture->broker[0], RECORD_ROLE);
    session_records_grant(&record, "developer", NULL, 0, "ASIA0000000000000001", 3600, 0);
    send_record(fixture->broker[0], &record);
    expect_record(client, RECORD_GRANT);
    close(client);
    assert_int_equal(await_exit(pid), 0);
}

/* Where no port could be had for the endpoint there is no token, and all else is served. */
static void
it_serves_without_a_port(void **state)
{
    struct fixture *fixture = *state;
    const struct start with = {fixture->broker[1], fixture->listener, -1, "", "ueno", "keys", "1"};
    int client = connect_client(fixture);
    struct record record;
    pid_t pid = run(&with);

    record_start(&record, RECORD_LOGIN);
    send_record(client, &record);
    expect_record(client, RECORD_PENDING);
    close(client);
    assert_int_equal(await_exit(pid), 0);
}

/* A port of 127.0.0.1 that listens; its address. */
static int
open_port(struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = sizeof *address;

    *address = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
    return fd;
}

static int
connect_port(const struct sockaddr_in *address)
{
    const struct timeval limit = {.tv_sec = PATIENCE_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof *address), 0);
    return fd;
}

/* While a browser is waited for there is no client, and after that it is idle. */
static void
it_stays_while_a_browser_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    pid_t pid = start(fixture->broker[1], fixture->listener, "ueno", "1");
    struct record record;

    record_start(&record, RECORD_LOGIN);
    record_put_number(&record, FIELD_BROWSER, BROWSER_OPEN);
    send_record(client, &record);
    expect_record(fixture->broker[0], RECORD_LOGIN);
    record_start(&record, RECORD_ASK);
    record_put_text(&record, FIELD_PROMPT, "Code: ");
    record_put_text(&record, FIELD_URL, "https://example.com/?state=x");
    send_record(fixture->broker[0], &record);
    expect_record(client, RECORD_ASK);
    close(client);
    (void)poll(NULL, 0, 2500); /* more than it would stay for nobody */
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    client = connect_client(fixture);
    record_start(&record, RECORD_LOGOUT);
    send_record(client, &record);
    expect_record(client, RECORD_NONE);
    close(client);
    assert_int_equal(await_exit(pid), 0);
}

/* Two requests whose client is gone when they are answered, and what the kernel may send for it. */
static void
it_outlives_clients_that_go(void **state)
{
    struct fixture *fixture = *state;
    struct start with = {fixture->broker[1], fixture->listener, -1, "token", "ueno", "endpoint",
                         "1"};
    struct sockaddr_in address;
    struct record record;
    char request[256], reply[16] = "";
    int client, length;
    pid_t pid;

    with.port = open_port(&address);
    length = snprintf(request, sizeof request,
                      "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: token\r\n\r\n",
                      ntohs(address.sin_port));
    client = connect_port(&address);
    assert_int_equal(send(client, request, (size_t)length, MSG_MORE), length);
    assert_int_equal(send(client, request, (size_t)length, 0), length);
    pid = run(&with);
    expect_record(fixture->broker[0], RECORD_ROLE);
    close(client);
    session_records_grant(&record, "developer", NULL, 0, "ASIA0000000000000001", 3600, 0);
    send_record(fixture->broker[0], &record);
    assert_int_equal(kill(pid, SIGPIPE), 0);
    client = connect_port(&address);
    assert_int_equal(send(client, request, (size_t)length, 0), length);
    assert_true(recv(client, reply, sizeof reply - 1, 0) > 0);
    assert_non_null(strstr(reply, " 200 "));
    close(client);
    assert_int_equal(await_exit(pid), 0);
    close(with.port);
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
    send_record(client, &record);
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
        TEST(it_serves_without_a_port),
        TEST(it_stays_while_a_browser_is_waited_for),
        TEST(it_outlives_clients_that_go),
        TEST(its_memory_is_protected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
