/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/protocol.h"
#include "pam_module/request.h"
#include "tests/unit/pam_handle.h"

static pam_handle_t *pamh;

static int
start(void **state)
{
    (void)state;
    pamh = pam_handle_start("ueno");
    return 0;
}

static int
end(void **state)
{
    (void)state;
    return pam_end(pamh, PAM_SUCCESS);
}

static void
the_request_says_what_pam_knows(void **state)
{
    struct record who, open;

    (void)state;
    assert_int_equal(pam_set_item(pamh, PAM_TTY, "pts/3"), PAM_SUCCESS);
    assert_int_equal(request_make(pamh, NULL, 77, &who, &open), PAM_SUCCESS);
    assert_string_equal(record_text(&who, FIELD_USER), "ueno");
    assert_int_equal(record_check(&open), 0);
    assert_string_equal(record_text(&open, FIELD_SERVICE), "aws-role-test");
    assert_string_equal(record_text(&open, FIELD_TTY), "pts/3");
    assert_true(record_number(&open, FIELD_REPLY_BY) == 77);
    assert_false(record_has(&open, FIELD_RHOST));
    assert_false(record_has(&open, FIELD_CONFIG));
    record_wipe(&who);
    record_wipe(&open);
}

static void
an_item_too_long_is_left_out_and_never_cut(void **state)
{
    static char huge[65536];
    struct record who, open;

    (void)state;
    memset(huge, 'a', sizeof huge - 1);
    assert_int_equal(pam_set_item(pamh, PAM_RHOST, huge), PAM_SUCCESS);
    assert_int_equal(pam_set_item(pamh, PAM_TTY, ""), PAM_SUCCESS);
    assert_int_equal(request_make(pamh, NULL, 77, &who, &open), PAM_SUCCESS);
    assert_int_equal(record_check(&open), 0);
    assert_false(record_has(&open, FIELD_RHOST));
    assert_false(record_has(&open, FIELD_TTY));
    record_wipe(&who);
    record_wipe(&open);
    assert_int_equal(pam_set_item(pamh, PAM_USER, huge), PAM_SUCCESS);
    assert_int_equal(request_make(pamh, NULL, 77, &who, &open), PAM_ABORT);
    record_wipe(&who);
    record_wipe(&open);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_request_says_what_pam_knows),
        TEST(an_item_too_long_is_left_out_and_never_cut),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
