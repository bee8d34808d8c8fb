/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The agent's socket, with real clients on a real socket; the test plays the broker's side of the
 * socketpair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/broker.h"
#include "agent/control.h"
#include "agent/session.h"
#include "common/error.h"
#include "tests/unit/session_records.h"

#define PATIENCE_MS 10000 /* far above what anything here takes */

struct fixture {
    struct event_base *base;
    struct event *tick; /* wakes a loop that waits for what does not come */
    struct session session;
    struct broker *broker;
    struct endpoint *endpoint;
    struct control *control;
    int broker_fd; /* the broker's end */
    int agent_fd;
    int listener;
    size_t clients;
    int ended;
    char folder[64];
    struct sockaddr_un address;
};

static const char two_roles[] = "developer\0audit";

static void
on_clients(void *context, size_t count)
{
    struct fixture *fixture = context;

    fixture->clients = count;
}

static void
on_ended(void *context)
{
    struct fixture *fixture = context;

    fixture->ended = 1;
}

static void
on_answered(void *context, struct session_role *role)
{
    struct fixture *fixture = context;

    control_answered(fixture->control, role);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
}

static void
listen_in_folder(struct fixture *fixture)
{
    strcpy(fixture->folder, "/tmp/test_control.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    fixture->address.sun_family = AF_UNIX;
    snprintf(fixture->address.sun_path, sizeof fixture->address.sun_path, "%.60s/socket",
             fixture->folder);
    fixture->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(fixture->listener >= 0);
    assert_int_equal(bind(fixture->listener, (struct sockaddr *)&fixture->address,
                          sizeof fixture->address), 0);
    assert_int_equal(chmod(fixture->address.sun_path, 0666), 0);
    assert_int_equal(listen(fixture->listener, 64), 0);
}

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const struct control_events on_control = {on_clients, on_ended, fixture};
    const struct broker_events on_broker = {on_answered, on_ended, fixture};
    const struct endpoint_events on_endpoint = {NULL, NULL};
    struct secret token = SECRET_EMPTY;
    int pair[2];

    assert_non_null(fixture);
    assert_int_equal(session_init(&fixture->session, "ueno", EXPORT_KEYS), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    fixture->broker_fd = pair[0];
    fixture->agent_fd = pair[1];
    listen_in_folder(fixture);
    fixture->base = event_base_new();
    fixture->tick = event_new(fixture->base, -1, EV_PERSIST, on_tick, fixture);
    assert_int_equal(event_add(fixture->tick, &(struct timeval){1, 0}), 0);
    fixture->broker = broker_new(fixture->base, pair[1], &fixture->session, &on_broker);
    assert_non_null(fixture->broker);
    fixture->endpoint = endpoint_new(fixture->base, -1, &token, &fixture->session,
                                     fixture->broker, &on_endpoint);
    assert_non_null(fixture->endpoint);
    fixture->control = control_new(fixture->base, fixture->listener, &fixture->session,
                                   fixture->broker, fixture->endpoint, &on_control);
    assert_non_null(fixture->control);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    control_free(fixture->control);
    endpoint_free(fixture->endpoint);
    broker_free(fixture->broker);
    session_wipe(&fixture->session);
    event_free(fixture->tick);
    event_base_free(fixture->base);
    close(fixture->broker_fd);
    close(fixture->agent_fd);
    close(fixture->listener);
    unlink(fixture->address.sun_path);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static int
connect_client(struct fixture *fixture)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&fixture->address, sizeof fixture->address),
                     0);
    return fd;
}

static void
send_request(int fd, enum record_kind kind, const char *role)
{
    struct record record;

    record_start(&record, kind);
    record_put_text(&record, FIELD_ROLE, role);
    assert_int_equal(record_send(fd, &record, 0), 0);
    record_wipe(&record);
}

/* Lets the agent work until `fd` has a record, or its end; what record_receive said. */
static int
receive(struct fixture *fixture, int fd, struct record *record)
{
    deadline_t deadline = deadline_in(PATIENCE_MS);
    int r;

    while ((r = record_receive(fd, record, 0)) == AWS_ROLE_ERR_DEADLINE) {
        assert_true(deadline_left(deadline) > 0);
        assert_true(event_base_loop(fixture->base, EVLOOP_ONCE) >= 0);
    }
    return r;
}

