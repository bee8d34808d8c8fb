/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding an agent among real sockets in a folder of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/agent_client.h"
#include "common/error.h"

#define SOCKETS_MAX 8

struct fixture {
    char rundir[48];
    char folder[64];
    struct agent_place place;
    char paths[SOCKETS_MAX][128];
    int listeners[SOCKETS_MAX];
    size_t count;
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    snprintf(fixture->rundir, sizeof fixture->rundir, "/tmp/test_agent_client.XXXXXX");
    assert_non_null(mkdtemp(fixture->rundir));
    assert_int_equal(chmod(fixture->rundir, 0755), 0);
    snprintf(fixture->folder, sizeof fixture->folder, "%s/%lu", fixture->rundir,
             (unsigned long)geteuid());
    assert_int_equal(mkdir(fixture->folder, 0711), 0);
    fixture->place.rundir = fixture->rundir;
    fixture->place.uid = geteuid();
    fixture->place.listener = geteuid();
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->count; i++) {
        if (fixture->listeners[i] >= 0)
            close(fixture->listeners[i]);
        unlink(fixture->paths[i]);
    }
    rmdir(fixture->folder);
    rmdir(fixture->rundir);
    free(fixture);
    return 0;
}

/* Listens at RUNDIR/UID/`name`, or at `name` when that is absolute, as bound `age` seconds ago. */
static size_t
listen_at(struct fixture *fixture, const char *name, int type, int age)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    size_t i = fixture->count++;

    assert_true(i < SOCKETS_MAX);
    if (name[0] == '/')
        snprintf(fixture->paths[i], sizeof fixture->paths[i], "%s", name);
    else
        snprintf(fixture->paths[i], sizeof fixture->paths[i], "%s/%s", fixture->folder, name);
    snprintf(address.sun_path, sizeof address.sun_path, "%.107s", fixture->paths[i]);
    fixture->listeners[i] = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fixture->listeners[i], (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fixture->listeners[i], 4), 0);
    if (age != 0) {
        clock_gettime(CLOCK_REALTIME, &times[0]);
        times[0].tv_sec -= age;
        times[1] = times[0];
        assert_int_equal(utimensat(AT_FDCWD, fixture->paths[i], times, AT_SYMLINK_NOFOLLOW), 0);
    }
    return i;
}

/* Which listener agent_client_connect reaches; -1: none. */
static int
reached(struct fixture *fixture)
{
    char path[AGENT_CLIENT_PATH_MAX];
    int fd, who = -1, r = agent_client_connect(&fixture->place, deadline_in(10000), &fd, path);

    if (r != 0) {
        assert_int_equal(r, AWS_ROLE_ERR_NOT_FOUND);
        return -1;
    }
    for (size_t i = 0; i < fixture->count; i++) {
        int peer = fixture->listeners[i] < 0 ? -1 : accept(fixture->listeners[i], NULL, NULL);

        if (peer >= 0) {
            assert_int_equal(who, -1);
            assert_string_equal(path, fixture->paths[i]);
            who = (int)i;
            close(peer);
        }
    }
    close(fd);
    return who;
}

static void
nothing_there(void **state)
{
    assert_int_equal(reached(*state), -1);
}

static void
the_given_socket_first(void **state)
{
    struct fixture *fixture = *state;
    size_t old = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 100);

    listen_at(fixture, "2.2.bb", SOCK_SEQPACKET, 0);
    fixture->place.given = fixture->paths[old];
    assert_int_equal(reached(fixture), (int)old);
}

static void
the_newest_without_one(void **state)
{
    struct fixture *fixture = *state;
    size_t newest;

    listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 200);
    newest = listen_at(fixture, "2.2.bb", SOCK_SEQPACKET, 50);
    listen_at(fixture, "3.3.cc", SOCK_SEQPACKET, 100);
    assert_int_equal(reached(fixture), (int)newest);
}

static void
a_dead_one_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    size_t alive = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 200);
    size_t closed = listen_at(fixture, "2.2.bb", SOCK_SEQPACKET, 50);
    size_t shut = listen_at(fixture, "3.3.cc", SOCK_SEQPACKET, 20);

    close(fixture->listeners[closed]);
    fixture->listeners[closed] = -1;
    assert_int_equal(shutdown(fixture->listeners[shut], SHUT_RDWR), 0);
    fixture->place.given = fixture->paths[closed];
    assert_int_equal(reached(fixture), (int)alive);
    fixture->place.given = fixture->paths[shut];
    assert_int_equal(reached(fixture), (int)alive);
}

