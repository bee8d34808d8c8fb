/* SPDX-License-Identifier: BSD-3-Clause */
/* What is asked, taken and told, in a real PAM handle with a conversation of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pam_module/prompt.h"
#include "tests/unit/pam_handle.h"
#include "tests/unit/temporary.h"

#define PROMPT "MFA code of arn:aws:iam::123456789012:mfa/ueno: "
#define JUNK "\b\n\r\177INCORRECT"

static pam_handle_t *pamh;
static void (*to_run)(pam_handle_t *pamh);

/* What the person types (NULL: there is no answer), and what they were shown. */
static const char *typed;
static int result, asked, style;
static char shown[PAM_MAX_MSG_SIZE];

void pam_probe_run(pam_handle_t *handle);

__attribute__((visibility("default"))) void
pam_probe_run(pam_handle_t *handle)
{
    to_run(handle);
}

static int
talk(int count, const struct pam_message **messages, struct pam_response **responses, void *data)
{
    (void)data;
    assert_int_equal(count, 1);
    asked++;
    style = messages[0]->msg_style;
    snprintf(shown, sizeof shown, "%s", messages[0]->msg);
    if (result != PAM_SUCCESS) {
        *responses = (struct pam_response *)(uintptr_t)1; /* nothing that anybody may touch */
        return result;
    }
    *responses = calloc(1, sizeof **responses);
    assert_non_null(*responses);
    if (typed != NULL) {
        (*responses)->resp = strdup(typed);
        assert_non_null((*responses)->resp);
    }
    return PAM_SUCCESS;
}

static int
start(void **state)
{
    static const struct pam_conv conversation = {talk, NULL};
    char path[8192];
    const char *folder = temporary_folder(NULL);
    FILE *stack;

    (void)state;
    snprintf(path, sizeof path, "%s/probe", folder);
    stack = fopen(path, "w");
    assert_non_null(stack);
    fprintf(stack, "session required %s\n", PAM_PROBE);
    fclose(stack);
    pamh = pam_handle_start_in(folder, "probe", "nobody");
    assert_int_equal(pam_set_item(pamh, PAM_CONV, &conversation), PAM_SUCCESS);
    typed = "123456";
    result = PAM_SUCCESS;
    asked = 0;
    return 0;
}

static int
end(void **state)
{
    int r = pam_end(pamh, PAM_SUCCESS);

    (void)state;
    temporary_remove();
    return r;
}

/* Runs `function` as a module: to an application PAM shows no password. */
static void
in_module(void (*function)(pam_handle_t *handle))
{
    to_run = function;
    assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
}

static void
assert_answer(pam_handle_t *handle, const char *text, enum prompt_answer expected)
{
    struct secret code = SECRET_EMPTY;

    typed = text;
    assert_int_equal(prompt_ask(handle, PROMPT, &code), expected);
    if (expected == PROMPT_CODE)
        assert_string_equal(code.data, text);
    else
        assert_null(code.data);
    secret_wipe(&code);
}

static void
type_all(pam_handle_t *handle)
{
    static const char *const others[] = {
        "12345", "1234567", "123456 ", " 123456", "123 456", "12345a", "-12345", "123456\n",
        "correct horse battery staple", "\xef\xbc\x91\xef\xbc\x92",
    };

    assert_answer(handle, "000000", PROMPT_CODE);
    assert_string_equal(shown, PROMPT);
    assert_int_equal(style, PAM_PROMPT_ECHO_ON);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_answer(handle, others[i], PROMPT_OTHER);
    assert_answer(handle, "", PROMPT_NOTHING);
    assert_answer(handle, NULL, PROMPT_FAILED);
    result = PAM_CONV_ERR;
    assert_answer(handle, "123456", PROMPT_FAILED);
}

static void
a_code_is_six_digits_and_nothing_else(void **state)
{
    (void)state;
    in_module(type_all);
}

static void
type_passwords(pam_handle_t *handle)
{
    assert_int_equal(pam_set_item(handle, PAM_AUTHTOK, "654321"), PAM_SUCCESS);
    assert_answer(handle, "654321", PROMPT_NOTHING);
    assert_answer(handle, "654320", PROMPT_CODE);
    assert_int_equal(pam_set_item(handle, PAM_AUTHTOK, "correct horse"), PAM_SUCCESS);
    assert_answer(handle, "correct horse", PROMPT_NOTHING);
    assert_answer(handle, "correct hors", PROMPT_OTHER);
}

static void
the_password_is_no_code(void **state)
{
    (void)state;
    in_module(type_passwords);
}

