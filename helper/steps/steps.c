/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/steps/steps.h"

#include <string.h>

#include "helper/steps/assume_role.h"
#include "helper/steps/console_sign_in.h"
#include "helper/steps/instance_metadata.h"
#include "helper/steps/session_token.h"
#include "helper/steps/static_keys.h"

static const struct step table[] = {
    /* kind, name, run, stays, person */
    {STEP_STATIC_KEYS, "static keys", static_keys_run, 1, 0},
    {STEP_INSTANCE_METADATA, "instance metadata", instance_metadata_run, 0, 0},
    {STEP_ASSUME_ROLE, "assume role", assume_role_run, 0, 0},
    {STEP_SESSION_TOKEN, "session token", session_token_run, 0, 1},
    {STEP_CONSOLE_SIGN_IN, "console sign-in", console_sign_in_run, 0, 1},
};

const struct step *
steps_find(uint64_t kind)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if ((uint64_t)table[i].kind == kind)
            return &table[i];
    return NULL;
}

void
steps_wipe_output(struct step_output *out)
{
    credentials_wipe(&out->credentials);
    secret_wipe(&out->keep);
    secret_wipe(&out->begun);
    explicit_bzero(out, sizeof *out);
}
