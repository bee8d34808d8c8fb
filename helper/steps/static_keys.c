/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/steps/static_keys.h"

#include <stdio.h>

#include "common/credentials_file.h"
#include "common/error.h"

int
static_keys_run(const struct step_input *in, struct step_output *out, struct failure *why)
{
    const char *path = record_text(in->step, FIELD_CREDENTIALS_FILE);
    const char *profile = record_text(in->step, FIELD_PROFILE);
    char wrong[CREDENTIALS_FILE_WHY_MAX];
    int r;

    if (path == NULL || profile == NULL)
        return failure_set(why, AWS_ROLE_ERR_PROTOCOL,
                           "static keys were asked for without a profile and its file");
    snprintf(out->origin, sizeof out->origin, "[%s] of %s", profile, path);
    r = credentials_file_read(path, profile, &in->context->trust, &out->credentials, wrong);
    return r == 0 ? 0 : failure_set(why, r, "%s", wrong);
}
