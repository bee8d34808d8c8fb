/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_PLAN_DEVICE_H
#define AWS_ROLE_POLICY_PLAN_DEVICE_H

#include "common/credentials_file.h"
#include "common/protocol.h"
#include "policy/config.h"
#include "policy/expand.h"

#define PLAN_DEVICE_WHY_MAX 512

/* The MFA device that a source's profile has in its credentials file. */
struct plan_device {
    char serial[CREDENTIALS_FILE_DEVICE_MAX + 1]; /* "": it has none, or which is not known */
    int error;                     /* why it is not known: AWS_ROLE_ERR_*; 0: it is */
    char why[PLAN_DEVICE_WHY_MAX]; /* the same in words; "" for 0 */
};

/*
 * Looks into the credentials file for the device of the profile that the step `keys` of `source`
 * takes, with the rules that the configuration was read by. A source that has a device of its own,
 * or no profile, has none here, and no file is read.
 *
 * 0, also where the file does not tell: `device->error` is what credentials_file_read_device
 * returned, or AWS_ROLE_ERR_MISSING_VALUE while the profile's name is not all known (for display).
 * AWS_ROLE_ERR_CONFIG, and `why` (PLAN_DEVICE_WHY_MAX bytes): what it tells is no device.
 */
int plan_device_find(const struct config *config, const struct config_section *source,
                     const struct session_context *context, const struct record *keys,
                     struct plan_device *device, char *why);

#endif
