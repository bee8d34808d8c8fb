/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/aws_config.h"
#include "common/error.h"
#include "common/wiping.h"

#define BEGIN AWS_CONFIG_BEGIN
#define END AWS_CONFIG_END
#define BLOCK BEGIN "\n[profile audit]\nx = 1\n" END "\n"

static struct aws_config
read_text(enum aws_config_kind kind, const char *text)
{
    struct aws_config config;
    unsigned int line;
    const char *why;

    assert_int_equal(aws_config_read(&config, kind, text, strlen(text), &line, &why), 0);
    return config;
}

static void
assert_merged(const char *text, const char *block, const char *expected)
{
    struct aws_config config = read_text(AWS_CONFIG_PROFILES, text);
    size_t size = 0;
    char *merged = aws_config_merge(&config, block, &size);

    assert_non_null(merged);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(merged, expected, size);
    wiping_free(merged);
}

/* What is there stays to the byte, and a second time changes nothing. */
static void
assert_added(const char *text, const char *expected)
{
    assert_merged(text, BLOCK, expected);
    assert_merged(expected, BLOCK, expected);
}

static void
a_block_is_put_at_the_end(void **state)
{
    (void)state;
    assert_added("", BLOCK);
    assert_added("[default]\nregion = x\n", "[default]\nregion = x\n\n" BLOCK);
    assert_added("[default]\nregion = x", "[default]\nregion = x\n\n" BLOCK);
    assert_added("\n", "\n\n" BLOCK);
    assert_added("[x]\n  a = \xff\x01\n\n\n", "[x]\n  a = \xff\x01\n\n\n\n" BLOCK);
}

static void
a_block_takes_the_place_of_the_one_there(void **state)
{
    (void)state;
    assert_merged("[a]\n" BEGIN "\n[profile old]\n" END "\n[b]\nc", BLOCK, "[a]\n" BLOCK "[b]\nc");
    assert_merged("[a]\n" BEGIN "\n" END, BLOCK, "[a]\n" BLOCK);
    /* Blanks that an editor has put there. */
    assert_merged("  " BEGIN " \t\nx\n" END "  \nrest\n", BLOCK, BLOCK "rest\n");
}

static void
a_block_can_go(void **state)
{
    (void)state;
    assert_merged("[a]\n" BLOCK "[b]\nc", "", "[a]\n[b]\nc");
    assert_merged("[a]\n", "", "[a]\n");
    assert_merged("[a]", "", "[a]");
    assert_merged("", "", "");
}

static void
line_ends_are_those_of_the_text(void **state)
{
    (void)state;
    assert_added("[a]\r\nb = c\r\n",
                 "[a]\r\nb = c\r\n\r\n" BEGIN "\r\n[profile audit]\r\nx = 1\r\n" END "\r\n");
    assert_added("[a]\r\nb = c",
                 "[a]\r\nb = c\r\n\r\n" BEGIN "\r\n[profile audit]\r\nx = 1\r\n" END "\r\n");
}

static void
assert_refused(const char *text, size_t size, unsigned int expected)
{
    struct aws_config config;
    unsigned int line = 99;
    const char *why = NULL;

    assert_int_equal(aws_config_read(&config, AWS_CONFIG_PROFILES, text, size, &line, &why),
                     AWS_ROLE_ERR_SYNTAX);
    assert_non_null(why);
    assert_int_equal(line, expected);
}

static void
what_is_ours_has_to_be_certain(void **state)
{
    static const struct {
        const char *text;
        unsigned int line;
    } bad[] = {
        {"[a]\n" BEGIN "\n[b]\n", 2},                       /* no end */
        {"[a]\n" END "\n", 2},                              /* no beginning */
        {END "\n" BEGIN "\n", 1},                           /* the wrong way round */
        {BLOCK "[a]\n" BLOCK, 6},                           /* twice */
        {BEGIN "\n" BEGIN "\n" END "\n", 2},                /* twice in one another */
        {BEGIN "\n" END "\n" END "\n", 3},
        {"# begin: written by 'aws-role profiles --wr\n" END "\n", 1}, /* cut */
        {BEGIN "\n[a]\n# end: written by 'aws-role profiles", 3},
        {BEGIN "x\n[a]\n" END "\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i].text, strlen(bad[i].text), bad[i].line);
    assert_refused("[a]\nb = \0c\n", 11, 0);
}

static void
a_profile_of_the_persons_is_seen(void **state)
{
    static const char *const texts[] = {
        "[profile audit]",     "[profile audit]\n",     "  [ profile   audit ] # mine\n",
        "[profile \"audit\"]\n", "[profile 'audit']\n", "[profile\taudit]\r\n",
        "a = 1\r[profile audit]\r", "\n\n[x]\n[profile audit]\nb",
        "[profile audit] # ]\n",
    };
    static const char *const others[] = {
        "[audit]\n", "[profile audits]\n", "#[profile audit]\n", "[profile Audit]\n", "[profile\n",
        "x = [profile audit]\n", "[sso-session audit]\n", "profile audit\n", "[]", "[profile ]",
        "[profileaudits]\n", BLOCK, "[default]\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct aws_config config = read_text(AWS_CONFIG_PROFILES, texts[i]);

        if (!aws_config_has_other(&config, "audit"))
            fail_msg("not seen in %s", texts[i]);
        assert_int_equal(aws_config_has_other(&config, "default"), 0);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct aws_config config = read_text(AWS_CONFIG_PROFILES, others[i]);

        if (aws_config_has_other(&config, "audit"))
            fail_msg("seen in %s", others[i]);
    }
}

static void
the_default_has_two_names(void **state)
{
    struct aws_config config = read_text(AWS_CONFIG_PROFILES, "[ default ]\n");

    (void)state;
    assert_int_equal(aws_config_has_other(&config, "default"), 1);
    config = read_text(AWS_CONFIG_PROFILES, "[profile default]\n");
    assert_int_equal(aws_config_has_other(&config, "default"), 1);
    config = read_text(AWS_CONFIG_CREDENTIALS, "[audit]\n");
    assert_int_equal(aws_config_has_other(&config, "audit"), 1);
    assert_int_equal(aws_config_has_other(&config, "default"), 0);
}

static void
ours_and_the_persons_beside_it(void **state)
{
    struct aws_config config = read_text(AWS_CONFIG_PROFILES, BLOCK "[profile audit]\n");

    (void)state;
    assert_int_equal(aws_config_has_other(&config, "audit"), 1);
    config = read_text(AWS_CONFIG_PROFILES, "[profile audit]\n" BLOCK);
    assert_int_equal(aws_config_has_other(&config, "audit"), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_put_at_the_end),
        cmocka_unit_test(a_block_takes_the_place_of_the_one_there),
        cmocka_unit_test(a_block_can_go),
        cmocka_unit_test(line_ends_are_those_of_the_text),
        cmocka_unit_test(what_is_ours_has_to_be_certain),
        cmocka_unit_test(a_profile_of_the_persons_is_seen),
        cmocka_unit_test(the_default_has_two_names),
        cmocka_unit_test(ours_and_the_persons_beside_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
