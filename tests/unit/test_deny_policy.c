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
each_name_is_there_once(void **state)
{
    struct deny_policy policy = {0};
    const char *version, *effect, *first, *second, *before;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    json_t *document;

    (void)state;
    deny_policy_add(&policy, "ueno");
    deny_policy_add(&policy, "");
    deny_policy_add(&policy, "u=20o@x");
    deny_policy_add(&policy, "ueno");
    assert_int_equal(policy.count, 2);
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
names_for_which_there_is_no_room_are_counted(void **state)
{
    struct deny_policy policy = {0};
    char name[80];

    (void)state;
    memset(name, 'a', 65);
    name[65] = '\0';
    deny_policy_add(&policy, name); /* longer than any RoleSessionName */
    assert_int_equal(policy.count, 0);
    for (int i = 0; i < DENY_POLICY_NAMES_MAX + 2; i++) {
        snprintf(name, sizeof name, "user%d", i);
        deny_policy_add(&policy, name);
    }
    assert_int_equal(policy.count, DENY_POLICY_NAMES_MAX);
    assert_int_equal(policy.left_out, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_is_there_once),
        cmocka_unit_test(names_for_which_there_is_no_room_are_counted),
    };

    return cmocka_run_group_tests_name("deny_policy", tests, NULL, NULL);
}
