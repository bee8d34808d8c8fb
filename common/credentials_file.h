/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_CREDENTIALS_FILE_H
#define AWS_ROLE_COMMON_CREDENTIALS_FILE_H

#include <stddef.h>

#include "common/credentials.h"
#include "common/trusted_file.h"

/*
 * A credentials file in AWS's shared format (AWS SDKs and Tools Reference, "Shared config and
 * credentials files"), read strictly: `[name]` or `[profile name]`, `key = value`, lines that start
 * with `#` or `;`. The chosen profile holds aws_access_key_id, aws_secret_access_key and perhaps
 * aws_session_token and mfa_serial, each once. Other profiles are checked for their form only.
 */
#define CREDENTIALS_FILE_SIZE_MAX ((size_t)64 * 1024)
#define CREDENTIALS_FILE_DEVICE_MAX 256 /* STS API reference, GetSessionToken, SerialNumber */

#define CREDENTIALS_FILE_WHY_MAX 768

/*
 * Reads one profile; the keys have no expiry. `profile` NULL: the form of the whole is all that is
 * looked at, and `credentials` stays empty. AWS_ROLE_ERR_NOT_FOUND, UNTRUSTED, SYSTEM, TOO_BIG and
 * MEMORY as trusted_file_read has them, AWS_ROLE_ERR_CONFIG for what is wrong inside; then `why`
 * (CREDENTIALS_FILE_WHY_MAX bytes) is `file:line: what: how to mend`, and never holds a value.
 */
int credentials_file_read(const char *path, const char *profile, const struct trust *trust,
                          struct credentials *credentials, char *why);

/*
 * Reads no more of the profile than its mfa_serial, "" where it has none, into `device`
 * (CREDENTIALS_FILE_DEVICE_MAX + 1 bytes): whether it is a device is not looked at. All else is
 * held to the same rules, and wiped. Errors as credentials_file_read has them; `device` is "" then.
 */
int credentials_file_read_device(const char *path, const char *profile, const struct trust *trust,
                                 char *device, char *why);

/* credentials_file_read for content that was read already; `path` is for messages. */
int credentials_file_parse(const char *path, const char *content, size_t size,
                           const char *profile, struct credentials *credentials, char *why);

#endif