static void
type_names(pam_handle_t *handle)
{
    assert_answer(handle, "nobody", PROMPT_NOTHING);
    assert_answer(handle, "nobod", PROMPT_OTHER);
    assert_int_equal(pam_set_item(handle, PAM_USER, "271828"), PAM_SUCCESS);
    assert_int_equal(pam_set_item(handle, PAM_AUTHTOK, "654321"), PAM_SUCCESS);
    assert_answer(handle, "271828", PROMPT_NOTHING);
    assert_answer(handle, "654321", PROMPT_NOTHING);
    assert_answer(handle, "271829", PROMPT_CODE);
}

static void
the_users_name_is_no_code(void **state)
{
    (void)state;
    in_module(type_names);
}

static void
show_all(pam_handle_t *handle)
{
    static char longest[PAM_MAX_MSG_SIZE + 1];
    struct secret code = SECRET_EMPTY;

    prompt_tell(handle, "AWS did not take it");
    assert_int_equal(style, PAM_ERROR_MSG);
    assert_string_equal(shown, "AWS did not take it");
    memset(longest, 'a', sizeof longest - 1);
    asked = 0;
    prompt_tell(handle, longest);
    prompt_tell(handle, "\033[2J");
    prompt_tell(handle, "two\nlines");
    prompt_tell(handle, "");
    assert_int_equal(prompt_ask(handle, "code\n: ", &code), PROMPT_FAILED);
    assert_int_equal(prompt_ask(handle, longest, &code), PROMPT_FAILED);
    assert_int_equal(asked, 0);
    longest[PAM_MAX_MSG_SIZE - 1] = '\0';
    prompt_tell(handle, longest);
    assert_int_equal(asked, 1);
}

static void
only_printable_ascii_is_shown(void **state)
{
    (void)state;
    in_module(show_all);
}

static void
without_conversation(pam_handle_t *handle)
{
    static const struct pam_conv none = {NULL, NULL};

    assert_true(prompt_is_possible(handle));
    assert_int_equal(pam_set_item(handle, PAM_CONV, &none), PAM_SUCCESS);
    assert_false(prompt_is_possible(handle));
    assert_answer(handle, "123456", PROMPT_FAILED);
    prompt_tell(handle, "nobody hears that");
}

static void
an_application_may_have_nobody_to_ask(void **state)
{
    (void)state;
    in_module(without_conversation);
}

static void
assert_password(pam_handle_t *handle, const char *password, int premature)
{
    assert_int_equal(pam_set_item(handle, PAM_AUTHTOK, password), PAM_SUCCESS);
    assert_int_equal(prompt_is_premature(handle), premature);
}

static void
make_up_passwords(pam_handle_t *handle)
{
    assert_false(prompt_is_premature(handle));
    assert_password(handle, "correct horse", 0);
    assert_password(handle, "INCORRECT", 0);
    assert_password(handle, "\b\n\rhorse", 0);
    assert_password(handle, "\b\n\r", 1);
    assert_password(handle, JUNK, 1);
    assert_password(handle, JUNK JUNK "\b\n", 1);
    assert_password(handle, JUNK "x", 0);
}

static void
sshd_makes_passwords_up(void **state)
{
    (void)state;
    in_module(make_up_passwords);
}

static void
leave_results(pam_handle_t *handle)
{
    static int left = PAM_AUTH_ERR;

    assert_int_equal(pam_set_data(handle, "unix_setcred_return", &left, NULL), PAM_SUCCESS);
    assert_true(prompt_is_premature(handle));
    left = PAM_SUCCESS;
    assert_false(prompt_is_premature(handle));
    assert_int_equal(pam_set_data(handle, "unix_setcred_return", NULL, NULL), PAM_SUCCESS);
    assert_false(prompt_is_premature(handle));
}

static void
pam_unix_may_have_failed(void **state)
{
    (void)state;
    in_module(leave_results);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_code_is_six_digits_and_nothing_else, start, end),
        cmocka_unit_test_setup_teardown(the_password_is_no_code, start, end),
        cmocka_unit_test_setup_teardown(the_users_name_is_no_code, start, end),
        cmocka_unit_test_setup_teardown(only_printable_ascii_is_shown, start, end),
        cmocka_unit_test_setup_teardown(an_application_may_have_nobody_to_ask, start, end),
        cmocka_unit_test_setup_teardown(sshd_makes_passwords_up, start, end),
        cmocka_unit_test_setup_teardown(pam_unix_may_have_failed, start, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
