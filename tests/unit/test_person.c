/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/person.h"
#include "common/error.h"
#include "tests/unit/name_service.h"

static char longest[PERSON_NAME_MAX + 2];

static const struct name_service_account accounts[] = {
    {"ueno", 2000, 2100}, {"second", 2000, 2101}, {longest, 2001, 2102}, {"", 2002, 2103},
    {NULL, 0, 0},
};

static int
set_up(void **state)
{
    (void)state;
    name_service = (struct name_service){.accounts = accounts};
    memset(longest, 'a', PERSON_NAME_MAX);
    longest[PERSON_NAME_MAX] = longest[PERSON_NAME_MAX + 1] = '\0';
    return 0;
}

static void
assert_is(const struct person_identity *identity, const char *name, uid_t uid, gid_t gid)
{
    assert_string_equal(identity->name, name);
    assert_int_equal(identity->uid, uid);
    assert_int_equal(identity->gid, gid);
}

static void
a_person_is_found_by_name_and_by_uid(void **state)
{
    struct person_identity identity;

    (void)state;
    assert_int_equal(person_find("second", &identity), 0);
    assert_is(&identity, "second", 2000, 2101);
    assert_int_equal(person_find_uid(2000, &identity), 0);
    assert_is(&identity, "ueno", 2000, 2100);
}

static void
nobody_is_found_where_nobody_is(void **state)
{
    static const int nobody[] = {0, ENOENT, ESRCH};
    struct person_identity identity;

    (void)state;
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
        name_service.error = nobody[i];
        assert_int_equal(person_find("nobody-of-this-name", &identity), AWS_ROLE_ERR_NOT_FOUND);
        assert_int_equal(person_find_uid(9, &identity), AWS_ROLE_ERR_NOT_FOUND);
    }
}

static void
a_failure_is_not_an_absence(void **state)
{
    struct person_identity identity;

    (void)state;
    name_service.error = EIO;
    assert_int_equal(person_find("ueno", &identity), AWS_ROLE_ERR_SYSTEM);
    assert_int_equal(errno, EIO);
    assert_int_equal(person_find_uid(2000, &identity), AWS_ROLE_ERR_SYSTEM);
}

static void
a_long_entry_gets_a_buffer_and_a_huge_one_does_not(void **state)
{
    struct person_identity identity;

    (void)state;
    name_service.needs = 300000;
    assert_int_equal(person_find("ueno", &identity), 0);
    assert_int_equal(person_find_uid(2000, &identity), 0);
    name_service.needs = 2 * 1024 * 1024;
    assert_int_equal(person_find("ueno", &identity), AWS_ROLE_ERR_TOO_BIG);
    assert_int_equal(person_find_uid(2000, &identity), AWS_ROLE_ERR_TOO_BIG);
}

static void
a_name_is_taken_whole_or_not_at_all(void **state)
{
    struct person_identity identity;

    (void)state;
    assert_int_equal(person_find_uid(2001, &identity), 0);
    assert_string_equal(identity.name, longest);
    longest[PERSON_NAME_MAX] = 'a';
    assert_int_equal(person_find_uid(2001, &identity), AWS_ROLE_ERR_TOO_BIG);
    assert_int_equal(person_find_uid(2002, &identity), AWS_ROLE_ERR_TOO_BIG);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_person_is_found_by_name_and_by_uid),
        TEST(nobody_is_found_where_nobody_is),
        TEST(a_failure_is_not_an_absence),
        TEST(a_long_entry_gets_a_buffer_and_a_huge_one_does_not),
        TEST(a_name_is_taken_whole_or_not_at_all),
    };

    return cmocka_run_group_tests_name("person", tests, NULL, NULL);
}
