/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/error.h"
#include "common/protocol.h"

static int
open_pair(void **state)
{
    static int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    *state = pair;
    return 0;
}

static int
close_pair(void **state)
{
    int *pair = *state;

    close(pair[0]);
    if (pair[1] >= 0)
        close(pair[1]);
    return 0;
}

/* A WHO for "ueno": version, kind, tag, two bytes of length, text with its NUL. */
static const unsigned char who[] = {1, RECORD_WHO, FIELD_USER, 0, 5, 'u', 'e', 'n', 'o', 0};

static void
the_form_on_the_wire_is_this(void **state)
{
    struct record record;

    (void)state;
    record_start(&record, RECORD_WHO);
    record_put_text(&record, FIELD_USER, "ueno");
    assert_int_equal(record.bytes.size, sizeof who);
    assert_memory_equal(record.bytes.data, who, sizeof who);
    record_wipe(&record);
}

static void
what_is_put_is_what_is_read(void **state)
{
    const struct secret token = {(char[]){"t\0ken"}, 5};
    int *pair = *state;
    struct record sent, received;
    struct secret copy = SECRET_EMPTY;

    record_start(&sent, RECORD_GRANT);
    record_put_text(&sent, FIELD_ROLE, "developer");
    record_put_number(&sent, FIELD_REFRESH_AT, 0x0102030405060708);
    record_put_secret(&sent, FIELD_SESSION_TOKEN, &token);
    record_put_bytes(&sent, FIELD_ROLES, "a\0bc", 5);
    assert_int_equal(record_send(pair[0], &sent, deadline_in(1000)), 0);
    assert_int_equal(record_receive(pair[1], &received, deadline_in(1000)), 0);
    assert_int_equal(received.kind, RECORD_GRANT);
    assert_string_equal(record_text(&received, FIELD_ROLE), "developer");
    assert_true(record_number(&received, FIELD_REFRESH_AT) == 0x0102030405060708);
    assert_int_equal(record_get_secret(&received, FIELD_SESSION_TOKEN, &copy), 0);
    assert_true(secret_equal(&copy, &token));
    assert_string_equal(record_next_string(&received, FIELD_ROLES, NULL), "a");
    assert_string_equal(
        record_next_string(&received, FIELD_ROLES,
                           record_next_string(&received, FIELD_ROLES, NULL)),
        "bc");
    assert_null(record_text(&received, FIELD_REGION));
    secret_wipe(&copy);
    record_wipe(&sent);
    record_wipe(&received);
}

static void
credentials_survive(void **state)
{
    struct credentials given = {.access_key_id = "ASIAEXAMPLEEXAMPLE12"}, got = {0};
    struct record record, decoded;

    (void)state;
    assert_int_equal(secret_set(&given.secret_access_key, "secret", 6), 0);
    assert_int_equal(secret_set(&given.session_token, "token", 5), 0);
    credentials_set_expiry(&given, 4600, 1000);
    record_start(&record, RECORD_DONE);
    record_put_number(&record, FIELD_INDEX, 0);
    record_put_credentials(&record, &given);
    assert_int_equal(record_decode(&decoded, record.bytes.data, record.bytes.size), 0);
    assert_int_equal(record_get_credentials(&decoded, &got), 0);
    assert_string_equal(got.access_key_id, given.access_key_id);
    assert_true(secret_equal(&got.secret_access_key, &given.secret_access_key));
    assert_true(secret_equal(&got.session_token, &given.session_token));
    assert_true(got.expires_at == 4600);
    assert_true(got.valid_until == given.valid_until && got.fresh_until == given.fresh_until);
    credentials_wipe(&given);
    credentials_wipe(&got);
    record_wipe(&record);
    record_wipe(&decoded);
}

static void
what_is_put_wrongly_is_not_sent(void **state)
{
    int *pair = *state;
    char long_name[300];
    struct record record;

    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';

    record_start(&record, RECORD_WHO); /* USER is missing */
    assert_int_equal(record_send(pair[0], &record, 0), AWS_ROLE_ERR_PROTOCOL);
    record_put_text(&record, FIELD_USER, "");
    assert_int_equal(record_check(&record), AWS_ROLE_ERR_PROTOCOL);
    record_put_text(&record, FIELD_USER, "ueno");
    assert_int_equal(record_check(&record), 0);
    record_put_text(&record, FIELD_USER, "alice"); /* twice */
    assert_int_equal(record_check(&record), AWS_ROLE_ERR_PROTOCOL);
    record_wipe(&record);

    record_start(&record, RECORD_WHO);
    record_put_text(&record, FIELD_USER, long_name); /* too long */
    assert_int_equal(record_check(&record), AWS_ROLE_ERR_PROTOCOL);
    record_wipe(&record);

    record_start(&record, RECORD_WHO);
    record_put_text(&record, FIELD_TTY, "pts/1"); /* not one of WHO's */
    assert_int_equal(record_check(&record), AWS_ROLE_ERR_PROTOCOL);
    record_wipe(&record);

    record_start(&record, RECORD_WHO);
    record_put_number(&record, FIELD_USER, 7); /* of another type */
    assert_int_equal(record_check(&record), AWS_ROLE_ERR_PROTOCOL);
    record_wipe(&record);
}

static void
refuses(const void *bytes, size_t size)
{
    struct record record;

    assert_int_equal(record_decode(&record, bytes, size), AWS_ROLE_ERR_PROTOCOL);
    assert_null(record.bytes.data);
}

/* `who` with the byte at `at` changed. */
static void
refuses_changed(size_t at, unsigned char byte)
{
    unsigned char changed[sizeof who];

    memcpy(changed, who, sizeof who);
    changed[at] = byte;
    refuses(changed, sizeof changed);
}

