/* SPDX-License-Identifier: BSD-3-Clause */
/* The syntax of aws-role.conf(5): what is taken, and with which words the rest is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "policy/syntax.h"

/* What the handlers were called with: "line[kind|name]" and "line key|value;" after one another. */
static char seen[4096];
static size_t calls;
static struct problems problems;

static int
see_section(void *context, const char *kind, const char *name, unsigned int line)
{
    size_t used = strlen(seen);

    (void)context;
    calls++;
    snprintf(seen + used, sizeof seen - used, "%u[%s|%s]", line, kind, name);
    return 0;
}

static int
see_entry(void *context, const char *key, const char *value, unsigned int line)
{
    size_t used = strlen(seen);

    (void)context;
    calls++;
    snprintf(seen + used, sizeof seen - used, "%u %s|%s;", line, key, value);
    return 0;
}

static int
parse_bytes(const char *bytes, size_t size)
{
    const struct syntax_handler handler = {see_section, see_entry, NULL};
    char *content = malloc(size + 1);
    int r;

    assert_non_null(content);
    memcpy(content, bytes, size);
    content[size] = '\0';
    seen[0] = '\0';
    calls = 0;
    problems_free(&problems);
    r = syntax_parse("test.conf", content, size, &handler, &problems);
    free(content);
    return r;
}

static int
parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void
expect(const char *text, const char *calls_seen)
{
    assert_int_equal(parse(text), 0);
    assert_int_equal(problems_count(&problems), 0);
    assert_string_equal(seen, calls_seen);
}

/* One error, in that line, with these words. */
static void
expect_error(const char *text, unsigned int line, const char *what)
{
    assert_int_equal(parse(text), AWS_ROLE_ERR_SYNTAX);
    assert_int_equal(problems_count(&problems), 1);
    assert_string_equal(problems.list[0].file, "test.conf");
    assert_int_equal(problems.list[0].line, line);
    assert_non_null(strstr(problems.list[0].what, what));
    assert_null(strstr(problems.list[0].what, "\\x0A"));
    assert_true(strlen(problems.list[0].mend) > 0);
    assert_null(strstr(problems.list[0].mend, "\\x0A"));
}

static int
forget(void **state)
{
    (void)state;
    problems_free(&problems);
    return 0;
}

static void
test_sections_and_entries(void **state)
{
    (void)state;
    expect("", "");
    expect("\n\n", "");
    expect("[defaults]\nregion=a\n", "1[defaults|]2 region|a;");
}

static void
test_names_are_taken_as_they_are(void **state)
{
    (void)state;
    expect("[user Alice]\n[user alice]\n", "1[user|Alice]2[user|alice]");
    expect("[user DOM\\u]", "1[user|DOM\\u]");
    expect("[user a@b]", "1[user|a@b]");
    expect("[user host$]", "1[user|host$]");
    expect("[user a=b]", "1[user|a=b]");
    expect("[user a b  c]", "1[user|a b  c]");
    expect("[user a=20b]\n[user a b]", "1[user|a=20b]2[user|a b]");
    expect("[user \xc3\xbc]", "1[user|\xc3\xbc]");
    expect("[user x]y]", "1[user|x]y]");
    expect("[user\tx]", "1[user|x]");
}

static void
test_values(void **state)
{
    (void)state;
    expect("[role a]\n  \t \nk =  v w  \t\nl=\nm = a = b\n",
           "1[role|a]3 k|v w;4 l|;5 m|a = b;");
    expect("[a]\nk = \"v\"\n", "1[a|]2 k|\"v\";");
    expect("[a]\r\nk = v\r\n\r\nl = w", "1[a|]2 k|v;4 l|w;");
}

static void
test_comments(void **state)
{
    (void)state;
    expect("# one\n; two\n#\n[a] # three\nk = v # four\nl = w ; five\n", "4[a|]5 k|v;6 l|w;");
    expect("[a]\nk = v#w;x\nl = #\nm = v\t# w\nn =#x", "1[a|]2 k|v#w;x;3 l|;4 m|v;5 n|#x;");
    expect("[a]\nregion = a # b\nregio = a # b\n", "1[a|]2 region|a;3 regio|a;");
    expect("[user a#b]", "1[user|a#b]");
    expect("[role a]\npolicy = {\"a\": \"b # c ; d\"}\n",
           "1[role|a]2 policy|{\"a\": \"b # c ; d\"};");
    expect("[role a]\npolicy_arns = x # y\npolicy=z #\n", "1[role|a]2 policy_arns|x;3 policy|z #;");
}

static void
test_broken_headers(void **state)
{
    (void)state;
    expect_error("[role a\n", 1, "does not end in ]");
    expect_error("\n[]\n", 2, "kind of section");
    expect_error("[ role a]", 1, "kind of section");
    expect_error("[role ]", 1, "without a name");
    expect_error("[role a ]", 1, "blank");
    expect_error("[role  a]", 1, "blank");
    expect_error("[role a] b", 1, "does not end in ]");
    expect_error("[role a]# b", 1, "does not end in ]");
    /* What stands below a header that is wrong is nobody's, and no error of its own. */
    expect_error("[role a\nk = v\n[role b]\nl = w\n", 1, "does not end in ]");
    assert_string_equal(seen, "3[role|b]4 l|w;");
}

static void
test_broken_entries(void **state)
{
    (void)state;
    expect_error("k = v\n[a]\n", 1, "before the first section");
    expect_error("[a]\nword\n", 2, "no section, no entry");
    expect_error("[a]\nword # k = v\n", 2, "no section, no entry");
    expect_error("[a]\n= v\n", 2, "no key");
    expect_error("[a]\ntwo words = v\n", 2, "no key");
    assert_string_equal(seen, "1[a|]");
}