/* Lets the agent work until it has so many clients. */
static void
await_clients(struct fixture *fixture, size_t count)
{
    deadline_t deadline = deadline_in(PATIENCE_MS);

    while (fixture->clients != count) {
        assert_true(deadline_left(deadline) > 0);
        assert_true(event_base_loop(fixture->base, EVLOOP_ONCE) >= 0);
    }
}

static void
await_end(struct fixture *fixture)
{
    deadline_t deadline = deadline_in(PATIENCE_MS);

    while (!fixture->ended) {
        assert_true(deadline_left(deadline) > 0);
        assert_true(event_base_loop(fixture->base, EVLOOP_ONCE) >= 0);
    }
}

static void
expect_record(struct fixture *fixture, int fd, enum record_kind kind, struct record *record)
{
    assert_int_equal(receive(fixture, fd, record), 0);
    assert_string_equal(record_kind_name(record->kind), record_kind_name(kind));
}

static void
expect_gone(struct fixture *fixture, int fd)
{
    struct record record;

    assert_int_equal(receive(fixture, fd, &record), AWS_ROLE_ERR_PEER_GONE);
}

/* A question has to have reached the broker: about `role`, or naming none. */
static void
expect_question(struct fixture *fixture, enum record_kind kind, const char *role)
{
    struct record record;

    expect_record(fixture, fixture->broker_fd, kind, &record);
    if (role == NULL)
        assert_false(record_has(&record, FIELD_ROLE));
    else
        assert_string_equal(record_text(&record, FIELD_ROLE), role);
    record_wipe(&record);
}

static void
expect_no_question(struct fixture *fixture)
{
    struct record record;

    while (event_base_loop(fixture->base, EVLOOP_NONBLOCK) == 0 &&
           event_base_get_num_events(fixture->base, EVENT_BASE_COUNT_ACTIVE) > 0)
        ;
    assert_int_equal(record_receive(fixture->broker_fd, &record, 0), AWS_ROLE_ERR_DEADLINE);
}

static void
grant(struct fixture *fixture, const char *role, const char *id, int64_t lifetime, int64_t age)
{
    struct record record;

    session_records_grant(&record, role, two_roles, sizeof two_roles, id, lifetime, age);
    assert_int_equal(record_send(fixture->broker_fd, &record, 0), 0);
    record_wipe(&record);
}

static void
refuse(struct fixture *fixture, enum record_kind kind, const char *role, const char *why)
{
    struct record record;

    session_records_refusal(&record, kind, role, why);
    assert_int_equal(record_send(fixture->broker_fd, &record, 0), 0);
    record_wipe(&record);
}

static void
expect_grant(struct fixture *fixture, int fd, const char *role, const char *id)
{
    struct record record;

    expect_record(fixture, fd, RECORD_GRANT, &record);
    assert_string_equal(record_text(&record, FIELD_ROLE), role);
    assert_string_equal(record_text(&record, FIELD_ACCESS_KEY_ID), id);
    record_wipe(&record);
}

static void
expect_why(struct fixture *fixture, int fd, enum record_kind kind, const char *why)
{
    struct record record;

    expect_record(fixture, fd, kind, &record);
    assert_non_null(record_text(&record, FIELD_WHY));
    if (why != NULL)
        assert_string_equal(record_text(&record, FIELD_WHY), why);
    record_wipe(&record);
}

