/* SPDX-License-Identifier: BSD-3-Clause */
/* The agent's socket: who is served there, for how long, and what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/unit/served.h"

static void
junk_is_dropped(void **state)
{
    static const char *const junk[] = {"x", "GET / HTTP/1.1\r\n\r\n", "\x01\xff", "\x02\x13"};
    struct served *served = *state;
    int good = served_connect(served);
    char *big = calloc(1, RECORD_SIZE_MAX + 1);

    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
        int client = served_connect(served);

        assert_true(send(client, junk[i], strlen(junk[i]), 0) > 0);
        served_expect_gone(served, client);
        close(client);
    }
    {
        int client = served_connect(served), size = 4 * RECORD_SIZE_MAX;

        setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        assert_int_equal(send(client, big, RECORD_SIZE_MAX + 1, 0), RECORD_SIZE_MAX + 1);
        served_expect_gone(served, client);
        close(client);
    }
    {
        int client = served_connect(served); /* a record of ours, but not a client's */

        served_request(client, RECORD_ROLE, NULL);
        served_expect_gone(served, client);
        close(client);
    }
    {
        int client = served_connect(served); /* a packet of no bytes reads like the end */

        assert_int_equal(send(client, "", 0, 0), 0);
        served_expect_gone(served, client);
        close(client);
    }
    free(big);
    served_expect_no_question(served);
    served_request(good, RECORD_LOGIN, NULL);
    served_expect_why(served, good, RECORD_PENDING, NULL);
    close(good);
}

static void
a_second_request_before_the_answer_is_dropped(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_request(client, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_request(client, RECORD_GET, NULL);
    served_expect_gone(served, client);
    close(client);
}

static void
a_client_that_leaves_while_waiting_is_forgotten(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);

    served_request(client, RECORD_GET, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    close(client);
    served_await(served, &served->clients, 0);
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 0);
    client = served_connect(served);
    served_request(client, RECORD_GET, NULL);
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    close(client);
}

static void
idle_connections_keep_nobody_out(void **state)
{
    struct served *served = *state;
    int idle[200], client;
    deadline_t start = deadline_now();

    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    for (size_t i = 0; i < 200; i++) {
        idle[i] = served_connect(served);
        if (i < CONTROL_CLIENTS_MAX)
            served_await(served, &served->clients, i + 1);
        else
            served_expect_gone(served, idle[i - CONTROL_CLIENTS_MAX]); /* it made room */
    }
    client = served_connect(served);
    served_request(client, RECORD_GET, NULL);
    served_expect_grant(served, client, "developer", "ASIA0000000000000001");
    assert_true(deadline_now() - start < CONTROL_IDLE_MS); /* none of them was just too late */
    for (size_t i = 0; i < 200; i++)
        close(idle[i]);
    close(client);
}

static void
one_more_than_may_wait_is_served_when_one_leaves(void **state)
{
    struct served *served = *state;
    int waiting[CONTROL_CLIENTS_MAX], client;
    struct record record;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        waiting[i] = served_connect(served);
        served_request(waiting[i], RECORD_GET, NULL);
    }
    served_expect_question(served, RECORD_ROLE, NULL);
    client = served_connect(served);
    served_request(client, RECORD_GET, NULL);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) /* all of them are answered in time */
        served_expect_why(served, waiting[i], RECORD_PENDING, NULL);
    served_grant(served, "developer", "ASIA0000000000000001", 3600, 0);
    assert_int_equal(served_receive(served, client, &record), 0);
    record_wipe(&record);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(waiting[i]);
    close(client);
}

static void
an_idle_client_is_dropped(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    deadline_t start = deadline_now();

    served_expect_gone(served, client);
    assert_true(deadline_now() - start >= CONTROL_IDLE_MS - SERVED_EARLY_MS);
    assert_true(deadline_now() - start < CONTROL_IDLE_MS + 2000);
    assert_int_equal(served->clients, 0);
    close(client);
}

/* Connects as another uid; the child's exit status is 0 when it was dropped without an answer. */
static void
be_a_stranger(const struct served *served)
{
    struct record record;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (setgid(65534) != 0 || setuid(65534) != 0 ||
        connect(fd, (const struct sockaddr *)&served->address, sizeof served->address) != 0)
        _exit(2);
    record_start(&record, RECORD_GET);
    (void)record_send(fd, &record, 0);
    record_wipe(&record);
    if (record_receive(fd, &record, deadline_in(SERVED_PATIENCE_MS)) != AWS_ROLE_ERR_PEER_GONE)
        _exit(1);
    _exit(0);
}

static void
another_uid_gets_nothing(void **state)
{
    struct served *served = *state;
    int status = -1;
    pid_t pid;

    if (geteuid() != 0)
        skip();
    served_give_default(served, "ASIA0000000000000001", 3600, 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_a_stranger(served);
    while (waitpid(pid, &status, WNOHANG) == 0)
        served_turn(served);
    assert_int_equal(status, 0);
    assert_int_equal(served->clients, 0);
}

static void
the_end_of_the_broker_is_told(void **state)
{
    struct served *served = *state;

    shutdown(served->broker_fd, SHUT_RDWR);
    served_await_end(served);
}

static void
a_broker_that_speaks_nonsense_is_the_end(void **state)
{
    struct served *served = *state;

    assert_int_equal(send(served->broker_fd, "nonsense", 8, 0), 8);
    served_await_end(served);
}

static void
a_broker_that_does_not_read_is_a_failure(void **state)
{
    struct served *served = *state;
    int client = served_connect(served);
    char name[32];
    struct record record;
    int failed = 0;

    /* The queue holds a bounded number of questions. */
    for (int i = 0; i < 4 * SESSION_ROLES_MAX && !failed; i++) {
        struct session_role *role;

        snprintf(name, sizeof name, "role-%d", i);
        role = session_add_role(&served->session, name);
        if (role == NULL)
            break;
        for (int again = 0; again < 1000 && !failed; again++) {
            broker_ask(served->broker, role, RECORD_ROLE, NULL);
            failed = role->last_error[0] != '\0';
            role->refresh = (struct refresh){0};
        }
    }
    assert_true(failed);
    served_request(client, RECORD_GET, "another");
    served_expect(served, client, RECORD_PENDING, &record);
    assert_non_null(strstr(record_text(&record, FIELD_WHY), "busy"));
    record_wipe(&record);
    close(client);
}

static void
a_listener_that_was_shut_down_is_the_end(void **state)
{
    struct served *served = *state;

    shutdown(served->listener, SHUT_RDWR);
    served_await_end(served);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, served_set_up, served_tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(junk_is_dropped),
        TEST(a_second_request_before_the_answer_is_dropped),
        TEST(a_client_that_leaves_while_waiting_is_forgotten),
        TEST(idle_connections_keep_nobody_out),
        TEST(one_more_than_may_wait_is_served_when_one_leaves),
        TEST(an_idle_client_is_dropped),
        TEST(another_uid_gets_nothing),
        TEST(the_end_of_the_broker_is_told),
        TEST(a_broker_that_speaks_nonsense_is_the_end),
        TEST(a_broker_that_does_not_read_is_a_failure),
        TEST(a_listener_that_was_shut_down_is_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
