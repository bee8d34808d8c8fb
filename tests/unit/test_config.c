/* SPDX-License-Identifier: BSD-3-Clause */
/* Loading a configuration: which files, what is refused where and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/unit/config_fixture.h"

#define SOURCE "[source s]\ncredential_source = Ec2InstanceMetadata\n"
#define ARN "role_arn = arn:aws:iam::123456789012:role/R\n"

/* The sample of the design, with its comment. */
static const char sample[] = "# /etc/aws-role/aws-role.conf\n"
                             "[defaults]\n"
                             "region = ap-northeast-1\n"
                             "duration_seconds = 3600\n"
                             "source = instance\n"
                             "\n"
                             "[source instance]\n"
                             "credential_source = Ec2InstanceMetadata\n"
                             "\n"
                             "[role developer]\n"
                             "role_arn = arn:aws:iam::123456789012:role/Developer\n"
                             "\n"
                             "[role audit]\n"
                             "role_arn = arn:aws:iam::210987654321:role/people/%{user}\n"
                             "source_identity = %{user}\n"
                             "\n"
                             "[group developers]\n"
                             "roles = developer audit        "
                             "# the first is taken at login, the others by name\n"
                             "\n"
                             "[user ueno]\n"
                             "roles = audit\n";

static void
test_sample(void **state)
{
    struct config *config = config_fixture_loaded(sample);
    const struct config_section *audit = config_find(config, SECTION_ROLE, "audit");
    const struct config_section *group = config_find(config, SECTION_GROUP, "developers");
    const struct config_entry *base;

    (void)state;
    assert_int_equal(config->section_count, 6);
    assert_int_equal(config->file_count, 1);
    assert_true(config->files[0].identity.inode != 0);
    assert_int_equal(config->files[0].identity.size, strlen(sample));
    assert_non_null(audit);
    assert_int_equal(audit->line, 13);
    assert_string_equal(audit->file, config_fixture_paths.main_file);
    assert_string_equal(config_value(config, group, KEY_ROLES), "developer audit");
    assert_string_equal(config_value(config, audit, KEY_REGION), "ap-northeast-1");
    assert_null(config_own(config, audit, KEY_REGION));
    base = config_base(config, audit);
    assert_int_equal(base->key, KEY_SOURCE);
    assert_string_equal(base->value, "instance");
    assert_int_equal(base->line, 5);
    assert_null(config_find(config, SECTION_ROLE, "Audit"));
    assert_null(config_find(config, SECTION_USER, "developers"));
    config_free(config);
}

static void
test_bytes_of_a_file(void **state)
{
    char *long_line = malloc(71000);

    (void)state;
    assert_non_null(long_line);
    config_fixture_write_bytes("main.conf", "[defaults]\nregion = a\0b\n", 24);
    config_fixture_expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 2, "NUL");
    memset(long_line, 'x', 71000);
    memcpy(long_line, "[role a]\npolicy = ", 18);
    config_fixture_write_bytes("main.conf", long_line, 71000);
    config_fixture_expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 2, "a line of 70991 bytes");
    config_fixture_write("main.conf", "[user a]\nroles = x\n  y\n");
    config_fixture_expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 3, "indented");
    config_fixture_write("main.conf", "[defaults]\nregion\n");
    config_fixture_expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 2, "\"region\" is no section");
    free(long_line);
}

static void
test_files_and_their_order(void **state)
{
    struct config *config;

    (void)state;
    /* nothing at all */
    config_fixture_expect_failure(AWS_ROLE_ERR_NOT_FOUND, "main.conf", 0, "does not exist");
    /* the vendor's, as long as there is neither of the others */
    config_fixture_write("vendor.conf", "[user vendor]\nroles =\n");
    assert_int_equal(config_fixture_load(&config), 0);
    assert_non_null(config_find(config, SECTION_USER, "vendor"));
    config_free(config);
    /* a drop-in is enough; others than *.conf are not read */
    config_fixture_write("conf.d/B.conf", "[user b]\nroles =\n");
    config_fixture_write("conf.d/a.conf", "[user a]\nroles =\n");
    config_fixture_write("conf.d/10.conf", "[user ten]\nroles =\n");
    config_fixture_write("conf.d/.hidden.conf", "[user b]\nroles =\n");
    config_fixture_write("conf.d/a.conf.dpkg-old", "[user b]\nroles =\n");
    config_fixture_write("conf.d/README", "not a configuration");
    assert_int_equal(config_fixture_load(&config), 0);
    assert_null(config_find(config, SECTION_USER, "vendor"));
    assert_int_equal(config->section_count, 3);
    config_free(config);
    /* the main file first, then bytes decide */
    config_fixture_write("main.conf", "[user main]\nroles =\n");
    assert_int_equal(config_fixture_load(&config), 0);
    assert_int_equal(config->section_count, 4);
    assert_string_equal(config->sections[0].name, "main");
    assert_string_equal(config->sections[1].name, "ten");
    assert_string_equal(config->sections[2].name, "b");
    assert_string_equal(config->sections[3].name, "a");
    assert_string_equal(config->files[1].path, config_fixture_path("conf.d/10.conf"));
    config_free(config);
    /* a path of one's own means that file */
    config_fixture_paths.drop_in_folder = NULL;
    assert_int_equal(config_fixture_load(&config), 0);
    assert_int_equal(config->section_count, 1);
    config_free(config);
    assert_int_equal(remove(config_fixture_path("main.conf")), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_NOT_FOUND, "main.conf", 0, "does not exist");
}

