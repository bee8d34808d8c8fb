/* SPDX-License-Identifier: BSD-3-Clause */
/* Expansions: values of a session in AWS's names, no two of them the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "policy/expand.h"

static const struct session_context session = {
    .user = "ueno",
    .uid = 1007,
    .group = "developers",
    .login = "root",
    .host = "bastion-1",
    .service = "sshd",
    .tty = "pts/3",
    .rhost = "2001:db8::1",
    .caller = "mika@x",
};

static void
expect(const char *text, const char *expanded)
{
    char value[256], why[EXPAND_WHY_MAX];

    assert_int_equal(expand_check(text, why), 0);
    assert_int_equal(expand_value(text, &session, value, sizeof value, why), 0);
    assert_string_equal(value, expanded);
}

static void
test_values(void **state)
{
    (void)state;
    expect("", "");
    expect("plain = text", "plain = text");
    expect("%{user}", "ueno");
    expect("%{uid}/%{group}", "1007/developers");
    expect("%{login}@%{host}", "root@bastion-1");
    expect("<%{service}>", "<sshd>");
    expect("%{tty} %{rhost}", "pts=2F3 2001=3Adb8=3A=3A1");
    expect("%{caller}/%{user}", "mika@x/ueno");
    expect("100%%", "100%");
    expect("%%{user}", "%{user}");
    expect("%%%{user}%%", "%ueno%");
}

/* A byte that ends a value is not in one, and a text with one expansion is as ever. */
static void
test_what_stands_between(void **state)
{
    (void)state;
    expect("%{host}", "bastion-1");
    expect("a-%{host}-b", "a-bastion-1-b");
    expect("%{user}@%{host}", "ueno@bastion-1");
    expect("%{user}-%{host}", "ueno-bastion=2D1");
    expect("%{host}-%{user}", "bastion=2D1-ueno");
    expect("-%{host}/%{user}-", "-bastion-1/ueno-");
    expect("%{host}x-%{user}", "bastion-1x-ueno");
    expect("%{host}/-%{user}", "bastion-1/-ueno");
    expect("%{uid}0%{user}e%{tty}", "1=30=3070u=65no" "epts=2F3");
    expect("%{user}%%%{host}", "ueno%bastion-1");
    expect("%{user}%%-%{host}", "ueno%-bastion-1");
    expect("%{user}-%%%{host}", "ueno-%bastion=2D1");
    expect("%{user} = %{host}", "ueno = bastion-1");
    expect("%{user}=", "ueno=");
    expect("=%{user}", "=ueno");
}

static void
expect_refused(const char *text, const char *words)
{
    char why[EXPAND_WHY_MAX];

    assert_int_equal(expand_check(text, why), AWS_ROLE_ERR_CONFIG);
    assert_non_null(strstr(why, words));
    assert_non_null(strchr(why, '\n'));
}

static void
test_what_is_no_expansion(void **state)
{
    char value[64], why[EXPAND_WHY_MAX];

    (void)state;
    expect_refused("%", "%%");
    expect_refused("%u", "%%");
    expect_refused("50 % of", "%%");
    expect_refused("%{user", "%%");
    expect_refused("%{}", "%{} is no expansion");
    expect_refused("%{User}", "%{User} is no expansion");
    expect_refused("%{user }", "is no expansion");
    expect_refused("%{users}", "is no expansion");
    expect_refused("%{use}", "is no expansion");
    expect_refused("%{ssh_key}", "not in this version");
    expect_refused("%{user}%{host}", "nothing between them");
    expect_refused("%{user}%{user}", "nothing between them");
    expect_refused("a-%{user}-%{uid}%{host}", "nothing between them");
    expect_refused("%{user}=%{host}", "a = right behind an expansion");
    expect_refused("%{user}-%{uid}=x%{host}", "a = right behind an expansion");
    assert_int_equal(expand_value("%{ssh_key}", &session, value, sizeof value, why),
                     AWS_ROLE_ERR_CONFIG);
    assert_int_equal(expand_value("x%", &session, value, sizeof value, why), AWS_ROLE_ERR_CONFIG);
}

