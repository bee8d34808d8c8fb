/* SPDX-License-Identifier: BSD-3-Clause */
/* What a sign-in remembers comes back as it was, for its own step and version alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/buffer.h"
#include "helper/dpop.h"
#include "helper/sign_in_state.h"

#define UENO "arn:aws:iam::123456789012:user/ueno"
#define MIKA "arn:aws:iam::123456789012:user/mika"
#define PORT 51234
#define TOKEN "ASORtoken"
#define UNTIL UINT64_C(0x1234567890)
#define BEGUN_MAX 1024 /* of a BEGUN record */

static struct record step;
static struct sign_in_begun begun, read_begun;
static struct sign_in_kept kept, read_kept;
static struct secret bytes;

static void
start_step(struct record *to, const char *who)
{
    record_start(to, RECORD_STEP);
    record_put_number(to, FIELD_STEP, STEP_CONSOLE_SIGN_IN);
    record_put_text(to, FIELD_LOGIN_SESSION, who);
}

static void
begin(uint16_t port)
{
    assert_int_equal(sign_in_state_begin(&step, port, &begun), 0);
    assert_int_equal(sign_in_state_write_begun(&begun, &bytes), 0);
}

static void
keep(int same_device)
{
    kept.until = UNTIL;
    kept.same_device = same_device;
    assert_int_equal(secret_set(&kept.key, "a\0key", 5), 0);
    assert_int_equal(secret_set(&kept.refresh_token, TOKEN, strlen(TOKEN)), 0);
    assert_int_equal(sign_in_state_write_kept(&kept, &bytes), 0);
}

static void
expect_no_begun(const struct record *of)
{
    assert_int_equal(sign_in_state_read_begun(&bytes, of, &read_begun), AWS_ROLE_ERR_NOT_FOUND);
    assert_null(read_begun.key.data);
    assert_string_equal(read_begun.verifier, "");
}

static void
expect_no_kept(void)
{
    assert_int_equal(sign_in_state_read_kept(&bytes, &read_kept), AWS_ROLE_ERR_NOT_FOUND);
    assert_null(read_kept.key.data);
    assert_null(read_kept.refresh_token.data);
}

static void
what_begins_is_new_each_time(void **state)
{
    struct sign_in_begun other;

    (void)state;
    begin(PORT);
    assert_int_equal(begun.port, PORT);
    assert_int_equal(strlen(begun.state), RANDOM_UUID_SIZE - 1);
    assert_int_equal(strlen(begun.verifier), SIGN_IN_VERIFIER_LENGTH);
    assert_in_range(begun.key.size, 100, DPOP_KEY_MAX);
    assert_int_equal(sign_in_state_begin(&step, PORT, &other), 0);
    assert_memory_equal(begun.step, other.step, sizeof begun.step);
    assert_string_not_equal(begun.state, other.state);
    assert_string_not_equal(begun.verifier, other.verifier);
    assert_false(secret_equal(&begun.key, &other.key));
    sign_in_state_wipe_begun(&other);
}

static void
begun_comes_back_whole(void **state)
{
    static const uint16_t ports[] = {0, 1, PORT, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        sign_in_state_wipe_begun(&begun);
        begin(ports[i]);
        assert_in_range(bytes.size, 1, BEGUN_MAX);
        assert_int_equal(sign_in_state_read_begun(&bytes, &step, &read_begun), 0);
        assert_int_equal(read_begun.port, ports[i]);
        assert_memory_equal(read_begun.step, begun.step, sizeof begun.step);
        assert_string_equal(read_begun.state, begun.state);
        assert_string_equal(read_begun.verifier, begun.verifier);
        assert_true(secret_equal(&read_begun.key, &begun.key));
        sign_in_state_wipe_begun(&read_begun);
    }
}

static void
begun_is_for_its_step(void **state)
{
    struct record other;

    (void)state;
    begin(PORT);
    start_step(&other, MIKA);
    expect_no_begun(&other);
    record_wipe(&other);
    start_step(&other, UENO);
    assert_int_equal(sign_in_state_read_begun(&bytes, &other, &read_begun), 0);
    sign_in_state_wipe_begun(&read_begun);
    record_put_text(&other, FIELD_REGION, "eu-west-1"); /* whatever else differs */
    expect_no_begun(&other);
    record_wipe(&other);
}

static void
begun_of_another_version_is_none(void **state)
{
    (void)state;
    begin(PORT);
    for (int version = 0; version < 256; version++) {
        if (version == 1)
            continue;
        bytes.data[0] = (char)version;
        expect_no_begun(&step);
    }
    bytes.data[0] = 1;
    assert_int_equal(sign_in_state_read_begun(&bytes, &step, &read_begun), 0);
}

/* Shorter than what lies before the key it is none; a key that is cut is told by helper/dpop.h. */
static void
begun_is_never_read_past_its_end(void **state)
{
    size_t whole, head;

    (void)state;
    begin(PORT);
    whole = bytes.size;
    head = whole - begun.key.size;
    for (size_t size = 0; size <= whole; size++) {
        struct secret cut = SECRET_EMPTY;
        int r;

        assert_int_equal(secret_set(&cut, bytes.data, size), 0);
        r = sign_in_state_read_begun(&cut, &step, &read_begun);
        assert_int_equal(r, size <= head ? AWS_ROLE_ERR_NOT_FOUND : 0);
        assert_int_equal(read_begun.key.size, size <= head ? 0 : size - head);
        sign_in_state_wipe_begun(&read_begun);
        secret_wipe(&cut);
    }
}

