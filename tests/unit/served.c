/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/unit/session_records.h"

static const char two_roles[] = "developer\0audit";

static void
on_clients(void *context, size_t count)
{
    struct served *served = context;

    served->clients = count;
}

static void
on_callers(void *context, size_t count)
{
    struct served *served = context;

    served->callers = count;
}

static void
on_waits(void *context, int waits)
{
    struct served *served = context;

    served->waits = (size_t)waits;
}

static void
on_ended(void *context)
{
    struct served *served = context;

    served->ended = 1;
}

static void
on_answered(void *context, struct session_role *role)
{
    struct served *served = context;

    browser_answered(served->browser, role);
    control_answered(served->control, role);
    endpoint_answered(served->endpoint, role);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
}

static void
bind_socket(struct served *served)
{
    snprintf(served->folder, sizeof served->folder, "/tmp/test_agent.XXXXXX");
    assert_non_null(mkdtemp(served->folder));
    assert_int_equal(chmod(served->folder, 0755), 0);
    served->address.sun_family = AF_UNIX;
    snprintf(served->address.sun_path, sizeof served->address.sun_path, "%.60s/socket",
             served->folder);
    served->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(served->listener >= 0);
    assert_int_equal(bind(served->listener, (struct sockaddr *)&served->address,
                          sizeof served->address), 0);
    assert_int_equal(chmod(served->address.sun_path, 0666), 0);
    assert_int_equal(listen(served->listener, 64), 0);
}

static void
bind_port(struct served *served)
{
    socklen_t size = sizeof served->endpoint_address;

    served->endpoint_address.sin_family = AF_INET;
    served->endpoint_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    served->port = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(served->port >= 0);
    assert_int_equal(bind(served->port, (struct sockaddr *)&served->endpoint_address, size), 0);
    assert_int_equal(getsockname(served->port, (struct sockaddr *)&served->endpoint_address,
                                 &size), 0);
}

/* As agent/main.c does it. */
static void
open_agent(struct served *served, long browser_ms)
{
    const struct control_events on_control = {on_clients, on_ended, served};
    const struct broker_events on_broker = {on_answered, on_ended, served};
    const struct endpoint_events on_endpoint = {on_callers, served};
    const struct browser_events on_browser = {on_waits, served};
    struct secret token = SECRET_EMPTY;

    assert_int_equal(secret_set(&token, SERVED_TOKEN, strlen(SERVED_TOKEN)), 0);
    served->broker = broker_new(served->base, served->agent_fd, &served->session, &on_broker);
    assert_non_null(served->broker);
    served->endpoint = endpoint_new(served->base, served->port, &token, &served->session,
                                    served->broker, &on_endpoint);
    assert_non_null(served->endpoint);
    served->browser = browser_new(served->base, &served->session, served->broker,
                                  browser_ms, &on_browser);
    assert_non_null(served->browser);
    served->control = control_new(served->base, served->listener, &served->session,
                                  served->broker, served->endpoint, served->browser, &on_control);
    assert_non_null(served->control);
}

static int
set_up(void **state, enum export export_as, long browser_ms)
{
    struct served *served = calloc(1, sizeof *served);
    int pair[2];

    assert_non_null(served);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(session_init(&served->session, "ueno", export_as), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    served->broker_fd = pair[0];
    served->agent_fd = pair[1];
    bind_socket(served);
    bind_port(served);
    if (export_as == EXPORT_ENDPOINT)
        assert_int_equal(listen(served->port, 32), 0);
    served->base = event_base_new();
    served->tick = event_new(served->base, -1, EV_PERSIST, on_tick, served);
    assert_int_equal(event_add(served->tick, &(struct timeval){1, 0}), 0);
    open_agent(served, browser_ms);
    *state = served;
    return 0;
}

int
served_set_up(void **state)
{
    return set_up(state, EXPORT_KEYS, SERVED_PATIENCE_MS);
}

int
served_set_up_listening(void **state)
{
    return set_up(state, EXPORT_ENDPOINT, SERVED_PATIENCE_MS);
}

int
served_set_up_brief(void **state)
{
    return set_up(state, EXPORT_KEYS, SERVED_BROWSER_MS);
}

int
served_tear_down(void **state)
{
    struct served *served = *state;

    control_free(served->control);
    endpoint_free(served->endpoint);
    browser_free(served->browser);
    broker_free(served->broker);
    session_wipe(&served->session);
    event_free(served->tick);
    event_base_free(served->base);
    close(served->broker_fd);
    close(served->agent_fd);
    close(served->listener);
    close(served->port);
    unlink(served->address.sun_path);
    rmdir(served->folder);
    free(served);
    return 0;
}

void
served_turn(struct served *served)
{
    assert_true(event_base_loop(served->base, EVLOOP_ONCE) >= 0);
}

void
served_await(struct served *served, const size_t *count, size_t wanted)
{
    deadline_t deadline = deadline_in(SERVED_PATIENCE_MS);

    while (*count != wanted) {
        assert_true(deadline_left(deadline) > 0);
        served_turn(served);
    }
}

void
served_await_end(struct served *served)
{
    deadline_t deadline = deadline_in(SERVED_PATIENCE_MS);

    while (!served->ended) {
        assert_true(deadline_left(deadline) > 0);
        served_turn(served);
    }
}

int
served_connect(const struct served *served)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&served->address,
                             sizeof served->address), 0);
    return fd;
}

