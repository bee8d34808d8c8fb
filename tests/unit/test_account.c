/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "broker/account.h"
#include "common/error.h"
#include "tests/unit/name_service.h"

static const struct person_identity session = {.name = "ueno", .uid = 2000, .gid = 2100};
static struct name_service_account accounts[2];

/* The one account there is now. */
static int
check(const char *name, uid_t uid, gid_t gid, struct person_identity *now, struct failure *failure)
{
    accounts[0] = (struct name_service_account){name, uid, gid};
    name_service = (struct name_service){.accounts = accounts};
    return account_check(&session, now, failure);
}

static void
the_same_account_may_have_another_group(void **state)
{
    struct person_identity now;
    struct failure failure;

    (void)state;
    assert_int_equal(check("ueno", 2000, 2100, &now, &failure), 0);
    assert_int_equal(now.gid, 2100);
    assert_int_equal(check("ueno", 2000, 3000, &now, &failure), 0);
    assert_string_equal(now.name, "ueno");
    assert_int_equal(now.uid, 2000);
    assert_int_equal(now.gid, 3000);
}

static void
a_renamed_account_is_gone(void **state)
{
    struct person_identity now;
    struct failure failure;

    (void)state;
    assert_int_equal(check("tanaka", 2000, 2100, &now, &failure), AWS_ROLE_ERR_UNMAPPED);
    assert_int_equal(failure.error, AWS_ROLE_ERR_UNMAPPED);
    assert_string_equal(failure.text,
                        "the account ueno is gone since this session began: log in again");
}

static void
another_uid_is_somebody_else(void **state)
{
    struct person_identity now;
    struct failure failure;

    (void)state;
    assert_int_equal(check("ueno", 2001, 2100, &now, &failure), AWS_ROLE_ERR_UNMAPPED);
    assert_string_equal(failure.text,
                        "the account ueno has another uid since this session began: log in again");
}

static void
a_name_that_leads_to_another_is_gone(void **state)
{
    static const struct name_service_account alias = {"ueno", 2000, 2100};
    struct person_identity now;
    struct failure failure;

    (void)state;
    name_service = (struct name_service){.accounts = accounts, .canonical = "tanaka"};
    accounts[0] = alias;
    assert_int_equal(account_check(&session, &now, &failure), AWS_ROLE_ERR_UNMAPPED);
    assert_non_null(strstr(failure.text, "is gone"));
}

static void
a_service_that_fails_says_nothing_about_the_account(void **state)
{
    struct person_identity now;
    struct failure failure;

    (void)state;
    name_service = (struct name_service){.accounts = accounts, .error = EIO};
    assert_int_equal(account_check(&session, &now, &failure), AWS_ROLE_ERR_SYSTEM);
    assert_int_equal(failure.error, AWS_ROLE_ERR_SYSTEM);
    assert_string_equal(failure.text,
                        "the account ueno cannot be looked up: Input/output error");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_account_may_have_another_group),
        cmocka_unit_test(a_renamed_account_is_gone),
        cmocka_unit_test(another_uid_is_somebody_else),
        cmocka_unit_test(a_name_that_leads_to_another_is_gone),
        cmocka_unit_test(a_service_that_fails_says_nothing_about_the_account),
    };

    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
