/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/role_list.h"
#include "cli/roles.h"
#include "cli/variables.h"
#include "fake_agent.h"

#define PLAIN ((const char *const[]){"aws-role roles", NULL})
#define JSON ((const char *const[]){"aws-role roles", "--json", NULL})

static int
set_up(void **state)
{
    *state = malloc(sizeof(struct fake_agent));
    assert_non_null(*state);
    fake_agent_set_up(*state);
    return 0;
}

static int
tear_down(void **state)
{
    fake_agent_tear_down(*state);
    free(*state);
    return 0;
}

/* Three roles, and between them what is none; the middle one has no region. */
static int
list(const struct record *request, unsigned int count, struct record *answer)
{
    static const char roles[] = "developer\0audit\0a b\0\033[31m\0ops",
                      regions[] = "eu-west-1\0-\0us-east-1\0us-east-1\0us-west-2";

    (void)count;
    if (request->kind != RECORD_ROLES)
        return 0;
    record_start(answer, RECORD_ROLE_LIST);
    record_put_bytes(answer, FIELD_ROLES, roles, sizeof roles);
    record_put_bytes(answer, FIELD_REGIONS, regions, sizeof regions);
    record_put_text(answer, FIELD_ROLE, "developer");
    return 1;
}

static int
refuse(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    record_start(answer, RECORD_PENDING);
    record_put_text(answer, FIELD_WHY, "not yet");
    return 1;
}

static void
elsewhere_than_on_a_terminal_it_is_names(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, list);
    done = verb_run(*state, roles_run, PLAIN, NULL);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err, "");
    assert_string_equal(done->out, "developer\naudit\nops\n");
}

static void
assert_role(const json_t *array, size_t i, const char *name, const char *region, int standard,
            int current)
{
    const json_t *role = json_array_get(array, i);

    assert_int_equal(json_object_size(role), 4);
    assert_string_equal(json_string_value(json_object_get(role, "name")), name);
    if (region == NULL)
        assert_true(json_is_null(json_object_get(role, "region")));
    else
        assert_string_equal(json_string_value(json_object_get(role, "region")), region);
    assert_int_equal(json_is_true(json_object_get(role, "default")), standard);
    assert_int_equal(json_is_true(json_object_get(role, "current")), current);
}

static void
json_tells_which_is_which(void **state)
{
    static const char *const audit[] = {"AWS_ROLE_NAME=audit", NULL};
    json_t *array;

    fake_agent_start(*state, list);
    array = json_loads(verb_run(*state, roles_run, JSON, audit)->out, JSON_REJECT_DUPLICATES,
                       NULL);
    assert_int_equal(json_array_size(array), 3);
    assert_role(array, 0, "developer", "eu-west-1", 1, 0);
    assert_role(array, 1, "audit", NULL, 0, 1);
    assert_role(array, 2, "ops", "us-west-2", 0, 0);
    json_decref(array);
    array = json_loads(verb_run(*state, roles_run, JSON, NULL)->out, JSON_REJECT_DUPLICATES, NULL);
    assert_role(array, 0, "developer", "eu-west-1", 1, 1);
    json_decref(array);
}

/* What a person sees. */
static void
a_terminal_has_marks(void **state)
{
    static const char *const audit[] = {"AWS_ROLE_NAME=audit", NULL};
    const struct verb_run *done;

    fake_agent_start(*state, list);
    done = verb_run_on_terminal(*state, roles_run, PLAIN, audit);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->out, "  developer  eu-west-1  (default)\r\n* audit\r\n"
                                   "  ops        us-west-2\r\n");
}

/* After `aws-role off` the session's default is not this shell's role. */
static void
a_shell_that_is_off_has_none(void **state)
{
    static const char *const off[] = {"AWS_ROLE_REFRESH_AT=" VARIABLES_NEVER, NULL};
    json_t *array;

    fake_agent_start(*state, list);
    assert_string_equal(verb_run_on_terminal(*state, roles_run, PLAIN, off)->out,
                        "  developer  eu-west-1  (default)\r\n  audit\r\n"
                        "  ops        us-west-2\r\n");
    array = json_loads(verb_run(*state, roles_run, JSON, off)->out, JSON_REJECT_DUPLICATES, NULL);
    assert_role(array, 0, "developer", "eu-west-1", 1, 0);
    json_decref(array);
}

static void
a_failure_is_told(void **state)
{
    const struct verb_run *done = verb_run(*state, roles_run, PLAIN, NULL);

    assert_int_equal(done->status, 3);
    assert_string_equal(done->out, "");
    fake_agent_start(*state, refuse);
    done = verb_run(*state, roles_run, JSON, NULL);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "aws-role roles: not yet\n");
    assert_int_equal(verb_run(*state, roles_run,
                              (const char *const[]){"aws-role roles", "x", NULL}, NULL)->status, 2);
}

/* Lists of different lengths, and regions that are none. */
static void
a_region_is_a_region(void **state)
{
    static const char roles[] = "a\0b\0c\0d", regions[] = "eu-west-1\0Eu West\0-";
    struct record record;

    (void)state;
    record_start(&record, RECORD_ROLE_LIST);
    record_put_bytes(&record, FIELD_ROLES, roles, sizeof roles);
    assert_null(role_list_region(&record, "a"));
    record_put_bytes(&record, FIELD_REGIONS, regions, sizeof regions);
    assert_string_equal(role_list_region(&record, "a"), "eu-west-1");
    assert_null(role_list_region(&record, "b"));
    assert_null(role_list_region(&record, "c"));
    assert_null(role_list_region(&record, "d"));
    assert_null(role_list_region(&record, "e"));
    record_wipe(&record);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(elsewhere_than_on_a_terminal_it_is_names),
        TEST(json_tells_which_is_which),
        TEST(a_terminal_has_marks),
        TEST(a_shell_that_is_off_has_none),
        TEST(a_failure_is_told),
        cmocka_unit_test(a_region_is_a_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
