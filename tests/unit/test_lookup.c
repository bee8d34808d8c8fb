/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/lookup.h"
#include "common/error.h"
#include "tests/unit/name_service.h"

#define NOBODY ((uid_t)-1)
#define ENOUGH_MS 20000

static const struct name_service_account accounts[] = {
    {"_service", 900, 901}, {"ueno", 2000, 2100}, {"root", 0, 0}, {NULL, 0, 0},
};

/* What the child tells of itself, in memory that it shares with us. */
static struct {
    volatile pid_t pid;
    volatile int descriptors;
} *seen;

static int lifeline[2];

static int
set_up(void **state)
{
    (void)state;
    name_service = (struct name_service){.accounts = accounts};
    seen->pid = 0;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lifeline);
}

static int
tear_down(void **state)
{
    (void)state;
    close(lifeline[0]);
    close(lifeline[1]);
    return 0;
}

static int
look(const char *person, uid_t login_uid, uint64_t milliseconds, struct lookup_result *result)
{
    const struct lookup lookup = {
        .service = "_service",
        .person = person,
        .login_uid = login_uid,
        .lifeline = lifeline[0],
        .deadline = deadline_in(milliseconds),
    };

    return lookup_run(&lookup, result);
}

static void
assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void
hang(void)
{
    seen->pid = getpid();
    for (;;)
        pause();
}

static void
die(void)
{
    _exit(0);
}

static void
count_descriptors(void)
{
    DIR *list = opendir("/proc/self/fd");

    seen->descriptors = 0;
    while (list != NULL && readdir(list) != NULL)
        seen->descriptors++;
    seen->descriptors -= 3; /* ".", ".." and the list's own */
    if (list != NULL)
        closedir(list);
}

static void
all_three_are_found(void **state)
{
    struct lookup_result result;

    (void)state;
    assert_int_equal(look("ueno", 0, ENOUGH_MS, &result), 0);
    assert_int_equal(result.service_error, 0);
    assert_int_equal(result.person_error, 0);
    assert_string_equal(result.service.name, "_service");
    assert_int_equal(result.service.uid, 900);
    assert_int_equal(result.service.gid, 901);
    assert_string_equal(result.person.name, "ueno");
    assert_int_equal(result.person.uid, 2000);
    assert_int_equal(result.person.gid, 2100);
    assert_string_equal(result.login_name, "root");
    assert_no_child();
}

static void
whoever_came_in_may_be_nobody_or_the_person(void **state)
{
    struct lookup_result result;

    (void)state;
    assert_int_equal(look("ueno", 2000, ENOUGH_MS, &result), 0);
    assert_string_equal(result.login_name, "ueno");
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), 0);
    assert_string_equal(result.login_name, "");
    assert_int_equal(look("ueno", 4711, ENOUGH_MS, &result), 0);
    assert_string_equal(result.login_name, "");
}

static void
who_is_missing_is_told(void **state)
{
    static const struct name_service_account people[] = {{"ueno", 2000, 2100}, {NULL, 0, 0}};
    struct lookup_result result;

    (void)state;
    assert_int_equal(look("nemo", NOBODY, ENOUGH_MS, &result), 0);
    assert_int_equal(result.service_error, 0);
    assert_int_equal(result.person_error, AWS_ROLE_ERR_NOT_FOUND);
    name_service.accounts = people;
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), 0);
    assert_int_equal(result.service_error, AWS_ROLE_ERR_NOT_FOUND);
    name_service.error = EIO;
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), 0);
    assert_int_equal(result.service_error, AWS_ROLE_ERR_SYSTEM);
}

static void
a_service_that_hangs_has_a_deadline(void **state)
{
    struct lookup_result result;

    (void)state;
    name_service.asked = hang;
    assert_int_equal(look("ueno", NOBODY, 50, &result), AWS_ROLE_ERR_DEADLINE);
    assert_no_child();
}

static void
the_end_of_the_lifeline_ends_it(void **state)
{
    struct lookup_result result;

    (void)state;
    name_service.asked = hang;
    assert_int_equal(shutdown(lifeline[1], SHUT_RDWR), 0);
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), AWS_ROLE_ERR_PEER_GONE);
    assert_no_child();
}

static void
what_the_lifeline_carries_is_for_later(void **state)
{
    struct lookup_result result;
    char byte;

    (void)state;
    assert_int_equal(send(lifeline[1], "o", 1, 0), 1);
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), 0);
    assert_int_equal(recv(lifeline[0], &byte, 1, MSG_DONTWAIT), 1);
}

static void
a_child_that_dies_is_no_answer(void **state)
{
    struct lookup_result result;

    (void)state;
    name_service.asked = die;
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), AWS_ROLE_ERR_SYSTEM);
    assert_no_child();
}

static void
the_child_holds_its_socket_alone(void **state)
{
    struct lookup_result result;

    (void)state;
    name_service.asked = count_descriptors;
    assert_int_equal(look("ueno", NOBODY, ENOUGH_MS, &result), 0);
    assert_int_equal(seen->descriptors, 4); /* the three standard ones, and it */
}

/* The process that hangs, once it does. */
static int
open_hanging(void)
{
    while (seen->pid == 0)
        (void)poll(NULL, 0, 1);
    return (int)syscall(SYS_pidfd_open, seen->pid, 0);
}

static void
the_child_dies_with_its_parent(void **state)
{
    struct pollfd child = {.events = POLLIN};
    struct lookup_result result;
    pid_t parent;

    (void)state;
    name_service.asked = hang;
    parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        (void)look("ueno", NOBODY, ENOUGH_MS, &result);
        _exit(0);
    }
    child.fd = open_hanging();
    assert_true(child.fd >= 0);
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(poll(&child, 1, ENOUGH_MS), 1);
    close(child.fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_three_are_found),
        TEST(whoever_came_in_may_be_nobody_or_the_person),
        TEST(who_is_missing_is_told),
        TEST(a_service_that_hangs_has_a_deadline),
        TEST(the_end_of_the_lifeline_ends_it),
        TEST(what_the_lifeline_carries_is_for_later),
        TEST(a_child_that_dies_is_no_answer),
        TEST(the_child_holds_its_socket_alone),
        TEST(the_child_dies_with_its_parent),
    };

    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (seen == MAP_FAILED)
        return EXIT_FAILURE;
    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
