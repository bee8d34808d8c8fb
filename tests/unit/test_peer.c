/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose connection it is: socket diagnostics and /proc/net/tcp are asked, and have to agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/peer.h"

#define PATIENCE_MS 10000
#define STRANGER 65534
#define NOT_MADE 77 /* exit status of a child that could not do its part */

struct fixture {
    int listener;
    struct sockaddr_in address;
};

static int
set_up(void **state)
{
    static struct fixture fixture;
    socklen_t size = sizeof fixture.address;

    fixture.address = (struct sockaddr_in){.sin_family = AF_INET,
                                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fixture.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fixture.listener, (struct sockaddr *)&fixture.address, size), 0);
    assert_int_equal(listen(fixture.listener, 8), 0);
    assert_int_equal(getsockname(fixture.listener, (struct sockaddr *)&fixture.address, &size), 0);
    *state = &fixture;
    return 0;
}

static int
tear_down(void **state)
{
    close(((struct fixture *)*state)->listener);
    return 0;
}

/* A connection: its client's end, and ours in `*server`. */
static int
connect_client(const struct fixture *fixture, int *server)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(client, (const struct sockaddr *)&fixture->address,
                             sizeof fixture->address), 0);
    *server = accept4(fixture->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(*server >= 0);
    return client;
}

/* All that is asked says the same, or nothing where that is the same as no. */
static void
expect_peer(int server, uid_t uid, int is)
{
    int diagnostics = peer_by_diagnostics(server, uid), proc = peer_by_proc(server, uid);

    if (is) {
        assert_int_equal(diagnostics, 1);
        assert_int_equal(proc, 1);
    } else {
        assert_int_not_equal(diagnostics, 1);
        assert_int_not_equal(proc, 1);
    }
    assert_int_equal(peer_is(server, uid), is);
}

/* Waits until the other end has said that it says no more. */
static void
await_end(int server)
{
    struct pollfd end = {.fd = server, .events = POLLRDHUP};

    assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
}

static void
our_own_is_ours(void **state)
{
    int server, client = connect_client(*state, &server);

    expect_peer(server, geteuid(), 1);
    close(client);
    close(server);
}

static void
no_other_uid_will_do(void **state)
{
    int server, client = connect_client(*state, &server);

    expect_peer(server, geteuid() + 1, 0);
    expect_peer(server, (uid_t)-1, 0);
    expect_peer(client, geteuid(), 1); /* the other way round it is the same connection */
    close(client);
    close(server);
}

/* A client of another uid, which goes when `end` ends. */
__attribute__((noreturn)) static void
be_a_stranger(const struct fixture *fixture, int end)
{
    char byte;
    int fd;

    if (setgid(STRANGER) != 0 || setuid(STRANGER) != 0)
        _exit(NOT_MADE);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&fixture->address, sizeof fixture->address) != 0)
        _exit(NOT_MADE);
    _exit(read(end, &byte, 1) == 0 ? 0 : NOT_MADE);
}

static void
a_stranger_is_told_from_us(void **state)
{
    struct fixture *fixture = *state;
    int ends[2], server, status = -1;
    pid_t pid;

    if (geteuid() != 0)
        skip(); /* nobody else can be made */
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[1]);
        be_a_stranger(fixture, ends[0]);
    }
    server = accept4(fixture->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(server >= 0);
    expect_peer(server, STRANGER, 1);
    expect_peer(server, geteuid(), 0); /* root is not everybody */
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(server);
}

static void
who_has_closed_is_nobody(void **state)
{
    int server, client = connect_client(*state, &server);

    assert_int_equal(send(client, "x", 1, 0), 1);
    close(client);
    await_end(server);
    expect_peer(server, geteuid(), 0);
    close(server);
}

static void
who_has_broken_off_is_nobody(void **state)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int server, client = connect_client(*state, &server);

    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(client);
    await_end(server);
    expect_peer(server, geteuid(), 0);
    close(server);
}

/* The kernel has connected it, and no process has it yet: its inode is 0. */
static void
who_has_not_been_accepted_is_nobody(void **state)
{
    const struct fixture *fixture = *state;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

    assert_int_equal(connect(client, (const struct sockaddr *)&fixture->address,
                             sizeof fixture->address), 0);
    expect_peer(client, geteuid(), 0);
    server = accept4(fixture->listener, NULL, NULL, SOCK_CLOEXEC);
    expect_peer(client, geteuid(), 1);
    close(client);
    close(server);
}

/* Nothing can be answered any more to who has said the last word before being asked. */
static void
who_has_half_closed_is_nobody(void **state)
{
    int server, client = connect_client(*state, &server);

    assert_int_equal(shutdown(client, SHUT_WR), 0);
    await_end(server);
    expect_peer(server, geteuid(), 0);
    close(client);
    close(server);
}

/* As Java's are. */
static void
a_socket_of_ipv6_that_speaks_ipv4_is_known(void **state)
{
    const struct fixture *fixture = *state;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = fixture->address.sin_port};
    int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

    if (client < 0)
        skip(); /* a kernel without IPv6 */
    assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.sin6_addr), 1);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    server = accept4(fixture->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(server >= 0);
    expect_peer(server, geteuid(), 1);
    expect_peer(server, geteuid() + 1, 0);
    close(client);
    await_end(server);
    expect_peer(server, geteuid(), 0);
    close(server);
}

/* Whoever listens where a client came from is not the client: not before its end, nor after. */
static void
a_listener_in_the_clients_place_is_not_the_client(void **state)
{
    const struct fixture *fixture = *state;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server, yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;

    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(client, (struct sockaddr *)&place, size), 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&fixture->address, size), 0);
    server = accept4(fixture->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(getsockname(client, (struct sockaddr *)&place, &size), 0);
    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    expect_peer(server, geteuid(), 1);
    close(client);
    await_end(server);
    expect_peer(server, geteuid(), 0);
    close(listener);
    close(server);
}

static void
what_is_no_connection_has_no_peer(void **state)
{
    const struct fixture *fixture = *state;
    int pair[2], plain = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    expect_peer(pair[0], geteuid(), 0);
    expect_peer(plain, geteuid(), 0);
    expect_peer(fixture->listener, geteuid(), 0);
    expect_peer(-1, geteuid(), 0);
    close(pair[0]);
    close(pair[1]);
    close(plain);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(our_own_is_ours),
        TEST(no_other_uid_will_do),
        TEST(a_stranger_is_told_from_us),
        TEST(who_has_closed_is_nobody),
        TEST(who_has_broken_off_is_nobody),
        TEST(who_has_half_closed_is_nobody),
        TEST(who_has_not_been_accepted_is_nobody),
        TEST(a_socket_of_ipv6_that_speaks_ipv4_is_known),
        TEST(a_listener_in_the_clients_place_is_not_the_client),
        TEST(what_is_no_connection_has_no_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
