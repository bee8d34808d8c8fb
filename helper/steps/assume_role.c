/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/steps/assume_role.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/region.h"
#include "helper/steps/instance_metadata.h"
#include "helper/sts.h"

/* The instance's region where nobody configured one; without it the global endpoint will do. */
static void
find_region(const struct step_input *in, char *region)
{
    struct failure ignored = {0};

    region[0] = '\0';
    if (in->base != STEP_INSTANCE_METADATA || record_has(in->step, FIELD_REGION) ||
        record_has(in->step, FIELD_STS_ENDPOINT))
        return;
    if (instance_metadata_region(in->context, region, &ignored) != 0)
        region[0] = '\0';
}

int
assume_role_run(const struct step_input *in, struct step_output *out, struct failure *why)
{
    char region[REGION_NAME_MAX + 1];
    struct sts_call call = {
        .step = in->step, .credentials = in->from, .origin = in->origin, .region = region};
    const char *role_arn = record_text(in->step, FIELD_ROLE_ARN);

    if (in->from->access_key_id[0] == '\0' || role_arn == NULL)
        return failure_set(why, AWS_ROLE_ERR_PROTOCOL,
                           "a role was asked for without credentials to assume it with");
    find_region(in, region);
    snprintf(out->origin, sizeof out->origin, "%s", role_arn);
    return sts_assume_role(&in->context->exchange, &call, &out->credentials, why);
}
