/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/shell_code.h"

#include <jansson.h>
#include <string.h>

#include "common/error.h"
#include "common/wiping.h"

/* How a shell is told; in `quotes` are single quotes, and what has to be written for a byte. */
static const struct syntax {
    const char *word;
    const char *set, *between, *unset, *behind; /* SET name BETWEEN 'value'; UNSET name BEHIND; */
    const char *note;
    struct {
        char byte;
        const char *written;
    } quotes[2];
} syntaxes[] = {
    [SHELL_CODE_SH] = {"sh", "export ", "=", "unset ", "", "", {{'\'', "'\\''"}}},
    [SHELL_CODE_FISH] =
        {"fish", "set -gx ", " ", "set -e ", "", "set -g ", {{'\'', "\\'"}, {'\\', "\\\\"}}},
    /* Within quotes, too, `!` is csh's history, and a backslash before it is taken away. */
    [SHELL_CODE_CSH] =
        {"csh", "setenv ", " ", "unsetenv ", "", NULL, {{'\'', "'\\''"}, {'!', "\\!"}}},
    [SHELL_CODE_POWERSHELL] =
        {"powershell", "$env:", " = ", "$env:", " = $null", NULL, {{'\'', "''"}}},
    [SHELL_CODE_JSON] = {.word = "json"},
    [SHELL_CODE_DOTENV] = {.word = "dotenv"},
};

int
shell_code_find(const char *word, enum shell_code *shell)
{
    if (strcmp(word, "bash") == 0 || strcmp(word, "zsh") == 0)
        word = "sh";
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++)
        if (strcmp(syntaxes[i].word, word) == 0) {
            *shell = (enum shell_code)i;
            return 1;
        }
    return 0;
}

int
shell_code_is_shell(enum shell_code shell)
{
    return syntaxes[shell].set != NULL;
}

/* What is written for a byte between the quotes; NULL: the byte itself. */
static const char *
written(const struct syntax *syntax, char byte)
{
    for (size_t i = 0; i < sizeof syntax->quotes / sizeof syntax->quotes[0]; i++)
        if (syntax->quotes[i].byte == byte && byte != '\0')
            return syntax->quotes[i].written;
    return NULL;
}

static void
print_quoted(const struct syntax *syntax, const char *value, FILE *out)
{
    fputc('\'', out);
    for (; *value != '\0'; value++) {
        const char *other = written(syntax, *value);

        if (other != NULL)
            fputs(other, out);
        else
            fputc(*value, out);
    }
    fputc('\'', out);
}

static void
print_setting(const struct syntax *syntax, const char *set, const char *name, const char *value,
              FILE *out)
{
    fputs(set, out);
    fputs(name, out);
    fputs(syntax->between, out);
    print_quoted(syntax, value, out);
    fputs(";\n", out);
}

void
shell_code_export(enum shell_code shell, const char *name, const char *value, FILE *out)
{
    print_setting(&syntaxes[shell], syntaxes[shell].set, name, value, out);
}

void
shell_code_note(enum shell_code shell, const char *name, const char *value, FILE *out)
{
    print_setting(&syntaxes[shell], syntaxes[shell].note, name, value, out);
}

void
shell_code_unset(enum shell_code shell, const char *name, FILE *out)
{
    fprintf(out, "%s%s%s;\n", syntaxes[shell].unset, name, syntaxes[shell].behind);
}

static void
print_code(const struct variables *variables, enum shell_code shell, FILE *out)
{
    for (size_t i = 0; i < VARIABLES_COUNT; i++) {
        const char *name = variables_name((enum variables_name)i);

        if (variables->change[i] == VARIABLES_SET)
            shell_code_export(shell, name, variables->value[i].data, out);
        else if (variables->change[i] == VARIABLES_UNSET)
            shell_code_unset(shell, name, out);
    }
}

static int
print_json(const struct variables *variables, FILE *out)
{
    int r = AWS_ROLE_ERR_MEMORY;
    json_t *object;

    json_set_alloc_funcs(wiping_malloc, wiping_free);
    object = json_object();
    for (size_t i = 0; i < VARIABLES_COUNT; i++)
        if (variables->change[i] == VARIABLES_SET &&
            json_object_set_new(object, variables_name((enum variables_name)i),
                                json_string(variables->value[i].data)) != 0)
            goto out;
    r = 0;
    if (json_dumpf(object, out, JSON_ENSURE_ASCII) == 0)
        fputc('\n', out);
out:
    json_decref(object);
    return r;
}

/*
 * Readers of such files agree on nothing but plain values, and on single quotes around what holds
 * neither one nor a backslash. What AWS gives is plain.
 */
static int
print_dotenv(const struct variables *variables, FILE *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789%+,-./:=@_";

    for (size_t i = 0; i < VARIABLES_COUNT; i++)
        if (variables->change[i] == VARIABLES_SET &&
            strpbrk(variables->value[i].data, "'\\") != NULL)
            return AWS_ROLE_ERR_PROTOCOL;
    for (size_t i = 0; i < VARIABLES_COUNT; i++) {
        const char *value = variables->value[i].data, *quote = "";

        if (variables->change[i] != VARIABLES_SET)
            continue;
        if (value[strspn(value, plain)] != '\0')
            quote = "'";
        fprintf(out, "%s=%s%s%s\n", variables_name((enum variables_name)i), quote, value, quote);
    }
    return 0;
}

int
shell_code_print(const struct variables *variables, enum shell_code shell, FILE *out)
{
    if (shell == SHELL_CODE_JSON)
        return print_json(variables, out);
    if (shell == SHELL_CODE_DOTENV)
        return print_dotenv(variables, out);
    print_code(variables, shell, out);
    if (shell == SHELL_CODE_FISH) /* whose set -e fails for a variable that there is not */
        fputs("builtin true\n", out);
    return 0;
}
