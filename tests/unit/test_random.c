/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "helper/random.h"

#define DRAWN 2000
#define LENGTH 64

static const char digits[] = "0123456789abcdef";
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* RFC 9562 4 and 5.4: lower case, the version's digit, the variant's. */
static void
is_a_uuid_of_version_4(void **state)
{
    static const char shape[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";

    (void)state;
    for (int n = 0; n < DRAWN; n++) {
        char uuid[RANDOM_UUID_SIZE];

        assert_int_equal(random_uuid(uuid), 0);
        assert_int_equal(strlen(uuid), RANDOM_UUID_SIZE - 1);
        for (size_t i = 0; shape[i] != '\0'; i++) {
            if (shape[i] == 'x')
                assert_non_null(strchr(digits, uuid[i]));
            else if (shape[i] == 'v')
                assert_non_null(strchr("89ab", uuid[i]));
            else
                assert_int_equal(uuid[i], shape[i]);
        }
    }
}

static void
no_uuid_comes_twice(void **state)
{
    static char drawn[DRAWN][RANDOM_UUID_SIZE];

    (void)state;
    for (size_t i = 0; i < DRAWN; i++) {
        assert_int_equal(random_uuid(drawn[i]), 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(drawn[i], drawn[j]);
    }
}

/* All four variants and all sixteen digits appear in each place that is random. */
static void
every_digit_is_drawn(void **state)
{
    unsigned int seen[RANDOM_UUID_SIZE] = {0};

    (void)state;
    for (int n = 0; n < DRAWN; n++) {
        char uuid[RANDOM_UUID_SIZE];

        assert_int_equal(random_uuid(uuid), 0);
        for (size_t i = 0; i < RANDOM_UUID_SIZE - 1; i++)
            if (uuid[i] != '-')
                seen[i] |= 1u << (strchr(digits, uuid[i]) - digits);
    }
    for (size_t i = 0; i < RANDOM_UUID_SIZE - 1; i++) {
        unsigned int wanted = i == 14 ? 1u << 4 : i == 19 ? 0xf00u : 0xffffu;

        if (i != 8 && i != 13 && i != 18 && i != 23)
            assert_int_equal(seen[i], wanted);
    }
}

static void
text_has_its_length_and_letters(void **state)
{
    char text[LENGTH + 2];

    (void)state;
    for (size_t length = 0; length <= LENGTH; length++) {
        memset(text, '!', sizeof text);
        assert_int_equal(random_text(text, length), 0);
        assert_int_equal(strlen(text), length);
        assert_int_equal(strspn(text, letters), length);
        assert_int_equal(text[length + 1], '!');
    }
}

static void
text_never_repeats_and_uses_every_letter(void **state)
{
    static char drawn[DRAWN][LENGTH + 1];
    int seen[sizeof letters] = {0};

    (void)state;
    for (size_t i = 0; i < DRAWN; i++) {
        assert_int_equal(random_text(drawn[i], LENGTH), 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(drawn[i], drawn[j]);
        for (size_t j = 0; j < LENGTH; j++)
            seen[strchr(letters, drawn[i][j]) - letters]++;
    }
    for (size_t i = 0; i < sizeof letters - 1; i++) /* 2000 of each, were they even */
        assert_in_range(seen[i], DRAWN / 2, DRAWN * 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_uuid_of_version_4),
        cmocka_unit_test(no_uuid_comes_twice),
        cmocka_unit_test(every_digit_is_drawn),
        cmocka_unit_test(text_has_its_length_and_letters),
        cmocka_unit_test(text_never_repeats_and_uses_every_letter),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