static void
a_dead_one_alone_is_told_from_none(void **state)
{
    struct fixture *fixture = *state;
    size_t closed = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 0);
    struct record request, answer;

    close(fixture->listeners[closed]);
    fixture->listeners[closed] = -1;
    assert_int_equal(reached(fixture), -1);
    fixture->place.given = fixture->paths[closed];
    record_start(&request, RECORD_STATUS);
    assert_int_equal(
        agent_client_ask(&fixture->place, &request, &answer, deadline_in(10000), NULL),
        AWS_ROLE_ERR_PEER_GONE);
    record_wipe(&request);
}

static void
a_socket_elsewhere_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    size_t elsewhere;

    snprintf(path, sizeof path, "%s/elsewhere", fixture->rundir);
    elsewhere = listen_at(fixture, path, SOCK_SEQPACKET, 0);
    fixture->place.given = fixture->paths[elsewhere];
    assert_int_equal(reached(fixture), -1);
    snprintf(path, sizeof path, "%s/../elsewhere", fixture->folder);
    fixture->place.given = path;
    assert_int_equal(reached(fixture), -1);
    fixture->place.given = "elsewhere";
    assert_int_equal(reached(fixture), -1);
    fixture->place.given = "";
    assert_int_equal(reached(fixture), -1);
    fixture->place.given = fixture->folder;
    assert_int_equal(reached(fixture), -1);
    fixture->place.given = path;
    snprintf(path, sizeof path, "%s/", fixture->folder);
    assert_int_equal(reached(fixture), -1);
    snprintf(path, sizeof path, "%s/..", fixture->folder);
    assert_int_equal(reached(fixture), -1);
}

static void
a_link_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    char path[128], link[128];

    snprintf(path, sizeof path, "%s/elsewhere", fixture->rundir);
    snprintf(link, sizeof link, "%s/link", fixture->folder);
    listen_at(fixture, path, SOCK_SEQPACKET, 0);
    assert_int_equal(symlink(path, link), 0);
    fixture->place.given = link;
    assert_int_equal(reached(fixture), -1);
    unlink(link);
}

static void
a_path_too_long_is_none(void **state)
{
    struct fixture *fixture = *state;
    char path[512];

    snprintf(path, sizeof path, "%s/", fixture->folder);
    memset(path + strlen(path), 'a', 300);
    path[400] = '\0';
    fixture->place.given = path;
    assert_int_equal(reached(fixture), -1);
}

static void
a_stream_is_not_an_agent(void **state)
{
    struct fixture *fixture = *state;
    size_t stream = listen_at(fixture, "1.1.aa", SOCK_STREAM, 0);

    assert_int_equal(reached(fixture), -1);
    fixture->place.given = fixture->paths[stream];
    assert_int_equal(reached(fixture), -1);
}

static void
someone_elses_listener_is_refused(void **state)
{
    struct fixture *fixture = *state;
    size_t i = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 0);

    fixture->place.given = fixture->paths[i];
    fixture->place.listener = geteuid() + 1;
    assert_int_equal(
        agent_client_connect(&fixture->place, deadline_in(10000), &(int){-1}, NULL),
        AWS_ROLE_ERR_NOT_FOUND);
}

static void
someone_elses_socket_is_refused(void **state)
{
    struct fixture *fixture = *state;
    size_t i = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 0);

    if (geteuid() != 0)
        skip();
    fixture->place.given = fixture->paths[i];
    assert_int_equal(chown(fixture->paths[i], 65534, 65534), 0);
    assert_int_equal(reached(fixture), -1);
}

/* Plays an agent that drops `drops` connections and answers the next; its exit status is 0. */
static pid_t
play_agent(int listener, int drops)
{
    pid_t pid = fork();
    struct record record;
    int fd;

    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    fcntl(listener, F_SETFL, 0);
    for (int i = 0; i < drops; i++)
        close(accept(listener, NULL, NULL));
    fd = accept(listener, NULL, NULL);
    if (record_receive(fd, &record, deadline_in(10000)) != 0 || record.kind != RECORD_STATUS)
        _exit(1);
    record_start(&record, RECORD_STATE);
    record_put_text(&record, FIELD_USER, "ueno");
    _exit(record_send(fd, &record, deadline_in(10000)) == 0 ? 0 : 1);
}

