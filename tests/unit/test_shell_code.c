/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/shell_code.h"
#include "common/error.h"
#include "fake_agent.h"

/* What runs a shell on the code that is in the file $code, and then shows the variable VALUE. */
struct evaluation {
    const char *program;
    enum shell_code shell;
    const char *command;
};

static const struct evaluation evaluations[] = {
    {"dash", SHELL_CODE_SH, "dash -c 'eval \"$(cat $code)\"; printenv VALUE'"},
    {"bash", SHELL_CODE_SH, "bash -c 'eval \"$(cat $code)\"; printenv VALUE'"},
    {"bash", SHELL_CODE_SH, "bash --norc -c 'set -Hu; eval \"$(cat $code)\"; printenv VALUE'"},
    {"zsh", SHELL_CODE_SH, "zsh -f -c 'eval \"$(cat $code)\"; printenv VALUE'"},
    {"zsh", SHELL_CODE_SH,
     "zsh -f -c 'setopt rc_quotes bang_hist no_unset; eval \"$(cat $code)\"; printenv VALUE'"},
    {"fish", SHELL_CODE_FISH, "fish -N -c 'eval (cat $code); printenv VALUE'"},
    {"fish", SHELL_CODE_FISH, "fish -N -c 'cat $code | source; printenv VALUE'"},
    {"tcsh", SHELL_CODE_CSH, "tcsh -f -c 'eval \"`cat $code`\"; printenv VALUE'"},
    {"tcsh", SHELL_CODE_CSH, "tcsh -f -c 'source $code; printenv VALUE'"},
    {"pwsh", SHELL_CODE_POWERSHELL,
     "pwsh -NoProfile -Command 'Invoke-Expression (Get-Content -Raw $env:code); $env:VALUE'"},
};

static int
is_installed(const char *program)
{
    char *command = NULL, *said;
    int is;

    assert_true(asprintf(&command, "command -v %s", program) > 0);
    said = output_of(command, "");
    is = said[0] == '/';
    free(said);
    free(command);
    return is;
}

/* What VALUE is in a shell that has evaluated the code; freed by the caller. */
static char *
evaluate(const struct evaluation *evaluation, const char *code)
{
    char path[] = "/tmp/test_shell_code.XXXXXX", *said;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, code, strlen(code)), strlen(code));
    close(fd);
    setenv("code", path, 1);
    said = output_of(evaluation->command, "");
    unlink(path);
    return said;
}

/* What a function prints; freed by the caller. */
static char *
code_of(void (*print)(enum shell_code, const char *, const char *, FILE *), enum shell_code shell,
        const char *value)
{
    char *code = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&code, &size);

    assert_non_null(out);
    print(shell, "VALUE", value, out);
    fclose(out);
    return code;
}

static void
assert_survives(const char *value)
{
    char *expected = NULL;
    size_t tried = 0;

    assert_true(asprintf(&expected, "%s\n", value) > 0);
    for (size_t i = 0; i < sizeof evaluations / sizeof evaluations[0]; i++) {
        char *code, *said;

        if (!is_installed(evaluations[i].program))
            continue;
        code = code_of(shell_code_export, evaluations[i].shell, value);
        said = evaluate(&evaluations[i], code);
        if (strcmp(said, expected) != 0)
            fail_msg("%s of %s makes %s", evaluations[i].command, code, said);
        free(said);
        free(code);
        tried++;
    }
    assert_true(tried > 0);
    free(expected);
}

static void
every_printable_byte_survives(void **state)
{
    char value['~' - ' ' + 2] = {0};

    (void)state;
    for (int byte = ' '; byte <= '~'; byte++)
        value[byte - ' '] = (char)byte;
    assert_survives(value);
}

static void
every_printable_byte_survives_alone_doubled_and_last(void **state)
{
    (void)state;
    assert_survives("'");
    assert_survives("''");
    assert_survives("a'''b\\");
    assert_survives("\\'");
    assert_survives("!!");
    assert_survives("a!b!$HOME`id`$(id)");
    assert_survives("\\");
    assert_survives("\\\\!");
    assert_survives("x'; echo pwned; '");
}