static void
test_what_a_text_uses(void **state)
{
    (void)state;
    assert_true(expand_uses("a%{group}b", EXPANSION_GROUP));
    assert_false(expand_uses("a%%{group}b", EXPANSION_GROUP));
    assert_false(expand_uses("%{user}", EXPANSION_GROUP));
    assert_true(expand_uses_any("%{tty}"));
    assert_false(expand_uses_any("%%"));
}

static void
test_a_missing_value_is_not_empty(void **state)
{
    const struct session_context bare = {.user = "ueno", .uid = 1007, .tty = ""};
    char value[64], why[EXPAND_WHY_MAX], name[AWS_NAME_MAX + 1];

    (void)state;
    assert_int_equal(expand_value("%{rhost}", &bare, value, sizeof value, why),
                     AWS_ROLE_ERR_MISSING_VALUE);
    assert_non_null(strstr(why, "%{rhost}"));
    assert_int_equal(expand_value("%{caller}", &bare, value, sizeof value, why),
                     AWS_ROLE_ERR_MISSING_VALUE);
    assert_non_null(strstr(why, "%{caller}"));
    assert_int_equal(expand_value("%{tty}", &bare, value, sizeof value, why),
                     AWS_ROLE_ERR_MISSING_VALUE);
    assert_int_equal(expand_name("%{user}-%{login}", &bare, name, why),
                     AWS_ROLE_ERR_MISSING_VALUE);
    assert_int_equal(expand_value("%{user}", &bare, value, sizeof value, why), 0);
}

static void
test_display_leaves_what_is_not_known(void **state)
{
    const struct session_context nobody = {.for_display = 1, .host = "h"};
    char value[64], why[EXPAND_WHY_MAX], name[AWS_NAME_MAX + 1];

    (void)state;
    assert_int_equal(expand_value("%{user} %{uid} %{host}", &nobody, value, sizeof value, why), 0);
    assert_string_equal(value, "%{user} %{uid} h");
    assert_int_equal(expand_value("x/%{caller}", &nobody, value, sizeof value, why), 0);
    assert_string_equal(value, "x/%{caller}");
    assert_int_equal(expand_name("%{user}", &nobody, name, why), 0);
    assert_string_equal(name, "%{user}");
    assert_int_equal(expand_name("%{host}", &nobody, name, why), 0);
    assert_string_equal(name, "h==0");
}

static void
test_too_long(void **state)
{
    char long_value[EXPAND_VALUE_MAX + 2], value[16], why[EXPAND_WHY_MAX], name[AWS_NAME_MAX + 1];
    struct session_context context = session;

    (void)state;
    assert_int_equal(expand_value("123456789012345", &session, value, sizeof value, why), 0);
    assert_int_equal(expand_value("123456789012%{user}", &session, value, sizeof value, why),
                     AWS_ROLE_ERR_TOO_BIG);
    assert_non_null(strstr(why, "16 bytes"));
    assert_int_equal(strlen(value), 15);
    memset(long_value, 'x', sizeof long_value);
    long_value[EXPAND_VALUE_MAX] = '\0';
    context.rhost = long_value;
    assert_int_equal(expand_name("%{rhost}", &context, name, why), 0);
    assert_int_equal(strlen(name), AWS_NAME_MAX);
    long_value[EXPAND_VALUE_MAX] = 'x';
    long_value[EXPAND_VALUE_MAX + 1] = '\0';
    assert_int_equal(expand_name("%{rhost}", &context, name, why), AWS_ROLE_ERR_TOO_BIG);
    assert_non_null(strstr(why, "%{rhost}"));
}

