/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/plan_device.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "policy/shape.h"

#define WHY_WORDS_MAX (PLAN_DEVICE_WHY_MAX - 1)

static void
not_known(struct plan_device *device, int error, const char *why)
{
    device->error = error;
    snprintf(device->why, sizeof device->why, "%.*s", WHY_WORDS_MAX, why);
}

/* The shape that mfa_serial of a [source] has to have, in the words of file and profile. */
static int
check_serial(const struct plan_device *device, const char *path, const char *profile, char *why)
{
    char text[SHAPE_WHY_MAX];
    int what, r = device->serial[0] == '\0' ? 0 : shape_mfa_serial(device->serial, text);

    if (r == 0)
        return 0;
    what = (int)strcspn(text, "\n");
    snprintf(why, PLAN_DEVICE_WHY_MAX, "%.200s: [%.80s] mfa_serial: %.*s: %.150s", path, profile,
             what, text, text[what] == '\0' ? "" : text + what + 1);
    return r;
}

int
plan_device_find(const struct config *config, const struct config_section *source,
                 const struct session_context *context, const struct record *keys,
                 struct plan_device *device, char *why)
{
    const char *path = record_text(keys, FIELD_CREDENTIALS_FILE);
    const char *profile = record_text(keys, FIELD_PROFILE);
    char unread[CREDENTIALS_FILE_WHY_MAX];
    int r;

    memset(device, 0, sizeof *device);
    if (path == NULL || profile == NULL || config_own(config, source, KEY_MFA_SERIAL) != NULL)
        return 0;
    if (context->for_display && strstr(profile, "%{") != NULL) {
        not_known(device, AWS_ROLE_ERR_MISSING_VALUE, "which profile it is depends on the session");
        return 0;
    }
    r = credentials_file_read_device(path, profile, &config->trust, device->serial, unread);
    if (r != 0) {
        not_known(device, r, unread);
        return 0;
    }
    return check_serial(device, path, profile, why);
}
