/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who gets which roles. Groups are asked of the host's own NSS: root and its group, and the groups
 * of whoever runs the test, are there everywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "policy/mapping.h"
#include "tests/unit/config_fixture.h"

#define ROLES                                                                                      \
    "[source s]\ncredential_source = Ec2InstanceMetadata\n"                                        \
    "[defaults]\nsource = s\nrole_arn = arn:aws:iam::123456789012:role/R\n"                        \
    "[role a]\n[role b]\n[role c]\n[role d]\n"

static struct config *config;
static struct mapping mapping;

static int
set_up(void **state)
{
    return config_fixture_make(state);
}

static int
tear_down(void **state)
{
    config_free(config);
    config = NULL;
    return config_fixture_remove(state);
}

static void
load(const char *text)
{
    char whole[8192];

    assert_true(snprintf(whole, sizeof whole, "%s%s", ROLES, text) < (int)sizeof whole);
    config_free(config);
    config = config_fixture_loaded(whole);
}

/* A person whose groups NSS knows nothing of but the primary one. */
static int
find(const char *name, uid_t uid)
{
    const struct person person = {name, uid, 4294967293U};

    return mapping_find(config, &person, &mapping);
}

static void
expect(const char *name, uid_t uid, const char *roles)
{
    char found[512] = "";

    assert_int_equal(find(name, uid), roles[0] == '\0' ? AWS_ROLE_ERR_UNMAPPED : 0);
    for (size_t i = 0; i < mapping.count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i == 0 ? "" : " ",
                 mapping.roles[i].name);
    assert_string_equal(found, roles);
}

static void
test_a_user_by_name(void **state)
{
    (void)state;
    load("[user alice]\nroles = b a\n[user Alice]\nroles = c\n[user none]\nroles =\n"
         "[user DOM\\u]\nroles = d\n[user a b]\nroles = a\n[user a=20b]\nroles = b\n"
         "[user \xc3\xbc]\nroles = c\n[user h$]\nroles = d\n[user x@y]\nroles = a\n");
    expect("alice", 1000, "b a");
    assert_string_equal(mapping.section->name, "alice");
    assert_null(mapping.roles[0].group);
    expect("Alice", 1001, "c");
    expect("aLice", 1002, "");
    assert_null(mapping.section);
    expect("none", 1003, "");
    assert_string_equal(mapping.section->name, "none");
    expect("DOM\\u", 1004, "d");
    expect("a b", 1005, "a");
    expect("a=20b", 1006, "b");
    expect("\xc3\xbc", 1007, "c");
    expect("h$", 1008, "d");
    expect("x@y", 1009, "a");
    expect("x", 1010, "");
}

static void
test_everybody(void **state)
{
    (void)state;
    load("[user *]\nroles = a\n[user bob]\nroles = b\n");
    expect("x", 1000, "a");
    assert_string_equal(mapping.section->name, "*");
    expect("x", 999, "");
    expect("x", 1, "");
    expect("x", 65533, "a");
    expect("x", 65534, "");
    expect("x", 65535, "");
    expect("x", 65536, "a");
    expect("x", 4294967294U, "a");
    expect("x", 4294967295U, "");
    expect("bob", 1000, "b");
    expect("bob", 65534, "b"); /* by name, whoever they are */
    expect("root", 0, "");
    expect("*", 1000, "a");
}

static void
test_uid_0(void **state)
{
    (void)state;
    load("[user toor]\nroles = b\n[user *]\nroles = c\n[group root]\nroles = d\n");
    expect("root", 0, "");
    expect("toor", 0, "");
    load("[user root]\nroles = a\n[user toor]\nroles = b\n");
    expect("root", 0, "a");
    expect("toor", 0, "a");
    /* a name is not enough */
    expect("root", 1000, "");
}

/* Somebody of this host with a primary group that has a name. */
static const struct passwd *
somebody(const char **group)
{
    const struct passwd *person = getpwnam("daemon");
    const struct group *entry;

    if (person == NULL)
        person = getpwuid(getuid());
    if (person == NULL || person->pw_uid == 0)
        return NULL;
    entry = getgrgid(person->pw_gid);
    if (entry == NULL)
        return NULL;
    *group = entry->gr_name;
    return person;
}

static void
test_groups(void **state)
{
    const char *group = NULL;
    const struct passwd *entry = somebody(&group);
    struct person person;
    char text[1024];

    (void)state;
    if (entry == NULL)
        skip();
    person = (struct person){entry->pw_name, entry->pw_uid, entry->pw_gid};
    snprintf(text, sizeof text, "[group no-such-group]\nroles = a\n[group %s]\nroles = c b\n"
             "[user *]\nroles = d\n", group);
    load(text);
    assert_int_equal(mapping_find(config, &person, &mapping), 0);
    assert_int_equal(mapping.count, 2);
    assert_string_equal(mapping.roles[0].name, "c");
    assert_string_equal(mapping.roles[1].name, "b");
    assert_string_equal(mapping.roles[0].group->name, group);
    assert_ptr_equal(mapping.section, mapping.roles[0].group);
    assert_ptr_equal(mapping_role(&mapping, NULL), &mapping.roles[0]);
    assert_ptr_equal(mapping_role(&mapping, "b"), &mapping.roles[1]);
    assert_null(mapping_role(&mapping, "a"));
    assert_null(mapping_role(&mapping, "d"));
    /* a [group] without roles decides as well: [user *] is not asked */
    snprintf(text, sizeof text, "[group %s]\nroles =\n[user *]\nroles = d\n", group);
    load(text);
    person.uid = 1000;
    assert_int_equal(mapping_find(config, &person, &mapping), AWS_ROLE_ERR_UNMAPPED);
    assert_string_equal(mapping.section->name, group);
    /* a [user] decides alone */
    snprintf(text, sizeof text, "[group %s]\nroles = c\n[user %s]\nroles = a\n", group,
             entry->pw_name);
    load(text);
    assert_int_equal(mapping_find(config, &person, &mapping), 0);
    assert_int_equal(mapping.count, 1);
    assert_string_equal(mapping.roles[0].name, "a");
}

