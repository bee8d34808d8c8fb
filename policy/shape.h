/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_SHAPE_H
#define AWS_ROLE_POLICY_SHAPE_H

#include <stddef.h>

/*
 * The shapes of AWS's values, from the limits of the STS API reference (AssumeRole) and of the IAM
 * user guide ("Amazon Resource Names", "Session tags"). Each check returns 0, or
 * AWS_ROLE_ERR_CONFIG with `why` (SHAPE_WHY_MAX bytes): what is wrong, a newline, how to mend it.
 */

#define SHAPE_WHY_MAX 512
#define SHAPE_ARN_MIN 20
#define SHAPE_ARN_MAX 2048
#define SHAPE_EXTERNAL_ID_MAX 1224
#define SHAPE_POLICY_MAX 10240 /* bytes; AWS's own limit is on the packed size */
#define SHAPE_POLICY_ARNS_MAX 10
#define SHAPE_TAGS_MAX 50
#define SHAPE_TAG_KEY_MAX 128   /* characters */
#define SHAPE_TAG_VALUE_MAX 256 /* characters */
#define SHAPE_REGION_MAX 63

/* `arn:partition:service:region:account:resource`, which begin where. */
struct shape_arn {
    const char *field[6];
    size_t length[6];
};

#define SHAPE_ARN_PARTITION 1
#define SHAPE_ARN_ACCOUNT 4

/* Cuts an ARN into its fields, which lie in `arn`: 1, or 0 when it has not six of them. */
int shape_split_arn(const char *arn, struct shape_arn *fields);

/*
 * The ARN of something of `service` whose resource begins with `resource` ("role/"). The account
 * is 12 digits; with `elsewhere` (an STS that is not AWS's) it may be another word, or empty.
 */
int shape_arn(const char *arn, const char *service, const char *resource, int elsewhere,
              char *why);

/* 0 when partition and account of an IAM ARN are ones of AWS: aws or aws-…, and 12 digits. */
int shape_arn_at_aws(const struct shape_arn *fields, char *why);

/* A region's name as AWS makes them; any word with `elsewhere`. */
int shape_region(const char *region, int elsewhere, char *why);

/* The partition that a region belongs to, as botocore's endpoint rules tell it: never NULL. */
const char *shape_partition(const char *region);

/* RoleSessionName, SourceIdentity: [A-Za-z0-9_+=,.@-], 64 at most. Shorter than 2 is no error. */
int shape_session_name(const char *name, char *why);

/* ExternalId: [A-Za-z0-9_+=,.@:/-], 2 to 1224. */
int shape_external_id(const char *id, char *why);

/* SerialNumber, an ARN or a device's serial number: [A-Za-z0-9_+=/:,.@-], 9 to 256. */
int shape_mfa_serial(const char *serial, char *why);

/*
 * Who can sign in to the console (IAM User Guide, "IAM identifiers"): an IAM user, an account's
 * root, or the session of an assumed role, whole and without a wildcard.
 */
int shape_login_session(const char *arn, char *why);

/* A session tag's key, 1 to 128 characters, not AWS's own `aws:`. */
int shape_tag_key(const char *key, char *why);

/* A session tag's value, 0 to 256 characters. */
int shape_tag_value(const char *value, char *why);

/* Policy: begins and ends as a JSON object, characters up to U+00FF, SHAPE_POLICY_MAX bytes. */
int shape_policy(const char *policy, char *why);

/* Decimal digits, `min` to `max`. */
int shape_number(const char *text, unsigned long min, unsigned long max, char *why);

/* An absolute path without `.`, `..` and double slashes that fits a record. */
int shape_path(const char *path, char *why);

#endif
