/* SPDX-License-Identifier: BSD-3-Clause */
/* Who gets as far as HTTP, who makes room, and what is left of those who went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/gate.h"
#include "tests/unit/http_client.h"

#define STRANGER 65534
#define STRANGERS 1000
#define PATIENCE_SECONDS 10
#define KERNEL_TAKES (64 << 20) /* far above what tcp(7) buffers on both sides */
#define MANY (GATE_CALLERS_MAX + 50)
#define KEY "ASIA0000000000000001"

static size_t
count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* Lets the agent work until as few descriptors are open as before. */
static void
await_descriptors(struct served *served, size_t before)
{
    deadline_t deadline = deadline_in(SERVED_PATIENCE_MS);

    while (count_descriptors() > before) {
        assert_true(deadline_left(deadline) > 0);
        served_turn(served);
    }
}

/* What a client of the session's own user gets while others do what they do. */
static void
expect_served(struct served *served)
{
    int client = http_client_connect(served);
    deadline_t start = deadline_now();

    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, KEY);
    assert_true(deadline_now() - start < 1000);
    close(client);
}

static void
callers_come_and_go(void **state)
{
    struct served *served = *state;
    size_t before = count_descriptors();
    int client = http_client_connect(served);

    served_await(served, &served->callers, 1);
    close(client);
    served_await(served, &served->callers, 0);
    await_descriptors(served, before);
}

/* Whatever `act` does as another uid, in a process of its own; 0: as it has to be. */
static void
run_as_stranger(struct served *served, int (*act)(const struct served *served))
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(setgid(STRANGER) != 0 || setuid(STRANGER) != 0 ? 99 : act(served));
    while (waitpid(pid, &status, WNOHANG) == 0)
        served_turn(served);
    assert_int_equal(status, 0);
}

static int
dial(const struct served *served)
{
    const struct timeval limit = {.tv_sec = PATIENCE_SECONDS};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        connect(fd, (const struct sockaddr *)&served->endpoint_address,
                          sizeof served->endpoint_address) != 0)
        return -1;
    return fd;
}

/* A stranger with the token gets not a byte, not even an error. */
static int
ask_with_the_token(const struct served *served)
{
    static const char request[] = "GET / HTTP/1.1\r\n" HTTP_CLIENT_TOKEN "\r\n";
    int fd = dial(served);
    ssize_t got;
    char byte;

    if (fd < 0)
        return 1;
    (void)send(fd, request, sizeof request - 1, MSG_NOSIGNAL); /* EPIPE: it is gone already */
    got = recv(fd, &byte, 1, 0);
    return got > 0 || (got < 0 && errno == EAGAIN) ? 2 : 0;
}

static int
stay_silent(const struct served *served)
{
    int fd = dial(served);
    char byte;

    return fd >= 0 && recv(fd, &byte, 1, 0) == 0 ? 0 : 1;
}

static void
strangers_are_dropped_unheard(void **state)
{
    struct served *served = *state;

    if (geteuid() != 0)
        skip(); /* nobody else can be made */
    served_give_default(served, KEY, 3600, 0);
    run_as_stranger(served, ask_with_the_token);
    run_as_stranger(served, stay_silent);
    assert_int_equal(served->callers, 0);
    expect_served(served);
}

/* So many at once as one process may have. */
static int
come_in_crowds(const struct served *served)
{
    int crowd[STRANGERS];
    char byte;

    for (size_t i = 0; i < STRANGERS; i++)
        if ((crowd[i] = dial(served)) < 0)
            return 1;
    for (size_t i = 0; i < STRANGERS; i++)
        if (recv(crowd[i], &byte, 1, 0) != 0)
            return 2;
    return 0;
}

static void
a_crowd_of_strangers_takes_no_place(void **state)
{
    const struct rlimit room = {STRANGERS + 100, STRANGERS + 100};
    struct served *served = *state;
    size_t before = count_descriptors();
    int own;

    if (geteuid() != 0)
        skip(); /* nobody else can be made */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &room), 0);
    served_give_default(served, KEY, 3600, 0);
    own = http_client_connect(served);
    served_await(served, &served->callers, 1);
    run_as_stranger(served, come_in_crowds);
    assert_int_equal(served->callers, 1); /* not once was it anybody else's place */
    http_client_request(served, own, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, own, KEY);
    close(own);
    await_descriptors(served, before);
}

/* The agent's own user comes in crowds, too: who is silent makes room. */
static void
who_is_silent_makes_room(void **state)
{
    struct served *served = *state;
    int silent[MANY], speaker = http_client_connect(served);
    size_t before = count_descriptors();

    served_give_default(served, KEY, 3600, 0);
    http_client_request(served, speaker, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, speaker, KEY);
    for (size_t i = 0; i < MANY; i++) {
        silent[i] = http_client_connect(served);
        served_turn(served);
    }
    http_client_expect_gone(served, silent[0]);
    assert_true(served->callers <= GATE_CALLERS_MAX);
    expect_served(served);
    /* One that has been served stays longer than those that have said nothing. */
    http_client_request(served, speaker, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, speaker, KEY);
    for (size_t i = 0; i < MANY; i++)
        close(silent[i]);
    served_await(served, &served->callers, 1);
    close(speaker);
    await_descriptors(served, before);
}

