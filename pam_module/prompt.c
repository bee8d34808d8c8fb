/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/prompt.h"

#include <stdlib.h>
#include <string.h>

#define CODE_DIGITS 6 /* AWS STS API reference, GetSessionToken, TokenCode */

static const struct pam_conv *
conversation(pam_handle_t *pamh)
{
    const void *item = NULL;
    const struct pam_conv *conv;

    if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
        return NULL;
    conv = item;
    return conv->conv == NULL ? NULL : conv;
}

/* What may be shown: nothing that moves a cursor or forges a line. */
static int
is_shown(const char *text)
{
    size_t length = strnlen(text, PAM_MAX_MSG_SIZE);

    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            return 0;
    return length > 0 && length < PAM_MAX_MSG_SIZE;
}

static void
wipe_response(struct pam_response *response)
{
    if (response == NULL)
        return;
    if (response->resp != NULL)
        explicit_bzero(response->resp, strlen(response->resp));
    free(response->resp);
    free(response);
}

/* One message; what was typed, or NULL, also when the conversation says that it has failed. */
static struct pam_response *
converse(pam_handle_t *pamh, int style, const char *text)
{
    const struct pam_conv *conv = conversation(pamh);
    const struct pam_message message = {.msg_style = style, .msg = text};
    const struct pam_message *messages = &message;
    struct pam_response *response = NULL;

    if (conv == NULL || !is_shown(text))
        return NULL;
    /* pam_conv(3): on failure there is no response for us to free. */
    if (conv->conv(1, &messages, &response, conv->appdata_ptr) != PAM_SUCCESS)
        return NULL;
    return response;
}

static int
is_code(const char *typed)
{
    return strspn(typed, "0123456789") == CODE_DIGITS && typed[CODE_DIGITS] == '\0';
}

/* The text of an item, or NULL. */
static const char *
text_of(pam_handle_t *pamh, int type)
{
    const void *item = NULL;

    return pam_get_item(pamh, type, &item) == PAM_SUCCESS ? item : NULL;
}

/* PAM_AUTHTOK: what the modules before us have been told as this login's password. */
static const char *
password(pam_handle_t *pamh)
{
    return text_of(pamh, PAM_AUTHTOK);
}

static int
is_same(const char *typed, const char *known)
{
    return known != NULL && strcmp(typed, known) == 0;
}

/* Six digits, too, are no code where they are the password, or the name that no person types. */
static enum prompt_answer
judge(pam_handle_t *pamh, const char *typed)
{
    if (typed[0] == '\0' || is_same(typed, password(pamh)) ||
        is_same(typed, text_of(pamh, PAM_USER)))
        return PROMPT_NOTHING;
    return is_code(typed) ? PROMPT_CODE : PROMPT_OTHER;
}

enum prompt_answer
prompt_ask(pam_handle_t *pamh, const char *prompt, struct secret *code)
{
    struct pam_response *response = converse(pamh, PAM_PROMPT_ECHO_ON, prompt);
    enum prompt_answer answer = PROMPT_FAILED;

    secret_wipe(code);
    if (response != NULL && response->resp != NULL)
        answer = judge(pamh, response->resp);
    if (answer == PROMPT_CODE && secret_set(code, response->resp, CODE_DIGITS) != 0)
        answer = PROMPT_FAILED;
    wipe_response(response);
    return answer;
}

void
prompt_tell(pam_handle_t *pamh, const char *text)
{
    wipe_response(converse(pamh, PAM_ERROR_MSG, text));
}

int
prompt_is_possible(pam_handle_t *pamh)
{
    return conversation(pamh) != NULL;
}

static int
is_made_up(const char *password)
{
    static const char junk[] = "\b\n\r\177INCORRECT";
    size_t length = strlen(password);

    for (size_t i = 0; i < length; i++)
        if (password[i] != junk[i % (sizeof junk - 1)])
            return 0;
    return length > 0;
}

int
prompt_is_premature(pam_handle_t *pamh)
{
    const char *known = password(pamh);
    const void *result = NULL;

    if (known != NULL && is_made_up(known))
        return 1;
    return pam_get_data(pamh, "unix_setcred_return", &result) == PAM_SUCCESS && result != NULL &&
           *(const int *)result != PAM_SUCCESS;
}
