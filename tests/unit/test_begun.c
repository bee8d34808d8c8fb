/* SPDX-License-Identifier: BSD-3-Clause */
/* What steps have begun, by role: for a quarter of an hour, four at most, and never the agent's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/begun.h"

#define MINUTE 60000

static struct begun begun;

static void
make_ask(struct record *ask, const char *role, const char *bytes)
{
    const struct secret secret = {.data = (char *)(uintptr_t)bytes,
                                  .size = bytes == NULL ? 0 : strlen(bytes)};

    record_start(ask, RECORD_ASK);
    record_put_text(ask, FIELD_PROMPT, "Code: ");
    record_put_text(ask, FIELD_ROLE, role);
    if (bytes != NULL)
        record_put_secret(ask, FIELD_BEGUN, &secret);
    assert_int_equal(record_check(ask), 0);
}

static void
take(const char *role, const char *bytes)
{
    struct record ask, told;

    make_ask(&ask, role, bytes);
    begun_take(&begun, &ask, &told);
    assert_false(record_has(&told, FIELD_BEGUN));
    assert_string_equal(record_text(&told, FIELD_PROMPT), "Code: ");
    record_wipe(&ask);
    record_wipe(&told);
}

static void
holds(const char *role, const char *bytes)
{
    const struct secret *found = begun_find(&begun, role);

    if (bytes == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found->data, bytes);
}

static void
is_found_by_its_role(void **state)
{
    (void)state;
    holds("developer", NULL);
    holds(NULL, NULL);
    holds("", NULL);
    take("developer", "one");
    holds("developer", "one");
    holds("developer", "one"); /* more than once: a code may be refused */
    holds("audit", NULL);
    holds(NULL, NULL);
    holds("", NULL);
    take("audit", "two");
    holds("developer", "one");
    holds("audit", "two");
}

static void
a_newer_one_takes_its_place(void **state)
{
    (void)state;
    take("developer", "one");
    take("audit", "two");
    take("developer", "three");
    holds("developer", "three");
    holds("audit", "two");
    for (int i = 0; i < 2 * BEGUN_MAX; i++)
        take("developer", "four");
    holds("audit", "two");
}

static void
an_ask_without_one_leaves_what_there_is(void **state)
{
    (void)state;
    take("developer", "one");
    take("developer", NULL);
    holds("developer", "one");
    take(NULL, "two"); /* of no role */
    holds("developer", "one");
    holds(NULL, NULL);
}

static void
the_oldest_makes_room(void **state)
{
    char role[16];

    (void)state;
    for (int i = 0; i < BEGUN_MAX; i++) {
        snprintf(role, sizeof role, "r%d", i);
        take(role, role);
        begun.list[i].until -= (deadline_t)(BEGUN_MAX - i) * MINUTE; /* as long ago */
    }
    take("r0", "again"); /* the newest by now */
    take("new", "new");
    holds("r0", "again");
    holds("r1", NULL);
    holds("r2", "r2");
    holds("r3", "r3");
    holds("new", "new");
}

static void
a_quarter_of_an_hour_ends_it(void **state)
{
    (void)state;
    take("developer", "one");
    take("audit", "two");
    for (size_t i = 0; i < 2; i++) {
        assert_true(begun.list[i].until > deadline_in(14 * MINUTE));
        assert_true(begun.list[i].until <= deadline_in(15 * MINUTE));
    }
    begun.list[0].until = deadline_now();
    holds("audit", "two");
    assert_null(begun.list[0].bytes.data); /* wiped, whoever asks */
    assert_string_equal(begun.list[0].role, "");
    holds("developer", NULL);
    take("developer", "three");
    holds("developer", "three");
}

static void
is_forgotten_by_its_role_or_all(void **state)
{
    (void)state;
    take("developer", "one");
    take("audit", "two");
    take("billing", "three");
    begun_forget(&begun, "audit");
    holds("audit", NULL);
    holds("developer", "one");
    begun_forget(&begun, "none");
    holds("billing", "three");
    begun_forget(&begun, NULL);
    holds("developer", NULL);
    holds("billing", NULL);
    for (size_t i = 0; i < BEGUN_MAX; i++)
        assert_null(begun.list[i].bytes.data);
}

/* All that the agent may see of an ASK goes on; what is not for it does not. */
static void
the_rest_is_handed_on(void **state)
{
    static const struct {
        enum record_field field;
        const char *text;
    } texts[] = {
        {FIELD_PROMPT, "Code: "},
        {FIELD_WHY, "sign in"},
        {FIELD_URL, "https://a.example/v1/authorize?x=y"},
        {FIELD_ROLE, "developer"},
        {FIELD_ROLE_ARN, "arn:aws:iam::123456789012:role/Developer"},
        {FIELD_SOURCE, "console sign-in"},
    };
    static const char roles[] = "developer\0audit", regions[] = "eu-west-1\0";
    const struct secret secret = {.data = (char *)(uintptr_t)"key", .size = 3};
    struct record ask, told;
    size_t size;

    (void)state;
    record_start(&ask, RECORD_ASK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        record_put_text(&ask, texts[i].field, texts[i].text);
    record_put_number(&ask, FIELD_INDEX, 2);
    record_put_number(&ask, FIELD_STEP, STEP_CONSOLE_SIGN_IN);
    record_put_bytes(&ask, FIELD_ROLES, roles, sizeof roles);
    record_put_bytes(&ask, FIELD_REGIONS, regions, sizeof regions);
    record_put_secret(&ask, FIELD_BEGUN, &secret);
    assert_int_equal(record_check(&ask), 0);
    begun_take(&begun, &ask, &told);
    assert_int_equal(record_check(&told), 0);
    assert_int_equal(told.kind, RECORD_ASK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(record_text(&told, texts[i].field), texts[i].text);
    assert_int_equal(record_number(&told, FIELD_INDEX), 2);
    assert_int_equal(record_number(&told, FIELD_STEP), STEP_CONSOLE_SIGN_IN);
    assert_memory_equal(record_bytes(&told, FIELD_ROLES, &size), roles, sizeof roles);
    assert_memory_equal(record_bytes(&told, FIELD_REGIONS, &size), regions, sizeof regions);
    assert_false(record_has(&told, FIELD_BEGUN));
    record_wipe(&ask);
    record_wipe(&told);
    holds("developer", "key");
}

static int
tear_down(void **state)
{
    (void)state;
    begun_forget(&begun, NULL);
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_found_by_its_role),
        TEST(a_newer_one_takes_its_place),
        TEST(an_ask_without_one_leaves_what_there_is),
        TEST(the_oldest_makes_room),
        TEST(a_quarter_of_an_hour_ends_it),
        TEST(is_forgotten_by_its_role_or_all),
        TEST(the_rest_is_handed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
