/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/credentials.h"

/* Seconds from now to a deadline, the second that may pass meanwhile forgiven. */
static void
is_in(deadline_t deadline, uint64_t seconds)
{
    uint64_t left = deadline - deadline_now();

    assert_in_range(left, seconds * 1000 - 1000, seconds * 1000);
}

static void
fresh_until_20_minutes_before_the_end(void **state)
{
    struct credentials credentials = {.access_key_id = "ASIA"};

    (void)state;
    credentials_set_expiry(&credentials, 1000 + 3600, 1000);
    is_in(credentials.valid_until, 3600);
    is_in(credentials.fresh_until, 2400);
    credentials_set_expiry(&credentials, 1000 + 43200, 1000);
    is_in(credentials.fresh_until, 42000);
}

static void
fresh_for_two_thirds_of_a_short_life(void **state)
{
    struct credentials credentials = {.access_key_id = "ASIA"};

    (void)state;
    credentials_set_expiry(&credentials, 1000 + 900, 1000);
    is_in(credentials.fresh_until, 600);
    assert_true(credentials_are_fresh(&credentials));
    assert_true(credentials_are_valid(&credentials));
}

static void
expired_ones_are_over_and_long_lived_ones_never(void **state)
{
    struct credentials credentials = {.access_key_id = "AKIA"};

    (void)state;
    credentials_set_expiry(&credentials, 1000, 1000);
    assert_false(credentials_are_valid(&credentials));
    assert_false(credentials_are_fresh(&credentials));
    credentials_set_expiry(&credentials, 0, 1000);
    assert_true(credentials_are_valid(&credentials));
    assert_true(credentials_are_fresh(&credentials));
    assert_true(credentials_refresh_at(&credentials) == 0);
    credentials.access_key_id[0] = '\0';
    assert_false(credentials_are_valid(&credentials));
}

static void
an_absurd_life_does_not_overflow(void **state)
{
    struct credentials credentials = {.access_key_id = "ASIA"};

    (void)state;
    credentials_set_expiry(&credentials, INT64_MAX, 0);
    is_in(credentials.valid_until, 366 * 24 * 3600);
    credentials_set_expiry(&credentials, 100, -5);
    assert_false(credentials_are_valid(&credentials));
}

/* An issuer whose clock is an hour ahead: what is left counts, not what its clock says. */
static void
the_end_is_told_in_this_hosts_time(void **state)
{
    struct credentials credentials = {.access_key_id = "ASIA"};
    int64_t now = (int64_t)time(NULL);

    (void)state;
    credentials_set_expiry(&credentials, now + 3600 + 900, now + 3600);
    assert_in_range(credentials_expiry_here(&credentials), now + 898, now + 901);
    credentials_set_expiry(&credentials, now + 900 + 2, now + 2);
    assert_true(credentials_expiry_here(&credentials) == now + 902); /* the issuer's own */
}

static void
the_account_is_an_arns_fifth_field(void **state)
{
    char account[13];

    (void)state;
    credentials_account("arn:aws:sts::123456789012:assumed-role/Developer/ueno", account);
    assert_string_equal(account, "123456789012");
    credentials_account("arn:aws:sts:::assumed-role/lab/alice", account);
    assert_string_equal(account, "");
    credentials_account("arn:aws:sts::1234567890123:x", account);
    assert_string_equal(account, "");
    credentials_account("arn:aws", account);
    assert_string_equal(account, "");
    credentials_account("", account);
    assert_string_equal(account, "");
}

static void
a_wiped_secret_is_empty_and_a_copy_is_its_own(void **state)
{
    struct secret secret = SECRET_EMPTY, copy = SECRET_EMPTY;

    (void)state;
    assert_int_equal(secret_set(&secret, "hidden", 6), 0);
    assert_int_equal(secret_copy(&copy, &secret), 0);
    assert_true(secret_equal(&copy, &secret));
    secret_wipe(&secret);
    assert_null(secret.data);
    assert_int_equal(secret.size, 0);
    assert_string_equal(copy.data, "hidden");
    assert_false(secret_equal(&copy, &secret));
    secret_move(&secret, &copy);
    assert_null(copy.data);
    assert_string_equal(secret.data, "hidden");
    secret_wipe(&secret);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_until_20_minutes_before_the_end),
        cmocka_unit_test(fresh_for_two_thirds_of_a_short_life),
        cmocka_unit_test(expired_ones_are_over_and_long_lived_ones_never),
        cmocka_unit_test(an_absurd_life_does_not_overflow),
        cmocka_unit_test(the_end_is_told_in_this_hosts_time),
        cmocka_unit_test(the_account_is_an_arns_fifth_field),
        cmocka_unit_test(a_wiped_secret_is_empty_and_a_copy_is_its_own),
    };

    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
