/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/steps/session_token.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/sts.h"

#define CODE_DIGITS 6 /* AWS STS API reference, GetSessionToken, TokenCode */

/* Copies the answer, if it is a code, as a string. */
static int
read_code(const struct secret *answer, char code[CODE_DIGITS + 1])
{
    if (answer->size != CODE_DIGITS)
        return 0;
    for (size_t i = 0; i < CODE_DIGITS; i++)
        if (answer->data[i] < '0' || answer->data[i] > '9')
            return 0;
    memcpy(code, answer->data, CODE_DIGITS);
    code[CODE_DIGITS] = '\0';
    return 1;
}

int
session_token_run(const struct step_input *in, struct step_output *out, struct failure *why)
{
    struct sts_call call = {.step = in->step, .credentials = in->from, .origin = in->origin};
    const char *serial = record_text(in->step, FIELD_MFA_SERIAL);
    char code[CODE_DIGITS + 1];
    int r;

    if (in->from->access_key_id[0] == '\0' || serial == NULL)
        return failure_set(why, AWS_ROLE_ERR_PROTOCOL,
                           "an MFA session was asked for without keys or without a device");
    snprintf(out->prompt, sizeof out->prompt, "MFA code of %s: ", serial);
    snprintf(out->origin, sizeof out->origin, "%.240s with MFA", in->origin);
    if (in->answer->size == 0)
        return AWS_ROLE_ERR_NEEDS_PERSON;
    if (!read_code(in->answer, code))
        return failure_set(why, AWS_ROLE_ERR_ANSWER, "an MFA code has six digits and no more");
    r = sts_get_session_token(&in->context->exchange, &call, code, &out->credentials, why);
    explicit_bzero(code, sizeof code);
    return r;
}