static void
begun_without_its_ends_of_text_is_none(void **state)
{
    char *verifier, *uuid;

    (void)state;
    begin(PORT);
    verifier = memmem(bytes.data, bytes.size, begun.verifier, sizeof begun.verifier);
    uuid = memmem(bytes.data, bytes.size, begun.state, sizeof begun.state);
    assert_non_null(verifier);
    assert_non_null(uuid);
    verifier[sizeof begun.verifier - 1] = 'x';
    expect_no_begun(&step);
    verifier[sizeof begun.verifier - 1] = '\0';
    uuid[sizeof begun.state - 1] = 'x';
    expect_no_begun(&step);
}

static void
kept_comes_back_whole(void **state)
{
    (void)state;
    for (int same_device = 0; same_device <= 1; same_device++) {
        keep(same_device);
        assert_int_equal(sign_in_state_read_kept(&bytes, &read_kept), 0);
        assert_true(read_kept.until == UNTIL);
        assert_int_equal(read_kept.same_device, same_device);
        assert_true(secret_equal(&read_kept.key, &kept.key));
        assert_string_equal(read_kept.refresh_token.data, TOKEN);
        assert_int_equal(read_kept.refresh_token.size, strlen(TOKEN));
        sign_in_state_wipe_kept(&read_kept);
    }
}

static void
kept_of_another_version_is_none(void **state)
{
    (void)state;
    keep(0);
    for (int version = 0; version < 256; version++) {
        bytes.data[0] = (char)version;
        if (version != 1)
            expect_no_kept();
    }
}

/* Cut within the token it is one that AWS does not know; cut before it, none. */
static void
kept_is_never_read_past_its_end(void **state)
{
    size_t token;

    (void)state;
    keep(0);
    token = bytes.size - strlen(TOKEN);
    for (size_t size = 0; size < bytes.size; size++) {
        struct secret cut = SECRET_EMPTY;
        int r;

        assert_int_equal(secret_set(&cut, bytes.data, size), 0);
        r = sign_in_state_read_kept(&cut, &read_kept);
        assert_int_equal(r, size <= token ? AWS_ROLE_ERR_NOT_FOUND : 0);
        assert_int_equal(read_kept.refresh_token.size, size <= token ? 0 : size - token);
        sign_in_state_wipe_kept(&read_kept);
        secret_wipe(&cut);
    }
}

/* Every key size but the right one that leaves a token is another key; all others are refused. */
static void
kept_believes_no_length(void **state)
{
    unsigned char *size;
    size_t left = 5 + strlen(TOKEN);

    (void)state;
    keep(0);
    size = (unsigned char *)bytes.data + 2; /* behind version and device */
    assert_int_equal(size[0] + size[1], 5);
    for (unsigned int claimed = 0; claimed <= UINT16_MAX; claimed++) {
        uint16_t number = (uint16_t)claimed;

        memcpy(size, &number, sizeof number);
        if (claimed == 0 || claimed >= left) {
            expect_no_kept();
        } else {
            assert_int_equal(sign_in_state_read_kept(&bytes, &read_kept), 0);
            assert_int_equal(read_kept.key.size, claimed);
            assert_int_equal(read_kept.refresh_token.size, left - claimed);
            sign_in_state_wipe_kept(&read_kept);
        }
    }
}

static void
what_is_too_large_is_not_written(void **state)
{
    static char large[32768];

    (void)state;
    begin(PORT);
    assert_int_equal(secret_set(&begun.key, large, sizeof large), 0);
    assert_int_equal(sign_in_state_write_begun(&begun, &bytes), AWS_ROLE_ERR_TOO_BIG);
    keep(0);
    assert_int_equal(secret_set(&kept.refresh_token, large, sizeof large), 0);
    assert_int_equal(sign_in_state_write_kept(&kept, &bytes), AWS_ROLE_ERR_TOO_BIG);
}

static void
nothing_is_none(void **state)
{
    (void)state;
    expect_no_begun(&step);
    expect_no_kept();
    assert_int_equal(secret_set(&bytes, "x", 1), 0);
    expect_no_begun(&step);
    expect_no_kept();
}

/* One in place of the other, which has the same version. */
static void
neither_is_the_other(void **state)
{
    (void)state;
    keep(0);
    expect_no_begun(&step);
    begin(PORT);
    assert_int_equal(secret_set(&bytes, bytes.data, 1), 0);
    expect_no_kept();
}

static int
set_up(void **state)
{
    (void)state;
    start_step(&step, UENO);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    record_wipe(&step);
    sign_in_state_wipe_begun(&begun);
    sign_in_state_wipe_begun(&read_begun);
    sign_in_state_wipe_kept(&kept);
    sign_in_state_wipe_kept(&read_kept);
    secret_wipe(&bytes);
    assert_null(begun.key.data);
    assert_string_equal(begun.verifier, "");
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_begins_is_new_each_time),
        TEST(begun_comes_back_whole),
        TEST(begun_is_for_its_step),
        TEST(begun_of_another_version_is_none),
        TEST(begun_is_never_read_past_its_end),
        TEST(begun_without_its_ends_of_text_is_none),
        TEST(kept_comes_back_whole),
        TEST(kept_of_another_version_is_none),
        TEST(kept_is_never_read_past_its_end),
        TEST(kept_believes_no_length),
        TEST(what_is_too_large_is_not_written),
        TEST(nothing_is_none),
        TEST(neither_is_the_other),
    };

    return cmocka_run_group_tests_name("sign_in_state", tests, NULL, NULL);
}
