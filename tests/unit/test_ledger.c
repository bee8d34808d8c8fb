/* SPDX-License-Identifier: BSD-3-Clause */
/* What a broker writes down for root, and how the log tells it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/error.h"
#include "common/ledger.h"

static int ledger;
static struct record held;

static int
start(void **state)
{
    (void)state;
    ledger = memfd_create("ledger", MFD_CLOEXEC);
    record_start(&held, RECORD_HELD);
    record_put_text(&held, FIELD_USER, "ueno");
    record_put_number(&held, FIELD_UID, 1000);
    return ledger < 0;
}

static int
end(void **state)
{
    (void)state;
    record_wipe(&held);
    close(ledger);
    return 0;
}

static void
has_role(size_t slot, const char *role)
{
    struct record found;

    assert_int_equal(ledger_read(ledger, slot, &found), 0);
    if (role == NULL)
        assert_null(record_text(&found, FIELD_ROLE));
    else
        assert_string_equal(record_text(&found, FIELD_ROLE), role);
    record_wipe(&found);
}

static void
is_empty(size_t slot)
{
    struct record found;

    assert_int_equal(ledger_read(ledger, slot, &found), AWS_ROLE_ERR_NOT_FOUND);
}

static void
slots_are_apart(void **state)
{
    (void)state;
    is_empty(0);
    assert_int_equal(ledger_write(ledger, 0, &held), 0);
    record_put_text(&held, FIELD_ROLE, "developer");
    assert_int_equal(ledger_write(ledger, LEDGER_SLOTS_MAX - 1, &held), 0);
    has_role(0, NULL);
    has_role(LEDGER_SLOTS_MAX - 1, "developer");
    is_empty(1);
    is_empty(LEDGER_SLOTS_MAX);
}

static void
a_shorter_record_takes_the_place_of_a_longer_one(void **state)
{
    struct record shorter;

    (void)state;
    record_put_text(&held, FIELD_ROLE, "a-rather-long-name-of-a-role");
    assert_int_equal(ledger_write(ledger, 1, &held), 0);
    record_start(&shorter, RECORD_HELD);
    record_put_text(&shorter, FIELD_USER, "u");
    record_put_number(&shorter, FIELD_UID, 1);
    assert_int_equal(ledger_write(ledger, 1, &shorter), 0);
    record_wipe(&shorter);
    has_role(1, NULL);
    assert_int_equal(ledger_write(ledger, 1, NULL), 0);
    is_empty(1);
}

static void
what_is_too_much_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ledger_write(ledger, LEDGER_SLOTS_MAX, &held), AWS_ROLE_ERR_TOO_BIG);
}

static void
a_record_with_a_secret_is_none(void **state)
{
    const struct secret secret = {(char[]){"secret"}, 6};

    (void)state;
    record_put_secret(&held, FIELD_SECRET_ACCESS_KEY, &secret);
    assert_int_equal(ledger_write(ledger, 1, &held), AWS_ROLE_ERR_PROTOCOL);
    is_empty(1);
}

static void
what_does_not_add_up_is_refused(void **state)
{
    const uint32_t sizes[] = {1, 4, 100, 9000, UINT32_MAX};
    struct record found;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(pwrite(ledger, &sizes[i], sizeof sizes[i], 0), sizeof sizes[i]);
        assert_int_equal(pwrite(ledger, "\1\1\1", 3, 4), 3);
        assert_int_equal(ledger_read(ledger, 0, &found), AWS_ROLE_ERR_PROTOCOL);
    }
}

static void
another_kind_is_refused(void **state)
{
    struct record who, found;
    uint32_t size;

    (void)state;
    record_start(&who, RECORD_WHO);
    record_put_text(&who, FIELD_USER, "ueno");
    size = (uint32_t)who.bytes.size;
    assert_int_equal(pwrite(ledger, &size, sizeof size, 0), sizeof size);
    assert_int_equal(pwrite(ledger, who.bytes.data, size, sizeof size), size);
    record_wipe(&who);
    assert_int_equal(ledger_read(ledger, 0, &found), AWS_ROLE_ERR_PROTOCOL);
}

static void
its_lock_tells_that_the_broker_lives(void **state)
{
    char path[64];
    int other;

    (void)state;
    snprintf(path, sizeof path, "/proc/self/fd/%d", ledger);
    other = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(other >= 0);
    assert_int_equal(ledger_is_locked(other), 0);
    assert_int_equal(ledger_lock(ledger), 0);
    assert_int_equal(ledger_is_locked(other), 1);
    close(ledger); /* as the end of its process does */
    assert_int_equal(ledger_is_locked(other), 0);
    ledger = other;
}

static void
a_session_s_name_is_the_end_of_its_arn(void **state)
{
    (void)state;
    assert_null(ledger_session_name(&held));
    record_put_text(&held, FIELD_ARN, "arn:aws:sts::123456789012:assumed-role/path/Developer/u@x");
    assert_string_equal(ledger_session_name(&held), "u@x");
}

static void
a_user_s_arn_has_no_session(void **state)
{
    (void)state;
    record_put_text(&held, FIELD_ARN, "arn:aws:iam::123456789012:user/ueno");
    assert_null(ledger_session_name(&held));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slots_are_apart),
        TEST(a_shorter_record_takes_the_place_of_a_longer_one),
        TEST(what_is_too_much_is_refused),
        TEST(a_record_with_a_secret_is_none),
        TEST(what_does_not_add_up_is_refused),
        TEST(another_kind_is_refused),
        TEST(its_lock_tells_that_the_broker_lives),
        TEST(a_session_s_name_is_the_end_of_its_arn),
        TEST(a_user_s_arn_has_no_session),
    };

    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
