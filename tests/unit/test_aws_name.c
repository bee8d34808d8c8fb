/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/aws_name.h"
#include "common/error.h"

static void
becomes(const char *value, const char *expected)
{
    char name[512];

    assert_int_equal(aws_name_encode(value, name, sizeof name), 0);
    assert_string_equal(name, expected);
}

static void
what_aws_takes_stays_and_the_rest_is_encoded(void **state)
{
    (void)state;
    becomes("ueno", "ueno");
    becomes("AZaz09_+,.@-", "AZaz09_+,.@-");
    becomes("DOM\\ueno", "DOM=5Cueno");
    becomes("host$", "host=24");
    becomes("a b", "a=20b");
    becomes("a=20b", "a=3D20b");
    becomes("jos\xc3\xa9", "jos=C3=A9");
    becomes("a\nb\x01", "a=0Ab=01");
    becomes("%{user}", "=25=7Buser=7D");
}

static void
what_does_not_fit_is_refused(void **state)
{
    char name[8];

    (void)state;
    assert_int_equal(aws_name_encode("1234567", name, 8), 0);
    assert_int_equal(aws_name_encode("12345678", name, 8), AWS_ROLE_ERR_TOO_BIG);
    assert_int_equal(aws_name_encode("12345 ", name, 8), AWS_ROLE_ERR_TOO_BIG);
    assert_int_equal(aws_name_encode("", name, 0), AWS_ROLE_ERR_TOO_BIG);
}

static void
fits(const char *value, uid_t uid, const char *expected)
{
    char name[AWS_NAME_MAX + 1];

    aws_name_fit(value, uid, name);
    assert_string_equal(name, expected);
}

static void
short_and_long_names_get_the_uid(void **state)
{
    char longest[AWS_NAME_MAX + 2], cut[AWS_NAME_MAX + 1];

    (void)state;
    memset(longest, 'a', sizeof longest);
    longest[AWS_NAME_MAX] = '\0';
    fits("ab", 1000, "ab");
    fits(longest, 1000, longest);
    fits("a", 1000, "a==1000");
    fits("", 0, "==0");
    longest[AWS_NAME_MAX] = 'a';
    longest[AWS_NAME_MAX + 1] = '\0';
    memset(cut, 'a', sizeof cut);
    memcpy(cut + AWS_NAME_MAX - strlen("==4294967294"), "==4294967294", 13);
    fits(longest, 4294967294U, cut);
}

/* What a name that was cut looks like is what no encoding gives: `==` never comes of one. */
static void
no_encoding_makes_the_mark(void **state)
{
    (void)state;
    becomes("a==1000", "a=3D=3D1000");
    becomes("=", "=3D");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_aws_takes_stays_and_the_rest_is_encoded),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(short_and_long_names_get_the_uid),
        cmocka_unit_test(no_encoding_makes_the_mark),
    };

    return cmocka_run_group_tests_name("aws_name", tests, NULL, NULL);
}