/* The session as it is after its first GET. */
static void
give_default(struct fixture *fixture, const char *id, int64_t lifetime, int64_t age)
{
    int client = connect_client(fixture);

    send_request(client, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    grant(fixture, "developer", id, lifetime, age);
    expect_grant(fixture, client, "developer", id);
    close(client);
}

/* As the default's credentials are when their freshness is over. */
static void
make_stale(struct fixture *fixture)
{
    session_role(&fixture->session, NULL)->credentials.fresh_until = deadline_now();
}

static void
the_first_get_asks_and_the_next_does_not(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    send_request(client, RECORD_GET, NULL);
    expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    send_request(client, RECORD_GET, "developer");
    expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    expect_no_question(fixture);
    close(client);
}

static void
two_clients_share_one_question(void **state)
{
    struct fixture *fixture = *state;
    int one = connect_client(fixture), two = connect_client(fixture);

    send_request(one, RECORD_GET, "audit");
    send_request(two, RECORD_STATUS, "audit");
    expect_question(fixture, RECORD_ROLE, "audit");
    expect_no_question(fixture);
    grant(fixture, "audit", "ASIA0000000000000002", 3600, 0);
    expect_grant(fixture, one, "audit", "ASIA0000000000000002");
    {
        struct record state_record;

        expect_record(fixture, two, RECORD_STATE, &state_record);
        assert_string_equal(record_text(&state_record, FIELD_ROLE), "audit");
        record_wipe(&state_record);
    }
    close(one);
    close(two);
}

static void
an_answer_reaches_only_those_who_asked_for_it(void **state)
{
    struct fixture *fixture = *state;
    int audit = connect_client(fixture), unnamed = connect_client(fixture);

    send_request(audit, RECORD_GET, "audit");
    expect_question(fixture, RECORD_ROLE, "audit");
    send_request(unnamed, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    grant(fixture, "developer", "ASIA0000000000000001", 3600, 0);
    expect_grant(fixture, unnamed, "developer", "ASIA0000000000000001");
    refuse(fixture, RECORD_NONE, "audit", "not yours");
    expect_why(fixture, audit, RECORD_NONE, "not yours");
    close(audit);
    close(unnamed);
}

static void
stale_ones_are_given_at_once_with_one_refresh(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    make_stale(fixture);
    for (int i = 0; i < 3; i++) {
        send_request(client, RECORD_GET, NULL);
        expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    }
    expect_question(fixture, RECORD_ROLE, "developer");
    expect_no_question(fixture);
    refuse(fixture, RECORD_PENDING, "developer", "STS is away");
    expect_no_question(fixture);
    send_request(client, RECORD_GET, NULL);
    expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    expect_no_question(fixture); /* it backs off */
    grant(fixture, "developer", "ASIA0000000000000003", 3600, 0);
    expect_no_question(fixture);
    send_request(client, RECORD_GET, NULL);
    expect_grant(fixture, client, "developer", "ASIA0000000000000003");
    close(client);
}

static void
a_failure_is_told_and_not_repeated_at_once(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    send_request(client, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    refuse(fixture, RECORD_PENDING, "developer", "STS is away");
    expect_why(fixture, client, RECORD_PENDING, "STS is away");
    send_request(client, RECORD_GET, NULL);
    expect_why(fixture, client, RECORD_PENDING, "STS is away");
    expect_no_question(fixture);
    close(client);
}

static void
nobody_waits_for_a_second(void **state)
{
    struct fixture *fixture = *state;
    int get = connect_client(fixture), status = connect_client(fixture);
    deadline_t start = deadline_now();
    struct record record;

    send_request(get, RECORD_GET, NULL);
    send_request(status, RECORD_STATUS, NULL);
    expect_why(fixture, get, RECORD_PENDING, NULL);
    assert_true(deadline_now() - start >= CONTROL_WAIT_MS - 50);
    expect_record(fixture, status, RECORD_STATE, &record);
    assert_string_equal(record_text(&record, FIELD_USER), "ueno");
    assert_false(record_has(&record, FIELD_VALID_UNTIL));
    record_wipe(&record);
    assert_true(deadline_now() - start < 1500);
    expect_question(fixture, RECORD_ROLE, NULL);
    /* The answer that comes later is there for the next request. */
    grant(fixture, "developer", "ASIA0000000000000001", 3600, 0);
    expect_no_question(fixture);
    send_request(get, RECORD_GET, NULL);
    expect_grant(fixture, get, "developer", "ASIA0000000000000001");
    expect_no_question(fixture);
    close(get);
    close(status);
}

static void
status_tells_the_last_error(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    struct record record;

    send_request(client, RECORD_STATUS, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    refuse(fixture, RECORD_PENDING, "developer", "STS is away");
    expect_record(fixture, client, RECORD_STATE, &record);
    assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
    assert_string_equal(record_text(&record, FIELD_LAST_ERROR), "STS is away");
    record_wipe(&record);
    close(client);
}

static void
roles_are_asked_for_once(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    struct record record;

    for (int i = 0; i < 2; i++) {
        send_request(client, RECORD_ROLES, NULL);
        if (i == 0) {
            expect_question(fixture, RECORD_ROLE, NULL);
            grant(fixture, "developer", "ASIA0000000000000001", 3600, 0);
        }
        expect_record(fixture, client, RECORD_ROLE_LIST, &record);
        assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
        assert_string_equal(record_next_string(&record, FIELD_ROLES, NULL), "developer");
        record_wipe(&record);
    }
    expect_no_question(fixture);
    send_request(client, RECORD_GET, "developer");
    expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    close(client);
}

static void
roles_of_nobody(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    send_request(client, RECORD_ROLES, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    refuse(fixture, RECORD_NONE, NULL, "nothing gives you a role");
    expect_why(fixture, client, RECORD_NONE, "nothing gives you a role");
    close(client);
}

static void
refresh_asks_even_while_fresh(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    send_request(client, RECORD_REFRESH, NULL);
    expect_question(fixture, RECORD_REFRESH, "developer");
    refuse(fixture, RECORD_PENDING, "developer", "STS is away");
    expect_why(fixture, client, RECORD_PENDING, "STS is away");
    session_role(&fixture->session, NULL)->refresh.by_hand_from = 0; /* a second later */
    send_request(client, RECORD_REFRESH, NULL);
    expect_question(fixture, RECORD_REFRESH, "developer");
    grant(fixture, "developer", "ASIA0000000000000003", 3600, 0);
    expect_grant(fixture, client, "developer", "ASIA0000000000000003");
    close(client);
}

/* What the broker's cache has is there before the broker has asked anybody. */
static void
old_ones_come_before_the_answer(void **state)
{
    struct fixture *fixture = *state;
    int get = connect_client(fixture), refresh = connect_client(fixture);

    send_request(get, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    grant(fixture, "developer", "ASIA0000000000000001", 3600, 3000);
    expect_grant(fixture, get, "developer", "ASIA0000000000000001");
    send_request(refresh, RECORD_REFRESH, NULL); /* waits for the answer to the first question */
    expect_no_question(fixture);
    grant(fixture, "developer", "ASIA0000000000000001", 3600, 3000);
    send_request(get, RECORD_GET, NULL);
    expect_grant(fixture, get, "developer", "ASIA0000000000000001");
    expect_no_question(fixture);
    grant(fixture, "developer", "ASIA0000000000000003", 3600, 0);
    expect_grant(fixture, refresh, "developer", "ASIA0000000000000003");
    send_request(get, RECORD_GET, NULL);
    expect_grant(fixture, get, "developer", "ASIA0000000000000003");
    expect_no_question(fixture);
    close(get);
    close(refresh);
}

static void
a_withdrawn_default_is_told_by_name_and_without(void **state)
{
    struct fixture *fixture = *state;
    int named = connect_client(fixture), unnamed = connect_client(fixture);

    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    session_role(&fixture->session, NULL)->credentials.valid_until = 0;
    send_request(named, RECORD_GET, "developer");
    send_request(unnamed, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, "developer");
    expect_no_question(fixture);
    refuse(fixture, RECORD_NONE, "developer", "not yours");
    expect_why(fixture, named, RECORD_NONE, "not yours");
    expect_why(fixture, unnamed, RECORD_NONE, "not yours");
    send_request(unnamed, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    grant(fixture, "developer", "ASIA0000000000000003", 3600, 0);
    expect_grant(fixture, unnamed, "developer", "ASIA0000000000000003");
    close(named);
    close(unnamed);
}

static void
logout_forgets_on_both_sides(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    struct record record;

    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    send_request(client, RECORD_LOGOUT, NULL);
    expect_why(fixture, client, RECORD_NONE, NULL);
    expect_record(fixture, fixture->broker_fd, RECORD_FORGET, &record);
    record_wipe(&record);
    assert_null(fixture->session.first);
    send_request(client, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, "developer");
    close(client);
}

static void
login_and_answer_have_no_step_yet(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    struct secret code = SECRET_EMPTY;
    struct record record;

    send_request(client, RECORD_LOGIN, NULL);
    expect_why(fixture, client, RECORD_PENDING, "no step of this role asks for anything");
    record_start(&record, RECORD_ANSWER);
    assert_int_equal(secret_set(&code, "123456", 6), 0);
    record_put_secret(&record, FIELD_ANSWER, &code);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
    secret_wipe(&code);
    expect_why(fixture, client, RECORD_PENDING, "no step of this role asks for anything");
    expect_no_question(fixture);
    close(client);
}

static void
a_role_name_with_a_quote_goes_nowhere(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    send_request(client, RECORD_GET, "a'; id; '");
    expect_why(fixture, client, RECORD_NONE, NULL);
    expect_no_question(fixture);
    assert_int_equal(fixture->session.count, 0);
    close(client);
}

static void
junk_is_dropped(void **state)
{
    static const char *const junk[] = {"x", "GET / HTTP/1.1\r\n\r\n", "\x01\xff", "\x02\x13"};
    struct fixture *fixture = *state;
    int good = connect_client(fixture);
    char *big = calloc(1, RECORD_SIZE_MAX + 1);

    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
        int client = connect_client(fixture);

        assert_true(send(client, junk[i], strlen(junk[i]), 0) > 0);
        expect_gone(fixture, client);
        close(client);
    }
    {
        int client = connect_client(fixture), size = 4 * RECORD_SIZE_MAX;

        setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        assert_int_equal(send(client, big, RECORD_SIZE_MAX + 1, 0), RECORD_SIZE_MAX + 1);
        expect_gone(fixture, client);
        close(client);
    }
    {
        int client = connect_client(fixture); /* a record of ours, but not a client's */

        send_request(client, RECORD_ROLE, NULL);
        expect_gone(fixture, client);
        close(client);
    }
    {
        int client = connect_client(fixture); /* a packet of no bytes reads like the end */

        assert_int_equal(send(client, "", 0, 0), 0);
        expect_gone(fixture, client);
        close(client);
    }
    free(big);
    expect_no_question(fixture);
    send_request(good, RECORD_LOGIN, NULL);
    expect_why(fixture, good, RECORD_PENDING, NULL);
    close(good);
}

static void
a_second_request_before_the_answer_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    send_request(client, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    send_request(client, RECORD_GET, NULL);
    expect_gone(fixture, client);
    close(client);
}

static void
a_client_that_leaves_while_waiting_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);

    send_request(client, RECORD_GET, NULL);
    expect_question(fixture, RECORD_ROLE, NULL);
    close(client);
    await_clients(fixture, 0);
    grant(fixture, "developer", "ASIA0000000000000001", 3600, 0);
    client = connect_client(fixture);
    send_request(client, RECORD_GET, NULL);
    expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    close(client);
}

static void
idle_connections_keep_nobody_out(void **state)
{
    struct fixture *fixture = *state;
    int idle[200], client;
    deadline_t start = deadline_now();

    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    for (size_t i = 0; i < 200; i++) {
        idle[i] = connect_client(fixture);
        if (i < CONTROL_CLIENTS_MAX)
            await_clients(fixture, i + 1);
        else
            expect_gone(fixture, idle[i - CONTROL_CLIENTS_MAX]); /* it made room */
    }
    client = connect_client(fixture);
    send_request(client, RECORD_GET, NULL);
    expect_grant(fixture, client, "developer", "ASIA0000000000000001");
    assert_true(deadline_now() - start < CONTROL_IDLE_MS); /* none of them was just too late */
    for (size_t i = 0; i < 200; i++)
        close(idle[i]);
    close(client);
}

static void
one_more_than_may_wait_is_served_when_one_leaves(void **state)
{
    struct fixture *fixture = *state;
    int waiting[CONTROL_CLIENTS_MAX], client;
    struct record record;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        waiting[i] = connect_client(fixture);
        send_request(waiting[i], RECORD_GET, NULL);
    }
    expect_question(fixture, RECORD_ROLE, NULL);
    client = connect_client(fixture);
    send_request(client, RECORD_GET, NULL);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) /* all of them are answered in time */
        expect_why(fixture, waiting[i], RECORD_PENDING, NULL);
    grant(fixture, "developer", "ASIA0000000000000001", 3600, 0);
    assert_int_equal(receive(fixture, client, &record), 0);
    record_wipe(&record);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(waiting[i]);
    close(client);
}

static void
an_idle_client_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    deadline_t start = deadline_now();

    expect_gone(fixture, client);
    assert_true(deadline_now() - start >= CONTROL_IDLE_MS - 50);
    assert_true(deadline_now() - start < CONTROL_IDLE_MS + 2000);
    assert_int_equal(fixture->clients, 0);
    close(client);
}

/* Connects as another uid; the child's exit status is 0 when it was dropped without an answer. */
static void
be_a_stranger(const struct fixture *fixture)
{
    struct record record;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (setgid(65534) != 0 || setuid(65534) != 0 ||
        connect(fd, (const struct sockaddr *)&fixture->address, sizeof fixture->address) != 0)
        _exit(2);
    record_start(&record, RECORD_GET);
    (void)record_send(fd, &record, 0);
    record_wipe(&record);
    _exit(record_receive(fd, &record, deadline_in(PATIENCE_MS)) == AWS_ROLE_ERR_PEER_GONE ? 0 : 1);
}

static void
another_uid_gets_nothing(void **state)
{
    struct fixture *fixture = *state;
    int status = -1;
    pid_t pid;

    if (geteuid() != 0)
        skip();
    give_default(fixture, "ASIA0000000000000001", 3600, 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_a_stranger(fixture);
    while (waitpid(pid, &status, WNOHANG) == 0)
        assert_true(event_base_loop(fixture->base, EVLOOP_ONCE) >= 0);
    assert_int_equal(status, 0);
    assert_int_equal(fixture->clients, 0);
}

static void
the_end_of_the_broker_is_told(void **state)
{
    struct fixture *fixture = *state;

    shutdown(fixture->broker_fd, SHUT_RDWR);
    await_end(fixture);
}

static void
a_broker_that_speaks_nonsense_is_the_end(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(send(fixture->broker_fd, "nonsense", 8, 0), 8);
    await_end(fixture);
}

static void
a_broker_that_does_not_read_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    int client = connect_client(fixture);
    char name[32];
    struct record record;
    int failed = 0;

    /* The queue holds a bounded number of questions. */
    for (int i = 0; i < 4 * SESSION_ROLES_MAX && !failed; i++) {
        struct session_role *role;

        snprintf(name, sizeof name, "role-%d", i);
        role = session_add_role(&fixture->session, name);
        if (role == NULL)
            break;
        for (int again = 0; again < 1000 && !failed; again++) {
            broker_ask(fixture->broker, role, 0);
            failed = role->last_error[0] != '\0';
            role->refresh = (struct refresh){0};
        }
    }
    assert_true(failed);
    send_request(client, RECORD_GET, "another");
    expect_record(fixture, client, RECORD_PENDING, &record);
    assert_non_null(strstr(record_text(&record, FIELD_WHY), "busy"));
    record_wipe(&record);
    close(client);
}

static void
a_listener_that_was_shut_down_is_the_end(void **state)
{
    struct fixture *fixture = *state;

    shutdown(fixture->listener, SHUT_RDWR);
    await_end(fixture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_get_asks_and_the_next_does_not),
        TEST(two_clients_share_one_question),
        TEST(an_answer_reaches_only_those_who_asked_for_it),
        TEST(stale_ones_are_given_at_once_with_one_refresh),
        TEST(a_failure_is_told_and_not_repeated_at_once),
        TEST(nobody_waits_for_a_second),
        TEST(status_tells_the_last_error),
        TEST(roles_are_asked_for_once),
        TEST(roles_of_nobody),
        TEST(refresh_asks_even_while_fresh),
        TEST(old_ones_come_before_the_answer),
        TEST(a_withdrawn_default_is_told_by_name_and_without),
        TEST(logout_forgets_on_both_sides),
        TEST(login_and_answer_have_no_step_yet),
        TEST(a_role_name_with_a_quote_goes_nowhere),
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