static void
broken_records_are_refused_whole(void **state)
{
    static const unsigned char twice[] = {1, RECORD_WHO, FIELD_USER, 0, 2, 'a', 0,
                                          FIELD_USER, 0, 2, 'b', 0};
    static const unsigned char inner_nul[] = {1, RECORD_WHO, FIELD_USER, 0, 4, 'a', 0, 'b', 0};
    static const unsigned char short_number[] = {1, RECORD_END, FIELD_CLOCK_OFFSET, 0, 2, 0, 1};
    static const unsigned char empty_text[] = {1, RECORD_WHO, FIELD_USER, 0, 1, 0};
    static const unsigned char no_size[] = {1, RECORD_FORGET, FIELD_ROLE, 0, 0};
    static const unsigned char open_list[] = {1, RECORD_ROLE_LIST, FIELD_ROLES, 0, 2, 'a', 'b'};
    struct record record;

    (void)state;
    assert_int_equal(record_decode(&record, who, sizeof who), 0);
    record_wipe(&record);
    for (size_t size = 0; size < sizeof who; size++)
        refuses(who, size);
    refuses_changed(0, 2);                  /* another version */
    refuses_changed(1, 0);                  /* an unknown kind */
    refuses_changed(1, RECORD_KIND_COUNT);
    refuses_changed(1, 255);
    refuses_changed(1, RECORD_FORGET);      /* a kind without this field */
    refuses_changed(2, 0);                  /* an unknown field */
    refuses_changed(2, RECORD_FIELD_COUNT);
    refuses_changed(2, 255);
    refuses_changed(3, 1);                  /* lengths that do not add up */
    refuses_changed(4, 4);
    refuses_changed(4, 6);
    refuses_changed(9, 'x');                /* text without its NUL */
    refuses(twice, sizeof twice);
    refuses(inner_nul, sizeof inner_nul);
    refuses(short_number, sizeof short_number);
    refuses(empty_text, sizeof empty_text);
    refuses(no_size, sizeof no_size);
    refuses(open_list, sizeof open_list);
}

static void
packets_over_64_kib_are_refused(void **state)
{
    int *pair = *state, size = 1 << 20;
    char *packet = calloc(1, RECORD_SIZE_MAX + 1);
    struct record record;

    assert_non_null(packet);
    (void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    assert_int_equal(send(pair[0], packet, RECORD_SIZE_MAX + 1, 0), RECORD_SIZE_MAX + 1);
    assert_int_equal(record_receive(pair[1], &record, deadline_in(1000)), AWS_ROLE_ERR_PROTOCOL);
    free(packet);
}

static void
attached_descriptors_are_closed_and_refused(void **state)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec data = {.iov_base = (void *)(uintptr_t)who, .iov_len = sizeof who};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int *pair = *state, next = dup(pair[0]);
    struct record record;

    close(next); /* the number that a leaked descriptor would get */
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
    assert_int_equal(sendmsg(pair[0], &message, 0), sizeof who);
    assert_int_equal(record_receive(pair[1], &record, deadline_in(1000)), AWS_ROLE_ERR_PROTOCOL);
    assert_int_equal(fcntl(next, F_GETFD), -1);
    assert_int_equal(errno, EBADF);
}

static void
a_peer_that_is_gone_is_told(void **state)
{
    int *pair = *state;
    struct record record;

    close(pair[1]);
    pair[1] = -1;
    assert_int_equal(record_receive(pair[0], &record, deadline_in(1000)), AWS_ROLE_ERR_PEER_GONE);
    record_start(&record, RECORD_FORGET);
    assert_int_equal(record_send(pair[0], &record, 0), AWS_ROLE_ERR_PEER_GONE); /* no SIGPIPE */
    record_wipe(&record);
}

static void
a_reply_queued_before_a_reset_is_heard(void **state)
{
    int *pair = *state;
    struct record record;

    record_start(&record, RECORD_FORGET);
    assert_int_equal(record_send(pair[0], &record, 0), 0); /* never read: makes the end a reset */
    record_wipe(&record);
    assert_int_equal(send(pair[1], who, sizeof who, 0), sizeof who);
    close(pair[1]);
    pair[1] = -1;
    assert_int_equal(record_receive(pair[0], &record, deadline_in(1000)), 0);
    assert_string_equal(record_text(&record, FIELD_USER), "ueno");
    record_wipe(&record);
    assert_int_equal(record_receive(pair[0], &record, deadline_in(1000)), AWS_ROLE_ERR_PEER_GONE);
}

static void
nobody_waits_past_the_deadline(void **state)
{
    int *pair = *state, sent = 0, r = 0;
    struct record record;

    assert_int_equal(record_receive(pair[0], &record, deadline_in(20)), AWS_ROLE_ERR_DEADLINE);
    record_start(&record, RECORD_FORGET);
    while (r == 0 && sent++ < 100000)
        r = record_send(pair[0], &record, deadline_in(20)); /* until the queue is full */
    assert_int_equal(r, AWS_ROLE_ERR_DEADLINE);
    record_wipe(&record);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_on_the_wire_is_this),
        cmocka_unit_test_setup_teardown(what_is_put_is_what_is_read, open_pair, close_pair),
        cmocka_unit_test(credentials_survive),
        cmocka_unit_test_setup_teardown(what_is_put_wrongly_is_not_sent, open_pair, close_pair),
        cmocka_unit_test(broken_records_are_refused_whole),
        cmocka_unit_test_setup_teardown(packets_over_64_kib_are_refused, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(attached_descriptors_are_closed_and_refused, open_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(a_peer_that_is_gone_is_told, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(a_reply_queued_before_a_reset_is_heard, open_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(nobody_waits_past_the_deadline, open_pair, close_pair),
    };

    return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