static void
ask_with_drops(struct fixture *fixture, int drops)
{
    size_t i = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 0);
    char path[AGENT_CLIENT_PATH_MAX];
    struct record request, answer;
    int status = -1;
    pid_t pid = play_agent(fixture->listeners[i], drops);

    record_start(&request, RECORD_STATUS);
    assert_int_equal(
        agent_client_ask(&fixture->place, &request, &answer, deadline_in(10000), path), 0);
    assert_string_equal(path, fixture->paths[i]);
    assert_int_equal(answer.kind, RECORD_STATE);
    assert_string_equal(record_text(&answer, FIELD_USER), "ueno");
    record_wipe(&answer);
    record_wipe(&request);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
a_question_is_answered(void **state)
{
    ask_with_drops(*state, 0);
}

static void
an_agent_that_was_just_ending_is_asked_again(void **state)
{
    ask_with_drops(*state, 1);
}

static void
an_agent_that_says_nothing_costs_bounded_time(void **state)
{
    struct fixture *fixture = *state;
    struct record request, answer;
    deadline_t start = deadline_now();

    listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 0);
    record_start(&request, RECORD_STATUS);
    assert_int_equal(agent_client_ask(&fixture->place, &request, &answer, deadline_in(200), NULL),
                     AWS_ROLE_ERR_DEADLINE);
    assert_true(deadline_now() - start < 2000);
    record_wipe(&request);
}

static void
a_full_queue_costs_bounded_time(void **state)
{
    struct fixture *fixture = *state;
    int fds[16], count = 0;
    size_t i = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 0);
    deadline_t start = deadline_now();

    while (count < 16 && agent_client_connect(&fixture->place, deadline_in(60000), &fds[count],
                                              NULL) == 0)
        count++;
    assert_true(count < 16);
    assert_true(deadline_now() - start < 3000);
    for (int given = 0; given < 2; given++) {
        fixture->place.given = given ? fixture->paths[i] : NULL;
        start = deadline_now();
        assert_int_equal(
            agent_client_connect(&fixture->place, deadline_in(200), &fds[count], NULL),
            AWS_ROLE_ERR_DEADLINE);
        assert_true(deadline_now() - start < 2000);
    }
    for (int fd = 0; fd < count; fd++)
        close(fds[fd]);
}

/* A session that is there and busy is not another session. */
static void
a_full_queue_is_not_left_for_another(void **state)
{
    struct fixture *fixture = *state;
    int fds[16], count = 0, fd;
    size_t full = listen_at(fixture, "1.1.aa", SOCK_SEQPACKET, 100);

    fixture->place.given = fixture->paths[full];
    while (count < 16 && agent_client_connect(&fixture->place, deadline_in(500), &fds[count],
                                              NULL) == 0)
        count++;
    assert_true(count < 16);
    listen_at(fixture, "2.2.bb", SOCK_SEQPACKET, 0);
    assert_int_equal(agent_client_connect(&fixture->place, deadline_in(5000), &fd, NULL),
                     AWS_ROLE_ERR_DEADLINE);
    while (count-- > 0)
        close(fds[count]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_there),
        TEST(the_given_socket_first),
        TEST(the_newest_without_one),
        TEST(a_dead_one_is_passed_over),
        TEST(a_dead_one_alone_is_told_from_none),
        TEST(a_socket_elsewhere_is_not_followed),
        TEST(a_link_is_not_followed),
        TEST(a_path_too_long_is_none),
        TEST(a_stream_is_not_an_agent),
        TEST(someone_elses_listener_is_refused),
        TEST(someone_elses_socket_is_refused),
        TEST(a_question_is_answered),
        TEST(an_agent_that_was_just_ending_is_asked_again),
        TEST(an_agent_that_says_nothing_costs_bounded_time),
        TEST(a_full_queue_costs_bounded_time),
        TEST(a_full_queue_is_not_left_for_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