/* The people of a host who could be mistaken for one another. */
static const struct {
    const char *user;
    uid_t uid;
    const char *name;
} people[] = {
    {"a", 1001, "a==1001"},
    {"b", 1002, "b==1002"},
    {"ab", 1003, "ab"},
    {"abcdefghijklmnopqrstuvwxyz012345", 1004, "abcdefghijklmnopqrstuvwxyz012345"},
    {"DOM\\u", 1005, "DOM=5Cu"},
    {"u@dom", 1006, "u@dom"},
    {"host$", 1007, "host=24"},
    {"a=b", 1008, "a=3Db"},
    {"a=20b", 1009, "a=3D20b"},
    {"a b", 1010, "a=20b"},
    {"\xc3\xbc", 1011, "=C3=BC"},
    {"\xe4\xb8\x8a\xe9\x87\x8e", 1012, "=E4=B8=8A=E9=87=8E"},
    {"Alice", 1013, "Alice"},
    {"alice", 1014, "alice"},
    {"a==1001", 1015, "a=3D=3D1001"},
    {"=", 1016, "=3D"},
    {"\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a"
     "\xe4\xb8\x8a", 1017,
     "=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4===1017"},
    {"\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a\xe4\xb8\x8a"
     "\xe4\xb8\x8b", 1018,
     "=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4=B8=8A=E4===1018"},
};

#define PEOPLE (sizeof people / sizeof people[0])