static void
test_duplicates_across_files_name_both(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "\n[user a]\nroles =\n");
    config_fixture_write("conf.d/x.conf", "[user b]\nroles =\n[user a]\nroles =\n");
    config_fixture_expect_failure(AWS_ROLE_ERR_CONFIG, "conf.d/x.conf", 3,
    "[user a] is there twice: also at ");
    assert_non_null(strstr(config_fixture_problems.list[0].what, "main.conf:2"));
}

static void
test_errors_of_all_files_are_told(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "[user a\n");
    config_fixture_write("conf.d/1.conf", "[user b]\nrolls =\n");
    config_fixture_write("conf.d/2.conf", "word\n");
    config_fixture_expect_failure(AWS_ROLE_ERR_SYNTAX, "main.conf", 1, "does not end in ]");
    assert_int_equal(config_fixture_problems.count, 3);
    assert_string_equal(config_fixture_problems.list[2].file, config_fixture_path("conf.d/2.conf"));
}

static int
check_content(const char *name, enum config_place place)
{
    struct config *config;
    int r;

    problems_free(&config_fixture_problems);
    r = config_check_content(&config_fixture_paths, &config_fixture_trust,
                             config_fixture_path(name), place, &config, &config_fixture_problems);
    assert_true((r == 0) == (config != NULL));
    config_free(config);
    return r;
}