static void
unset_means_gone(void **state)
{
    (void)state;
    setenv("VALUE", "x", 1);
    for (size_t i = 0; i < sizeof evaluations / sizeof evaluations[0]; i++) {
        char *code = NULL, *said;
        size_t size = 0;
        FILE *out;

        if (!is_installed(evaluations[i].program))
            continue;
        out = open_memstream(&code, &size);
        shell_code_unset(evaluations[i].shell, "VALUE", out);
        /* A second time, and one that never was. */
        shell_code_unset(evaluations[i].shell, "VALUE", out);
        fclose(out);
        said = evaluate(&evaluations[i], code);
        assert_string_equal(said, "");
        free(said);
        free(code);
    }
    unsetenv("VALUE");
}

static void
a_note_is_not_exported(void **state)
{
    char *code, *said;

    (void)state;
    code = code_of(shell_code_note, SHELL_CODE_SH, "it's");
    said = evaluate(&(struct evaluation){"sh", SHELL_CODE_SH,
                                         "sh -c 'eval \"$(cat $code)\"; printenv VALUE;"
                                         "echo \"$VALUE\"'"}, code);
    assert_string_equal(said, "it's\n");
    free(said);
    free(code);
    if (!is_installed("fish"))
        return;
    code = code_of(shell_code_note, SHELL_CODE_FISH, "it's");
    said = evaluate(&(struct evaluation){"fish", SHELL_CODE_FISH,
                                         "fish -N -c 'eval (cat $code); printenv VALUE;"
                                         "echo \"$VALUE\"'"}, code);
    assert_string_equal(said, "it's\n");
    free(said);
    free(code);
}

/* Variables with one set to `value` and one unset, as a program gets them; freed by the caller. */
static char *
printed(enum shell_code shell, const char *value, int expected)
{
    struct variables variables = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(variables_set(&variables, VARIABLES_SESSION_TOKEN, value), 0);
    assert_int_equal(variables_set(&variables, VARIABLES_REGION, "eu-west-1"), 0);
    variables.change[VARIABLES_SECURITY_TOKEN] = VARIABLES_UNSET;
    assert_int_equal(shell_code_print(&variables, shell, out), expected);
    fclose(out);
    variables_wipe(&variables);
    return text;
}

static void
json_is_one_object(void **state)
{
    char *text = printed(SHELL_CODE_JSON, "a\"b\\c'd", 0);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    (void)state;
    assert_non_null(json);
    assert_int_equal(json_object_size(json), 2);
    assert_string_equal(json_string_value(json_object_get(json, "AWS_SESSION_TOKEN")),
                        "a\"b\\c'd");
    assert_string_equal(json_string_value(json_object_get(json, "AWS_REGION")), "eu-west-1");
    json_decref(json);
    free(text);
}

static void
dotenv_is_plain_lines(void **state)
{
    char *text = printed(SHELL_CODE_DOTENV, "to/ken+==", 0);

    (void)state;
    assert_string_equal(text, "AWS_SESSION_TOKEN=to/ken+==\nAWS_REGION=eu-west-1\n");
    free(text);
    text = printed(SHELL_CODE_DOTENV, "a#$b", 0);
    assert_string_equal(text, "AWS_SESSION_TOKEN='a#$b'\nAWS_REGION=eu-west-1\n");
    free(text);
}

static void
what_dotenv_cannot_say_is_refused(void **state)
{
    char *text = printed(SHELL_CODE_DOTENV, "a'b", AWS_ROLE_ERR_PROTOCOL);

    (void)state;
    assert_string_equal(text, "");
    free(text);
    text = printed(SHELL_CODE_DOTENV, "a\\b", AWS_ROLE_ERR_PROTOCOL);
    assert_string_equal(text, "");
    free(text);
}

static void
words_find_their_shell(void **state)
{
    enum shell_code shell;

    (void)state;
    assert_int_equal(shell_code_find("fish", &shell), 1);
    assert_int_equal(shell, SHELL_CODE_FISH);
    assert_int_equal(shell_code_find("dotenv", &shell), 1);
    assert_int_equal(shell_code_is_shell(shell), 0);
    assert_int_equal(shell_code_find("bash ", &shell), 0);
    assert_int_equal(shell_code_find("", &shell), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_printable_byte_survives),
        cmocka_unit_test(every_printable_byte_survives_alone_doubled_and_last),
        cmocka_unit_test(unset_means_gone),
        cmocka_unit_test(a_note_is_not_exported),
        cmocka_unit_test(json_is_one_object),
        cmocka_unit_test(dotenv_is_plain_lines),
        cmocka_unit_test(what_dotenv_cannot_say_is_refused),
        cmocka_unit_test(words_find_their_shell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