static void
test_two_people_never_share_a_name(void **state)
{
    char names[PEOPLE][AWS_NAME_MAX + 1], why[EXPAND_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        const struct session_context context = {.user = people[i].user, .uid = people[i].uid};

        assert_int_equal(expand_name("%{user}", &context, names[i], why), 0);
        assert_string_equal(names[i], people[i].name);
        assert_in_range(strlen(names[i]), AWS_NAME_MIN, AWS_NAME_MAX);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
}

/* Two sets of values that a plain join would make the same. */
static const struct {
    const char *text;
    struct session_context one, other;
} pairs[] = {
    {"%{group}-%{user}", {.group = "dev", .user = "ops-ann"}, {.group = "dev-ops", .user = "ann"}},
    {"%{user}-%{rhost}", {.user = "a", .rhost = "b-c"}, {.user = "a-b", .rhost = "c"}},
    {"%{user}-%{rhost}", {.user = "a", .rhost = "-b"}, {.user = "a-", .rhost = "b"}},
    {"%{user}--%{rhost}", {.user = "a-", .rhost = "b"}, {.user = "a", .rhost = "-b"}},
    {"%{user}-x%{rhost}", {.user = "a", .rhost = "b-xc"}, {.user = "a-xb", .rhost = "c"}},
    {"%{user}-%{host}.%{tty}", {.user = "a", .host = "b", .tty = "c.d-e.f"},
     {.user = "a-b.c", .host = "d-e", .tty = "f"}},
    {"%{user}-%{host}.%{tty}", {.user = "a", .host = "b-c", .tty = "d"},
     {.user = "a-b", .host = "c", .tty = "d"}},
    {"%{user}@%{host}", {.user = "u@dom", .host = "h"}, {.user = "u", .host = "dom@h"}},
    {"%{user}A%{host}", {.user = "\xaa", .host = "b"}, {.user = "\xaa" "Ab", .host = "b"}},
    {"%{user}A%{host}", {.user = "\x0a", .host = "b"}, {.user = "=0", .host = "b"}},
    {"%{user}2%{host}", {.user = "x", .host = "y2z"}, {.user = "x2y", .host = "z"}},
    {"%{uid}1%{user}", {.uid = 1012, .user = "x"}, {.uid = 10, .user = "21x"}},
    {"%{caller}-%{user}", {.caller = "a", .user = "b-c"}, {.caller = "a-b", .user = "c"}},
    {"%{uid}1%{user}", {.uid = 10, .user = "01x"}, {.uid = 1010, .user = "x"}},
};

static void
test_two_sets_of_values_never_become_one(void **state)
{
    char one[64], other[64], why[EXPAND_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *text = pairs[i].text;

        assert_int_equal(expand_check(text, why), 0);
        assert_int_equal(expand_value(text, &pairs[i].one, one, sizeof one, why), 0);
        assert_int_equal(expand_value(text, &pairs[i].other, other, sizeof other, why), 0);
        assert_string_not_equal(one, other);
        assert_int_equal(expand_name(text, &pairs[i].one, one, why), 0);
        assert_int_equal(expand_name(text, &pairs[i].other, other, why), 0);
        assert_string_not_equal(one, other);
    }
    assert_int_equal(expand_value(pairs[0].text, &pairs[0].one, one, sizeof one, why), 0);
    assert_string_equal(one, "dev-ops=2Dann");
    assert_int_equal(expand_value(pairs[0].text, &pairs[0].other, one, sizeof one, why), 0);
    assert_string_equal(one, "dev=2Dops-ann");
}

/* Texts that every two short values are put into. */
static const char *const joins[] = {"%{user}-%{rhost}", "%{user}--%{rhost}", "%{user}a%{rhost}",
                                    "%{user}-a%{rhost}", "%{user}a=%{rhost}", "%{user}2%{rhost}"};

static const char alphabet[] = "-a2=";

#define SHORT_VALUES (4 + 4 * 4 + 4 * 4 * 4)
#define JOINED_MAX 32

/* The values of 1 to 3 bytes of the alphabet. */
static void
short_value(size_t number, char value[4])
{
    size_t length = 1, count = 4;

    for (; number >= count; count *= 4, length++)
        number -= count;
    for (size_t i = 0; i < length; i++, number /= 4)
        value[i] = alphabet[number % 4];
    value[length] = '\0';
}

static int
compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

static void
test_no_two_short_values_become_one(void **state)
{
    static char joined[SHORT_VALUES * SHORT_VALUES][JOINED_MAX];
    char user[4], rhost[4], why[EXPAND_WHY_MAX];

    (void)state;
    for (size_t j = 0; j < sizeof joins / sizeof joins[0]; j++) {
        assert_int_equal(expand_check(joins[j], why), 0);
        for (size_t i = 0; i < SHORT_VALUES * SHORT_VALUES; i++) {
            const struct session_context context = {.user = user, .rhost = rhost};

            short_value(i / SHORT_VALUES, user);
            short_value(i % SHORT_VALUES, rhost);
            assert_int_equal(expand_value(joins[j], &context, joined[i], JOINED_MAX, why), 0);
        }
        qsort(joined, SHORT_VALUES * SHORT_VALUES, JOINED_MAX, compare);
        for (size_t i = 1; i < SHORT_VALUES * SHORT_VALUES; i++)
            assert_string_not_equal(joined[i - 1], joined[i]);
    }
}

static void
test_a_name_is_fitted_as_a_whole(void **state)
{
    char name[AWS_NAME_MAX + 1], why[EXPAND_WHY_MAX], text[128];
    struct session_context context = session;

    (void)state;
    context.user = "a";
    assert_int_equal(expand_name("x%{user}", &context, name, why), 0);
    assert_string_equal(name, "xa");
    assert_int_equal(expand_name("x", &context, name, why), 0);
    assert_string_equal(name, "x==1007");
    snprintf(text, sizeof text, "%063d%%{user}", 0);
    assert_int_equal(expand_name(text, &context, name, why), 0);
    assert_int_equal(strlen(name), 64);
    assert_string_equal(name + 62, "0a");
    context.user = "bb";
    assert_int_equal(expand_name(text, &context, name, why), 0);
    assert_int_equal(strlen(name), 64);
    assert_string_equal(name + 57, "0==1007");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_stands_between),
        cmocka_unit_test(test_what_is_no_expansion),
        cmocka_unit_test(test_what_a_text_uses),
        cmocka_unit_test(test_a_missing_value_is_not_empty),
        cmocka_unit_test(test_display_leaves_what_is_not_known),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_two_people_never_share_a_name),
        cmocka_unit_test(test_two_sets_of_values_never_become_one),
        cmocka_unit_test(test_no_two_short_values_become_one),
        cmocka_unit_test(test_a_name_is_fitted_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
