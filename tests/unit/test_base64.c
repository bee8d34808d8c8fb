/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/base64.h"

/* RFC 4648 10, and what tells the two alphabets apart. */
static const struct {
    const char *bytes, *standard, *url;
} vectors[] = {
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff", "+/8=", "-_8"},
    {"\xff\xef\xbe\xff", "/+++/w==", "_---_w"},
    {"\xfb\xef\xbe\xff\xff\xff", "++++////", "----____"},
};

static const char *
written(struct buffer *text, const void *bytes, size_t size)
{
    buffer_start(text, 4096);
    base64_add_url(text, bytes, size);
    assert_int_equal(text->failed, 0);
    return buffer_string(text);
}

static void
expect_bytes(const char *text, size_t size, const char *bytes, size_t length)
{
    struct secret read = SECRET_EMPTY;

    if (base64_read(text, size, &read) != 0)
        fail_msg("%.*s was not read", (int)size, text);
    assert_int_equal(read.size, length);
    assert_memory_equal(read.data, bytes, length);
    assert_int_equal(read.data[length], '\0');
    secret_wipe(&read);
}

static void
expect_none(const char *text, size_t size)
{
    struct secret read = SECRET_EMPTY;
    int r;

    assert_int_equal(secret_set(&read, "before", 6), 0);
    r = base64_read(text, size, &read);
    if (r != AWS_ROLE_ERR_ARGUMENT)
        fail_msg("%d for %.*s", r, (int)size, text);
    assert_string_equal(read.data, "before");
    secret_wipe(&read);
}

static void
writes_without_padding(void **state)
{
    struct buffer text;

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_string_equal(written(&text, vectors[i].bytes, strlen(vectors[i].bytes)),
                            vectors[i].url);
        buffer_wipe(&text);
    }
    assert_string_equal(written(&text, "", 0), "");
    buffer_wipe(&text);
    assert_string_equal(written(&text, "\0\0", 2), "AAA");
    buffer_wipe(&text);
}

static void
adds_behind_what_is_there(void **state)
{
    struct buffer text;

    (void)state;
    buffer_start(&text, 7);
    buffer_text(&text, "a.");
    base64_add_url(&text, "foo", 3);
    assert_string_equal(buffer_string(&text), "a.Zm9v");
    base64_add_url(&text, "foo", 3);
    assert_int_equal(text.failed, AWS_ROLE_ERR_TOO_BIG);
    buffer_wipe(&text);
}

static void
reads_both_alphabets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const char *bytes = vectors[i].bytes;
        size_t padding = strcspn(vectors[i].standard, "=");

        expect_bytes(vectors[i].standard, strlen(vectors[i].standard), bytes, strlen(bytes));
        expect_bytes(vectors[i].standard, padding, bytes, strlen(bytes));
        expect_bytes(vectors[i].url, strlen(vectors[i].url), bytes, strlen(bytes));
    }
    expect_bytes("-_8=", 4, "\xfb\xff", 2);
    expect_bytes("AAAA", 4, "\0\0\0", 3);
}

/* Every length up to a few of the pieces that are written at a time. */
static void
reads_what_it_wrote(void **state)
{
    char bytes[200];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + 0xf0);
    for (size_t size = 1; size <= sizeof bytes; size++) {
        struct buffer text;

        (void)written(&text, bytes, size);
        assert_int_equal(text.size, (size * 4 + 2) / 3);
        assert_int_equal(strcspn(buffer_string(&text), "+/="), text.size);
        expect_bytes(text.data, text.size, bytes, size);
        buffer_wipe(&text);
    }
}

static void
does_not_look_at_bits_that_are_left(void **state)
{
    (void)state;
    expect_bytes("Zh==", 4, "f", 1);
    expect_bytes("Zm9", 3, "fo", 2);
}

static void
refuses_lengths_and_padding(void **state)
{
    static const char *const wrong[] = {
        "",      "=",      "==",     "====",     "Z",         "Z=",       "Z==",
        "Z===",  "Zg=",    "Zg===",  "Zm8==",    "Zm9v=",     "Zm9v====", "Zm9vY",
        "Zg==Zg==", "=Zg=", "Z=g=",  "Zm=v",     "Zm9vYmFyZ",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_none(wrong[i], strlen(wrong[i]));
    expect_none(NULL, 0);
}

static void
refuses_every_other_byte(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                   "+/-_";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char text[4] = {'Z', (char)byte, 'A', 'A'};
        struct secret read = SECRET_EMPTY;

        if (byte != '\0' && strchr(alphabet, byte) != NULL) {
            assert_int_equal(base64_read(text, sizeof text, &read), 0);
            secret_wipe(&read);
        } else {
            expect_none(text, sizeof text);
        }
    }
    expect_none("Zm9v\n", 5);
    expect_none(" Zm9v", 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_without_padding),
        cmocka_unit_test(adds_behind_what_is_there),
        cmocka_unit_test(reads_both_alphabets),
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(does_not_look_at_bits_that_are_left),
        cmocka_unit_test(refuses_lengths_and_padding),
        cmocka_unit_test(refuses_every_other_byte),
    };

    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
