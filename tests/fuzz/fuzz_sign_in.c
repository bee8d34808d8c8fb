/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a person brings from the sign-in page, and what the broker hands back of a sign-in, by
 * libFuzzer's interface. A code is printable ASCII, or there is none.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/sign_in_code.h"
#include "helper/sign_in_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition)
        abort();
}

static void
require_text(const struct secret *text)
{
    require(text->size > 0 && strlen(text->data) == text->size);
    for (size_t i = 0; i < text->size; i++)
        require(text->data[i] > ' ' && text->data[i] < 0x7f);
}

static void
read_code(const struct secret *answer)
{
    struct sign_in_code code;
    int r = sign_in_code_read(answer, &code);

    require(r == 0 || r == AWS_ROLE_ERR_ANSWER);
    if (r == 0) {
        require_text(&code.code);
        require_text(&code.state);
        require(code.code.size + code.state.size < answer->size);
    } else {
        require(code.code.data == NULL && code.state.data == NULL);
    }
    sign_in_code_wipe(&code);
}

static void
read_state(const struct secret *bytes)
{
    struct sign_in_begun begun;
    struct sign_in_kept kept;
    struct record step;

    record_start(&step, RECORD_STEP);
    require(sign_in_state_read_begun(bytes, &step, &begun) != 0 ||
            (begun.key.size > 0 && begun.key.size < bytes->size &&
             strlen(begun.state) < sizeof begun.state &&
             strlen(begun.verifier) < sizeof begun.verifier));
    require(sign_in_state_read_kept(bytes, &kept) != 0 ||
            (kept.key.size > 0 && kept.refresh_token.size > 0 &&
             kept.key.size + kept.refresh_token.size < bytes->size));
    sign_in_state_wipe_begun(&begun);
    sign_in_state_wipe_kept(&kept);
    record_wipe(&step);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct secret text = SECRET_EMPTY;

    if (secret_set(&text, data, size) != 0)
        return 0;
    read_code(&text);
    read_state(&text);
    secret_wipe(&text);
    return 0;
}
