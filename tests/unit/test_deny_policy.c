/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy that ends what is out, as JSON that jansson reads back. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/deny_policy.h"

static void
add(struct deny_policy *policy, const char *arn, uint64_t expires)
{
    struct record held;

    record_start(&held, RECORD_HELD);
    record_put_text(&held, FIELD_USER, "ueno");
    record_put_number(&held, FIELD_UID, 1000);
    record_put_text(&held, FIELD_ARN, arn);
    record_put_number(&held, FIELD_EXPIRES_AT, expires);
    deny_policy_add(policy, &held);
    record_wipe(&held);
}

static void
each_role_and_session_is_there_once(void **state)
{
    struct deny_policy policy = {0};
    const char *version, *effect, *first, *second, *before;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_t *document;

    (void)state;
    add(&policy, "arn:aws:sts::123456789012:assumed-role/Developer/ueno", 1764003015);
    add(&policy, "arn:aws:sts::123456789012:assumed-role/Developer/u=20o@x", 1764006000);
    add(&policy, "arn:aws-cn:sts::210987654321:assumed-role/Developer/ueno", 1764003000);
    add(&policy, NULL, 1764009999);
    assert_int_equal(policy.session_count, 2);
    assert_int_equal(policy.role_count, 2);
    assert_string_equal(policy.roles[1].account, "210987654321");
    assert_string_equal(policy.roles[1].name, "Developer");
    assert_int_equal(policy.last, 1764006000);
    assert_int_equal(policy.left_out, 0);
    assert_int_equal(deny_policy_print(&policy, 1764003015, out), 0);
    fclose(out);
    document = json_loads(text, 0, NULL);
    assert_non_null(document);
    assert_int_equal(json_unpack(document, "{s:s, s:[{s:s, s:{s:{s:[s,s]}, s:{s:s}}}]}", "Version",
                                 &version, "Statement", "Effect", &effect, "Condition",
                                 "StringLike", "aws:userid", &first, &second, "DateLessThan",
                                 "aws:TokenIssueTime", &before),
                     0);
    assert_string_equal(version, "2012-10-17");
    assert_string_equal(effect, "Deny");
    assert_string_equal(first, "*:ueno");
    assert_string_equal(second, "*:u=20o@x");
    assert_string_equal(before, "2025-11-24T16:50:15Z");
    json_decref(document);
    free(text);
}

static void
what_would_mean_somebody_else_is_left_out(void **state)
{
    static const char *const bad[] = {
        "arn:aws:sts::123456789012:assumed-role/Developer/*",
        "arn:aws:sts::123456789012:assumed-role/Developer/u?",
        "arn:aws:sts::123456789012:assumed-role/Developer/a b",
        "arn:aws:sts::123456789012:assumed-role/Developer/",
        "arn:aws:sts::123456789012:assumed-role/Developer",
        "arn:aws:sts::123456789012:assumed-role//ueno",
        "arn:aws:sts::123456789012:assumed-role/a/b/ueno",
        "arn:aws:sts::123456789012:assumed-role/Dev$(id)/ueno",
        "arn:aws:iam::123456789012:user/ueno",
        "x",
    };
    struct deny_policy policy = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        add(&policy, bad[i], 1764003015);
    assert_int_equal(policy.session_count, 0);
    assert_int_equal(policy.role_count, 0);
    assert_int_equal(policy.left_out, sizeof bad / sizeof bad[0]);
}

static void
what_has_no_room_is_counted(void **state)
{
    struct deny_policy policy = {0};
    char arn[128];

    (void)state;
    for (int i = 0; i < DENY_POLICY_MAX + 2; i++) {
        snprintf(arn, sizeof arn, "arn:aws:sts::123456789012:assumed-role/Developer/user%d", i);
        add(&policy, arn, 1764003015);
    }
    assert_int_equal(policy.session_count, DENY_POLICY_MAX);
    assert_int_equal(policy.left_out, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_and_session_is_there_once),
        cmocka_unit_test(what_would_mean_somebody_else_is_left_out),
        cmocka_unit_test(what_has_no_room_is_counted),
    };

    return cmocka_run_group_tests_name("deny_policy", tests, NULL, NULL);
}