static void
test_indented_lines(void **state)
{
    (void)state;
    expect_error("[a]\nk = v\n  w\n", 3, "indented");
    expect_error("[a]\n\tk = v\n", 2, "indented");
    expect_error(" [a]\n", 1, "indented");
    expect_error("[a]\n # comment\n", 2, "indented");
}

static void
test_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse_bytes("[a]\nk = v\0w\nl = x\n", 18), AWS_ROLE_ERR_SYNTAX);
    assert_int_equal(problems.list[0].line, 2);
    assert_non_null(strstr(problems.list[0].what, "NUL"));
    assert_string_equal(seen, "1[a|]3 l|x;");
    assert_int_equal(parse_bytes("# \0\n", 4), AWS_ROLE_ERR_SYNTAX);
    expect_error("[a]\nk = \x1b[31m\n", 2, "control character 0x1B");
    expect_error("[a]\nk = a\rb\n", 2, "control character 0x0D");
    expect_error("[a]\nk = \x7f\n", 2, "control character 0x7F");
    expect_error("\xef\xbb\xbf[a]\n", 1, "byte order mark");
    assert_string_equal(seen, "1[a|]");
}

static void
test_utf8(void **state)
{
    static const char *const bad[] = {
        "\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xe2\x82(",
        "\xf0\x9f\x94(", "\xf0\x9f(\x91", "\xe2\x82\xc0", "\xe0\x9f\xbf",
    };
    char text[64];

    (void)state;
    expect("# \xc2\xa0 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", "");
    expect("# \xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x91 \xef\xbf\xbd\n", "");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "[a]\n# %s\n", bad[i]);
        expect_error(text, 2, "not UTF-8");
    }
}

static void
test_long_lines(void **state)
{
    size_t size = 4 + 70 * 1024;
    char *text = malloc(size + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = '\0';
    memcpy(text, "[a]\nk = ", 8);
    assert_int_equal(parse(text), AWS_ROLE_ERR_SYNTAX);
    assert_int_equal(problems.list[0].line, 2);
    assert_non_null(strstr(problems.list[0].what, "71680 bytes"));
    text[4 + SYNTAX_LINE_MAX] = '\0';
    assert_int_equal(parse(text), 0);
    text[4 + SYNTAX_LINE_MAX] = 'x';
    text[4 + SYNTAX_LINE_MAX + 1] = '\0';
    assert_int_equal(parse(text), AWS_ROLE_ERR_SYNTAX);
    free(text);
}

static void
test_every_error_is_told(void **state)
{
    (void)state;
    assert_int_equal(parse("word\n[a\n x\n[b]\nk = v\n\x01\n"), AWS_ROLE_ERR_SYNTAX);
    assert_int_equal(problems.count, 4);
    assert_int_equal(problems.list[3].line, 6);
    assert_string_equal(seen, "4[b|]5 k|v;");
}

static void
test_messages_are_plain_and_bounded(void **state)
{
    char text[1024] = "[a]\n";

    (void)state;
    memset(text + 4, 'x', 900);
    expect_error(text, 2, "...");
    assert_true(strlen(problems.list[0].what) < 200);
    /* U+009B begins a terminal's command, as ESC [ does. */
    expect_error("[a]\n\xc2\x9b" "31m\n", 2, "\\xC2\\x9B31m");
}

static int
stop_at_section(void *context, const char *kind, const char *name, unsigned int line)
{
    (void)see_section(context, kind, name, line);
    return AWS_ROLE_ERR_MEMORY;
}

static void
test_a_handler_ends_the_parse(void **state)
{
    const struct syntax_handler handler = {stop_at_section, see_entry, NULL};
    char text[] = "[a]\n[b]\n";

    (void)state;
    seen[0] = '\0';
    problems_free(&problems);
    assert_int_equal(syntax_parse("f", text, strlen(text), &handler, &problems),
                     AWS_ROLE_ERR_MEMORY);
    assert_string_equal(seen, "1[a|]");
}

static void
test_problems_are_bounded(void **state)
{
    char text[4096] = "";

    (void)state;
    for (size_t i = 0; i < 2 * PROBLEMS_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " x\n");
    assert_int_equal(parse(text), AWS_ROLE_ERR_SYNTAX);
    assert_int_equal(problems.count, PROBLEMS_MAX);
    assert_int_equal(problems.unlisted, PROBLEMS_MAX);
    assert_int_equal(problems_count(&problems), 2 * PROBLEMS_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_sections_and_entries, forget),
        cmocka_unit_test_teardown(test_names_are_taken_as_they_are, forget),
        cmocka_unit_test_teardown(test_values, forget),
        cmocka_unit_test_teardown(test_comments, forget),
        cmocka_unit_test_teardown(test_broken_headers, forget),
        cmocka_unit_test_teardown(test_broken_entries, forget),
        cmocka_unit_test_teardown(test_indented_lines, forget),
        cmocka_unit_test_teardown(test_bytes, forget),
        cmocka_unit_test_teardown(test_utf8, forget),
        cmocka_unit_test_teardown(test_long_lines, forget),
        cmocka_unit_test_teardown(test_every_error_is_told, forget),
        cmocka_unit_test_teardown(test_messages_are_plain_and_bounded, forget),
        cmocka_unit_test_teardown(test_a_handler_ends_the_parse, forget),
        cmocka_unit_test_teardown(test_problems_are_bounded, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