static void
test_files_that_cannot_be_trusted(void **state)
{
    const char *main_file = config_fixture_paths.main_file;

    (void)state;
    config_fixture_write("main.conf", "[user a]\nroles =\n");
    assert_int_equal(chmod(main_file, 0664), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "mode 0664");
    assert_int_equal(strncmp(config_fixture_problems.list[0].what, "has mode", 8), 0);
    assert_non_null(strstr(config_fixture_problems.list[0].mend, "chmod"));
    /* nor does a check of other content believe it */
    config_fixture_write("new", "[user b]\nroles =\n");
    assert_int_equal(check_content("new", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(chmod(config_fixture_paths.drop_in_folder, 0777), 0);
    assert_int_equal(check_content("new", CONFIG_PLACE_MAIN), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(chmod(config_fixture_paths.drop_in_folder, 0755), 0);
    assert_int_equal(chmod(main_file, 0644), 0);
    config_fixture_trust.owner++;
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "belongs to");
    config_fixture_trust.owner--;
    assert_int_equal(rename(main_file, config_fixture_path("elsewhere.conf")), 0);
    assert_int_equal(symlink("elsewhere.conf", main_file), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "symbolic link");
    assert_int_equal(remove(main_file), 0);
    assert_int_equal(mkfifo(main_file, 0644), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "main.conf", 0, "not a regular file");
    assert_int_equal(remove(main_file), 0);
    config_fixture_write("conf.d/x.conf", "[user a]\nroles =\n");
    assert_int_equal(chmod(config_fixture_paths.drop_in_folder, 0777), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "conf.d", 0, "mode 0777");
    assert_int_equal(chmod(config_fixture_paths.drop_in_folder, 0755), 0);
    assert_int_equal(symlink("/dev/null", config_fixture_path("conf.d/y.conf")), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "conf.d/y.conf", 0, "symbolic link");
    assert_int_equal(remove(config_fixture_path("conf.d/y.conf")), 0);
    assert_int_equal(mkdir(config_fixture_path("conf.d/y.conf"), 0755), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_UNTRUSTED, "conf.d/y.conf", 0, "not a regular file");
}

static void
test_a_file_that_is_too_large(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "");
    assert_int_equal(truncate(config_fixture_paths.main_file, CONFIG_FILE_SIZE_MAX + 1), 0);
    config_fixture_expect_failure(AWS_ROLE_ERR_TOO_BIG, "main.conf", 0, "larger than");
}

#define ROLE_A SOURCE "[role a]\nsource = s\n" ARN

static void
test_content_of_a_main_file(void **state)
{
    (void)state;
    config_fixture_write("main.conf", "[user old");
    config_fixture_write("conf.d/x.conf", "[user x]\nroles = a\n");
    config_fixture_write("new", ROLE_A);
    assert_int_equal(chmod(config_fixture_path("new"), 0666), 0);
    assert_int_equal(check_content("new", CONFIG_PLACE_MAIN), 0);
    config_fixture_write("new", "[role b]\n" ARN "source = s\n" SOURCE);
    assert_int_equal(check_content("new", CONFIG_PLACE_MAIN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("conf.d/x.conf"));
    assert_int_equal(check_content("nothing", CONFIG_PLACE_MAIN), AWS_ROLE_ERR_NOT_FOUND);
    assert_int_equal(config_fixture_problems.count, 1);
}

static void
test_content_of_a_drop_in(void **state)
{
    (void)state;
    config_fixture_write("main.conf", ROLE_A);
    assert_int_equal(mkdir(config_fixture_path("tmp"), 0777), 0);
    /* it may name what the installed files have */
    config_fixture_write("tmp/new", "[user x]\nroles = a\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), 0);
    config_fixture_write("tmp/new", "[user x]\nroles = b\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("tmp/new"));
    /* an older version of it is not in its way, even one that does not parse */
    config_fixture_write("conf.d/x.conf", "[user x]\nroles = a\nword\n");
    config_fixture_write("tmp/new", "[user x]\nroles =\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), 0);
    config_fixture_write("conf.d/x.conf", "[user old]\nword\n");
    config_fixture_write("tmp/x.conf", "[user x]\nroles =\n");
    assert_int_equal(check_content("tmp/x.conf", CONFIG_PLACE_DROP_IN), 0);
    /* a validator's temporary name is read last: nothing is taken for the folder's hidden files */
    config_fixture_write("tmp/.x.conf", "[user x]\nroles = b\n");
    assert_int_equal(check_content("tmp/.x.conf", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_SYNTAX);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("conf.d/x.conf"));
    config_fixture_write("conf.d/x.conf", "[user old]\nroles =\n");
    assert_int_equal(check_content("tmp/.x.conf", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("tmp/.x.conf"));
    /* what the main file has, or another drop-in beside its older version, is there twice */
    config_fixture_write("tmp/x.conf", "[role a]\n" ARN);
    assert_int_equal(check_content("tmp/x.conf", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    config_fixture_write("conf.d/z.conf", "[user z]\nroles =\n");
    config_fixture_write("tmp/x.conf", "[user z]\nroles =\n");
    assert_int_equal(check_content("tmp/x.conf", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_CONFIG);
    assert_string_equal(config_fixture_problems.list[0].file, config_fixture_path("conf.d/z.conf"));
    assert_int_equal(check_content("tmp/none", CONFIG_PLACE_DROP_IN), AWS_ROLE_ERR_NOT_FOUND);
    assert_int_equal(config_fixture_problems.count, 1);
    /* a first drop-in, with no folder yet */
    config_fixture_paths.drop_in_folder = config_fixture_path("none.d");
    config_fixture_write("tmp/new", "[user x]\nroles = a\n");
    assert_int_equal(check_content("tmp/new", CONFIG_PLACE_DROP_IN), 0);
}

#define MANY 10000

static void
test_ten_thousand_sections(void **state)
{
    size_t room = MANY * 160, used = 0;
    char *text = malloc(room), name[32];
    struct config *config;

    (void)state;
    assert_non_null(text);
    used += (size_t)snprintf(text, room, "[defaults]\nsource = s\n" SOURCE);
    for (int i = 0; i < MANY / 2; i++)
        used += (size_t)snprintf(text + used, room - used,
                                 "[role r%d]\n" ARN "[user u%d]\nroles = r%d\n", i, i, i);
    config_fixture_write("main.conf", text);
    assert_int_equal(config_fixture_load(&config), 0);
    assert_int_equal(config->section_count, MANY + 2);
    for (int i = 0; i < MANY / 2; i++) {
        snprintf(name, sizeof name, "u%d", i);
        assert_non_null(config_find(config, SECTION_USER, name));
    }
    config_free(config);
    free(text);
}

static void
test_words(void **state)
{
    const char *list = "  one\ttwo  three ";
    char word[4];

    (void)state;
    list = config_next_word(list, word, sizeof word);
    assert_string_equal(word, "one");
    list = config_next_word(list, word, sizeof word);
    assert_string_equal(word, "two");
    list = config_next_word(list, word, sizeof word);
    assert_string_equal(word, "thr");
    assert_null(config_next_word(list, word, sizeof word));
    assert_null(config_next_word("", word, sizeof word));
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_make, config_fixture_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sample),
        TEST(test_bytes_of_a_file),
        TEST(test_files_and_their_order),
        TEST(test_duplicates_across_files_name_both),
        TEST(test_errors_of_all_files_are_told),
        TEST(test_files_that_cannot_be_trusted),
        TEST(test_a_file_that_is_too_large),
        TEST(test_content_of_a_main_file),
        TEST(test_content_of_a_drop_in),
        TEST(test_ten_thousand_sections),
        TEST(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