void
served_request(int client, enum record_kind kind, const char *role)
{
    struct record record;

    record_start(&record, kind);
    record_put_text(&record, FIELD_ROLE, role);
    assert_int_equal(record_send(client, &record, 0), 0);
    record_wipe(&record);
}

int
served_receive(struct served *served, int fd, struct record *record)
{
    deadline_t deadline = deadline_in(SERVED_PATIENCE_MS);
    int r;

    while ((r = record_receive(fd, record, 0)) == AWS_ROLE_ERR_DEADLINE) {
        assert_true(deadline_left(deadline) > 0);
        served_turn(served);
    }
    return r;
}

void
served_expect(struct served *served, int fd, enum record_kind kind, struct record *record)
{
    assert_int_equal(served_receive(served, fd, record), 0);
    assert_string_equal(record_kind_name(record->kind), record_kind_name(kind));
}

void
served_expect_grant(struct served *served, int client, const char *role, const char *id)
{
    struct record record;

    served_expect(served, client, RECORD_GRANT, &record);
    assert_string_equal(record_text(&record, FIELD_ROLE), role);
    assert_string_equal(record_text(&record, FIELD_ACCESS_KEY_ID), id);
    record_wipe(&record);
}

void
served_expect_why(struct served *served, int client, enum record_kind kind, const char *why)
{
    struct record record;

    served_expect(served, client, kind, &record);
    assert_non_null(record_text(&record, FIELD_WHY));
    if (why != NULL)
        assert_string_equal(record_text(&record, FIELD_WHY), why);
    record_wipe(&record);
}

void
served_expect_gone(struct served *served, int client)
{
    struct record record;

    assert_int_equal(served_receive(served, client, &record), AWS_ROLE_ERR_PEER_GONE);
}

void
served_expect_question(struct served *served, enum record_kind kind, const char *role)
{
    struct record record;

    served_expect(served, served->broker_fd, kind, &record);
    if (role == NULL)
        assert_false(record_has(&record, FIELD_ROLE));
    else
        assert_string_equal(record_text(&record, FIELD_ROLE), role);
    record_wipe(&record);
}

void
served_expect_no_question(struct served *served)
{
    struct record record;

    while (event_base_loop(served->base, EVLOOP_NONBLOCK) == 0 &&
           event_base_get_num_events(served->base, EVENT_BASE_COUNT_ACTIVE) > 0)
        ;
    assert_int_equal(record_receive(served->broker_fd, &record, 0), AWS_ROLE_ERR_DEADLINE);
}

void
served_grant(struct served *served, const char *role, const char *id, int64_t lifetime,
             int64_t age)
{
    struct record record;

    session_records_grant(&record, role, two_roles, sizeof two_roles, id, lifetime, age);
    assert_int_equal(record_send(served->broker_fd, &record, 0), 0);
    record_wipe(&record);
}

void
served_refuse(struct served *served, enum record_kind kind, const char *role, const char *why)
{
    struct record record;

    session_records_refusal(&record, kind, role, why);
    assert_int_equal(record_send(served->broker_fd, &record, 0), 0);
    record_wipe(&record);
}

void
served_give_default(struct served *served, const char *id, int64_t lifetime, int64_t age)
{
    int client = served_connect(served);

    served_request(client, RECORD_STATUS, NULL);
    served_expect_question(served, RECORD_ROLE, NULL);
    served_grant(served, "developer", id, lifetime, age);
    {
        struct record record;

        served_expect(served, client, RECORD_STATE, &record);
        record_wipe(&record);
    }
    close(client);
}

void
served_make_stale(struct served *served)
{
    session_role(&served->session, NULL)->credentials.fresh_until = deadline_now();
}