/* A request that waits for AWS is not given up for one that has just come. */
static void
who_is_being_answered_stays(void **state)
{
    struct served *served = *state;
    deadline_t start = deadline_now();
    int waiting[MANY];

    for (size_t i = 0; i < MANY; i++) {
        waiting[i] = http_client_connect(served);
        http_client_request(served, waiting[i], "GET", "/", HTTP_CLIENT_TOKEN);
    }
    served_await(served, &served->callers, GATE_CALLERS_MAX);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_grant(served, "developer", KEY, 3600, 0);
    for (size_t i = 0; i < MANY; i++)
        http_client_expect_key(served, waiting[i], KEY);
    served_expect_no_question(served); /* all of them were one question */
    assert_true(deadline_now() - start < GATE_SILENCE_SECONDS * 1000); /* nobody was too silent */
    for (size_t i = 0; i < MANY; i++)
        close(waiting[i]);
}

/*
 * Sends until the agent has had enough; the connection's end is seen from here, too. What the agent
 * takes meanwhile is bounded.
 */
static void
flood(struct served *served, int client, const char *text, size_t size)
{
    deadline_t deadline = deadline_in(SERVED_PATIENCE_MS);
    size_t taken = 0;

    for (;;) {
        ssize_t sent = send(client, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return;
        taken += sent > 0 ? (size_t)sent : 0;
        assert_true(taken < KERNEL_TAKES);
        assert_true(deadline_left(deadline) > 0);
        served_turn(served);
    }
}

static void
what_is_never_a_request_is_dropped(void **state)
{
    struct served *served = *state;
    int client = http_client_connect(served);
    char *line = malloc(1 << 16);

    served_give_default(served, KEY, 3600, 0);
    memset(line, 'A', 1 << 16);
    flood(served, client, line, 1 << 16);
    close(client);
    served_await(served, &served->callers, 0);
    expect_served(served);
    free(line);
}

/* One reply waits for room, and what is said meanwhile is kept to a bound. */
static void
who_asks_and_never_reads_is_dropped(void **state)
{
    struct served *served = *state;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 1;
    char *token = malloc(CREDENTIALS_TOKEN_MAX), requests[4096] = "", one[256];
    size_t length, used = 0;
    struct credentials *held;

    served_give_default(served, KEY, 3600, 0);
    memset(token, 't', CREDENTIALS_TOKEN_MAX);
    held = &session_role(&served->session, NULL)->credentials;
    assert_int_equal(secret_set(&held->session_token, token, CREDENTIALS_TOKEN_MAX), 0);
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&served->endpoint_address,
                             sizeof served->endpoint_address), 0);
    length = (size_t)snprintf(one, sizeof one,
                              "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" HTTP_CLIENT_TOKEN "\r\n",
                              ntohs(served->endpoint_address.sin_port));
    for (; used + length < sizeof requests; used += length)
        memcpy(requests + used, one, length);
    flood(served, client, requests, used);
    close(client);
    served_await(served, &served->callers, 0);
    free(token);
}

/* The reply would go to nobody: SIGPIPE must not end the agent. */
static void
who_asks_and_goes_is_forgotten(void **state)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct served *served = *state;
    size_t before = count_descriptors();

    for (int again = 0; again < 20; again++) {
        int client = http_client_connect(served);

        http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
        for (int turns = 0; turns < again % 4; turns++) /* how far the agent has come before it goes */
            served_turn(served);
        if (again % 2 == 1)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(client);
        served_turn(served);
    }
    /* Of those that were heard one may have asked. */
    served_grant(served, "developer", KEY, 3600, 0);
    served_await(served, &served->callers, 0);
    await_descriptors(served, before);
    expect_served(served);
}

static void
no_descriptor_is_no_reason_to_spin(void **state)
{
    struct served *served = *state;
    struct rlimit before, none;
    int client = http_client_connect(served), turns = 0;
    deadline_t start;

    served_give_default(served, KEY, 3600, 0);
    served_await(served, &served->callers, 1);
    close(client);
    served_await(served, &served->callers, 0);
    client = http_client_connect(served);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){3, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (start = deadline_now(); deadline_now() - start < 1000; turns++)
        served_turn(served);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(turns < 50);
    http_client_request(served, client, "GET", "/", HTTP_CLIENT_TOKEN);
    http_client_expect_key(served, client, KEY);
    close(client);
}

static void
a_port_that_was_shut_down_is_no_reason_to_spin(void **state)
{
    struct served *served = *state;
    deadline_t start = deadline_now();
    int turns = 0;

    assert_int_equal(shutdown(served->port, SHUT_RDWR), 0);
    for (; deadline_now() - start < 1000; turns++)
        served_turn(served);
    assert_true(turns < 50);
}

/* libevent ends connections later than it is told to: nothing of ours may be gone by then. */
static void
the_end_comes_with_callers_inside(void **state)
{
    struct served *served = *state;
    int asks = http_client_connect(served), silent = http_client_connect(served), waits;

    http_client_request(served, asks, "GET", "/", HTTP_CLIENT_TOKEN);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_await(served, &served->callers, 2);
    waits = http_client_connect(served);
    http_client_request(served, waits, "GET", "/role/audit", HTTP_CLIENT_TOKEN);
    endpoint_free(served->endpoint);
    served->endpoint = NULL;
    assert_int_equal(event_base_loop(served->base, EVLOOP_NONBLOCK), 0);
    close(asks);
    close(silent);
    close(waits);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, served_set_up_listening, served_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(callers_come_and_go),
        TEST(strangers_are_dropped_unheard),
        TEST(a_crowd_of_strangers_takes_no_place),
        TEST(who_is_silent_makes_room),
        TEST(who_is_being_answered_stays),
        TEST(what_is_never_a_request_is_dropped),
        TEST(who_asks_and_never_reads_is_dropped),
        TEST(who_asks_and_goes_is_forgotten),
        TEST(no_descriptor_is_no_reason_to_spin),
        TEST(a_port_that_was_shut_down_is_no_reason_to_spin),
        TEST(the_end_comes_with_callers_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