/* The two groups of a list of numbers, whatever NSS says of them, in the order of the file. */
static void
test_groups_in_file_order(void **state)
{
    gid_t gids[64];
    int count = 64;
    const struct passwd *entry = NULL;
    char names[2][256] = {"", ""}, text[1024];
    struct person person;

    (void)state;
    /* somebody with two groups: most hosts have nobody below uid 1000 with more than one */
    setpwent();
    while (names[1][0] == '\0' && (entry = getpwent()) != NULL) {
        size_t found = 0;

        count = 64;
        if (entry->pw_uid == 0 || getgrouplist(entry->pw_name, entry->pw_gid, gids, &count) < 2)
            continue;
        for (int i = 0; i < count && found < 2; i++) {
            const struct group *group = getgrgid(gids[i]);

            if (group != NULL)
                snprintf(names[found++], sizeof names[0], "%s", group->gr_name);
        }
        if (found < 2)
            names[1][0] = '\0';
    }
    if (entry == NULL) {
        endpwent();
        skip();
    }
    person = (struct person){entry->pw_name, entry->pw_uid, entry->pw_gid};
    snprintf(text, sizeof text, "[group %s]\nroles = b a\n[group %s]\nroles = a c\n", names[1],
             names[0]);
    load(text);
    assert_int_equal(mapping_find(config, &person, &mapping), 0);
    endpwent();
    assert_int_equal(mapping.count, 3);
    assert_string_equal(mapping.roles[0].name, "b");
    assert_string_equal(mapping.roles[1].name, "a");
    assert_string_equal(mapping.roles[1].group->name, names[1]); /* the first that gives it */
    assert_string_equal(mapping.roles[2].name, "c");
    assert_string_equal(mapping.roles[2].group->name, names[0]);
}

static char lost[2048];

static void
note_lost(void *context, const struct config_section *section, const char *why)
{
    (void)context;
    snprintf(lost + strlen(lost), sizeof lost - strlen(lost), "[%s %s] %s;",
             config_keys_kind_name(section->kind), section->name, why);
}

static void
expect_lost(const struct person *person, const char *text)
{
    lost[0] = '\0';
    assert_true(mapping_find(config, person, &mapping) <= 0);
    assert_int_equal(mapping_explain(config, person, &mapping, note_lost, NULL), 0);
    assert_string_equal(lost, text);
}

static void
test_why_others_lost(void **state)
{
    const char *group = NULL;
    const struct passwd *entry = somebody(&group);
    char text[1024];

    (void)state;
    load("[user bob]\nroles = a\n[user Bob]\nroles = a\n[user *]\nroles = b\n"
         "[user eve]\nroles = c\n");
    expect_lost(&(struct person){"bob", 1000, 1}, "[user Bob] the case of its name is another;"
                                                  "[user *] a [user] of the person's own decides "
                                                  "alone;");
    expect_lost(&(struct person){"x", 1000, 1}, "");
    expect_lost(&(struct person){"x", 999, 1},
                "[user *] it is for uid 1000 and above, without 65534 and 65535;");
    expect_lost(&(struct person){"bob", 0, 0}, "[user bob] uid 0 is mapped by [user root] alone;"
                                               "[user *] uid 0 is mapped by [user root] alone;");
    load("[user root]\nroles = a\n[user x]\nroles = b\n");
    expect_lost(&(struct person){"root", 1000, 1}, "[user root] it is for uid 0 alone;");
    expect_lost(&(struct person){"x", 1000, 1}, "");
    if (entry == NULL)
        return;
    snprintf(text, sizeof text, "[group %s]\nroles = c\n[group none-such]\nroles = c\n"
             "[user *]\nroles = a\n", group);
    load(text);
    expect_lost(&(struct person){entry->pw_name, 1000, entry->pw_gid},
                "[user *] a [group] of the person's comes before it;");
    snprintf(text, sizeof text, "[group %s]\nroles = c\n[user somebody]\nroles = a\n", group);
    load(text);
    snprintf(text, sizeof text, "[group %s] a [user] of the person's own decides alone;", group);
    expect_lost(&(struct person){"somebody", 1000, entry->pw_gid}, text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_user_by_name),
        TEST(test_everybody),
        TEST(test_uid_0),
        TEST(test_groups),
        TEST(test_groups_in_file_order),
        TEST(test_why_others_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
