/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/error.h"
#include "common/protocol.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define NAME_BYTES UPPER LOWER DIGITS "_+=,.@-" /* [\w+=,.@-] of the API's model */

#define ACCOUNT_LENGTH 12
#define SHOWN_MAX 128 /* bytes of a value that a message repeats */

__attribute__((format(printf, 2, 3))) static int
refuse(char *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, SHAPE_WHY_MAX, format, arguments);
    va_end(arguments);
    return AWS_ROLE_ERR_CONFIG;
}

static int
is_made_of(const char *text, size_t length, const char *bytes)
{
    return strspn(text, bytes) >= length;
}

int
shape_split_arn(const char *arn, struct shape_arn *fields)
{
    const char *at = arn;

    for (size_t i = 0; i < 5; i++) {
        const char *colon = strchr(at, ':');

        if (colon == NULL)
            return 0;
        fields->field[i] = at;
        fields->length[i] = (size_t)(colon - at);
        at = colon + 1;
    }
    fields->field[5] = at;
    fields->length[5] = strlen(at);
    return 1;
}

static int
field_is(const struct shape_arn *fields, size_t i, const char *text)
{
    return fields->length[i] == strlen(text) &&
           memcmp(fields->field[i], text, fields->length[i]) == 0;
}

static int
partition_is_good(const struct shape_arn *fields, int elsewhere)
{
    const char *partition = fields->field[SHAPE_ARN_PARTITION];
    size_t length = fields->length[SHAPE_ARN_PARTITION];

    if (length == 0 || !is_made_of(partition, length, LOWER DIGITS "-"))
        return 0;
    return elsewhere || (strncmp(partition, "aws", 3) == 0 && (length == 3 || partition[3] == '-'));
}

/* Other makers' accounts are words, or nothing (Ceph). */
static int
account_is_good(const struct shape_arn *fields, int elsewhere)
{
    const char *account = fields->field[SHAPE_ARN_ACCOUNT];
    size_t length = fields->length[SHAPE_ARN_ACCOUNT];

    if (elsewhere)
        return is_made_of(account, length, UPPER LOWER DIGITS "_-");
    if (field_is(fields, SHAPE_ARN_ACCOUNT, "aws"))
        return strncmp(fields->field[5], "policy/", 7) == 0; /* AWS's own managed policies */
    return length == ACCOUNT_LENGTH && is_made_of(account, length, DIGITS);
}

static int
check_where(const struct shape_arn *fields, int elsewhere, char *why)
{
    if (!partition_is_good(fields, elsewhere))
        return refuse(why, "an ARN whose partition is none of AWS's\nwrite aws, aws-cn, "
                      "aws-us-gov or another of AWS's behind arn:");
    if (!account_is_good(fields, elsewhere))
        return refuse(why, "an ARN whose account is not 12 digits\nwrite the account's number; it "
                      "may be empty only with a sts_endpoint of your own");
    return 0;
}

int
shape_arn_at_aws(const struct shape_arn *fields, char *why)
{
    return check_where(fields, 0, why);
}

int
shape_arn(const char *arn, const char *service, const char *resource, int elsewhere, char *why)
{
    struct shape_arn fields;
    size_t length = strlen(arn), prefix = strlen(resource);

    if (length < SHAPE_ARN_MIN || length > SHAPE_ARN_MAX)
        return refuse(why, "an ARN of %zu bytes\nwrite one of %d to %d bytes", length,
                      SHAPE_ARN_MIN, SHAPE_ARN_MAX);
    if (!shape_split_arn(arn, &fields) || !field_is(&fields, 0, "arn") ||
        !field_is(&fields, 2, service) || !field_is(&fields, 3, ""))
        return refuse(why, "\"%.*s\" is not such an ARN\nwrite arn:aws:%s::123456789012:%sName",
                      SHOWN_MAX, arn, service, resource);
    if (check_where(&fields, elsewhere, why) != 0)
        return AWS_ROLE_ERR_CONFIG;
    if (strncmp(fields.field[5], resource, prefix) != 0 || fields.length[5] == prefix ||
        !is_made_of(fields.field[5], fields.length[5], NAME_BYTES "/"))
        return refuse(why, "an ARN that does not name \"%s\" and a name of letters, digits and "
                      "_+=,.@-/\nwrite arn:aws:%s::123456789012:%sName", resource, service,
                      resource);
    return 0;
}

int
shape_region(const char *region, int elsewhere, char *why)
{
    size_t length = strlen(region), words = 1;

    if (length == 0 || length > SHAPE_REGION_MAX || !is_made_of(region, length, LOWER DIGITS "-"))
        return refuse(why, "\"%.*s\" is no region\nwrite a name such as eu-central-1", SHOWN_MAX,
                      region);
    if (elsewhere)
        return 0;
    for (const char *at = region; *at != '\0'; at++)
        if (*at == '-')
            words += at[1] != '-' && at[1] != '\0';
    if (words < 3 || !is_made_of(region, strcspn(region, "-"), LOWER) ||
        !is_made_of(strrchr(region, '-') + 1, 1, DIGITS) || strstr(region, "--") != NULL)
        return refuse(why, "\"%s\" is no region\nwrite a name such as eu-central-1, or leave the "
                      "region out for the global endpoint", region);
    return 0;
}

const char *
shape_partition(const char *region)
{
    static const struct {
        const char *prefix;
        const char *partition;
    } partitions[] = {
        {"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"},
        {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
        {"eusc-", "aws-eusc"},
    };

    for (size_t i = 0; i < sizeof partitions / sizeof partitions[0]; i++)
        if (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) == 0)
            return partitions[i].partition;
    return "aws";
}

int
shape_session_name(const char *name, char *why)
{
    size_t length = strlen(name);

    if (!is_made_of(name, length, NAME_BYTES))
        return refuse(why, "a name with other characters than letters, digits and _+=,.@-\n"
                      "write one that AWS accepts");
    if (length > 64)
        return refuse(why, "a name of %zu characters\nwrite one of 64 or fewer", length);
    return 0;
}

int
shape_external_id(const char *id, char *why)
{
    size_t length = strlen(id);

    if (length < 2 || length > SHAPE_EXTERNAL_ID_MAX)
        return refuse(why, "an external id of %zu characters\nwrite one of 2 to %d", length,
                      SHAPE_EXTERNAL_ID_MAX);
    if (!is_made_of(id, length, NAME_BYTES ":/"))
        return refuse(why, "an external id with other characters than letters, digits and "
                      "_+=,.@:/-\nwrite the one that the role's trust policy has");
    return 0;
}

int
shape_mfa_serial(const char *serial, char *why)
{
    size_t length = strlen(serial);
    struct shape_arn fields;

    /* IAM User Guide, "IAM identifiers": arn:…:mfa/NAME, and arn:…:sms-mfa/NAME of before. */
    if (strncmp(serial, "arn:", 4) == 0 && shape_split_arn(serial, &fields) &&
        strstr(fields.field[5], "mfa/") == NULL)
        return refuse(why, "an ARN of no MFA device\nwrite arn:aws:iam::123456789012:mfa/NAME, as "
                      "IAM shows it with the user's security credentials");
    if (length >= 9 && length <= 256 && is_made_of(serial, length, NAME_BYTES ":/"))
        return 0;
    return refuse(why, "no MFA device\nwrite its ARN or its serial number, 9 to 256 letters, "
                  "digits and _+=/:,.@-");
}

int
shape_login_session(const char *arn, char *why)
{
    struct shape_arn fields;
    const char *name;

    if (strlen(arn) > SHAPE_ARN_MAX || !shape_split_arn(arn, &fields) ||
        !field_is(&fields, 0, "arn") || !field_is(&fields, 3, ""))
        return refuse(why, "\"%.*s\" is not the ARN of somebody\nwrite "
                      "arn:aws:iam::123456789012:user/NAME", SHOWN_MAX, arn);
    if (check_where(&fields, 0, why) != 0)
        return AWS_ROLE_ERR_CONFIG;
    name = fields.field[5];
    if (field_is(&fields, 2, "iam") && strcmp(name, "root") == 0)
        return 0;
    if (!is_made_of(name, fields.length[5], NAME_BYTES "/") || name[fields.length[5] - 1] == '/' ||
        !((field_is(&fields, 2, "iam") && strncmp(name, "user/", 5) == 0) ||
          (field_is(&fields, 2, "sts") && strncmp(name, "assumed-role/", 13) == 0 &&
           strchr(name + 13, '/') != NULL)))
        return refuse(why, "an ARN of nobody who signs in to the console\nwrite "
                      "arn:aws:iam::123456789012:user/NAME, or arn:aws:sts::123456789012:"
                      "assumed-role/ROLE/SESSION, without a wildcard");
    return 0;
}

/* Characters of UTF-8 text. */
static size_t
count_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* Session tags: letters and digits of any script (libc cannot tell which), blanks, _.:/=+-@ */
static int
is_tag_text(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x80 && strchr(UPPER LOWER DIGITS " _.:/=+-@", *text) == NULL)
            return 0;
    return 1;
}

int
shape_tag_key(const char *key, char *why)
{
    size_t count = count_characters(key);

    if (count == 0 || count > SHAPE_TAG_KEY_MAX)
        return refuse(why, "a tag's key of %zu characters\nwrite one of 1 to %d", count,
                      SHAPE_TAG_KEY_MAX);
    if (!is_tag_text(key))
        return refuse(why, "the tag key \"%.*s\" has other characters than letters, digits, blanks "
                      "and _.:/=+-@\nwrite one that AWS accepts", SHOWN_MAX, key);
    if (strncasecmp(key, "aws:", 4) == 0)
        return refuse(why, "the tag key \"%.*s\" begins with aws:, which is AWS's own\n"
                      "write another one", SHOWN_MAX, key);
    return 0;
}

int
shape_tag_value(const char *value, char *why)
{
    size_t count = count_characters(value);

    if (count > SHAPE_TAG_VALUE_MAX)
        return refuse(why, "a tag's value of %zu characters\nwrite one of %d or fewer", count,
                      SHAPE_TAG_VALUE_MAX);
    if (!is_tag_text(value))
        return refuse(why, "the tag value \"%.*s\" has other characters than letters, digits, "
                      "blanks and _.:/=+-@\nwrite one that AWS accepts", SHOWN_MAX, value);
    return 0;
}

int
shape_policy(const char *policy, char *why)
{
    size_t length = strlen(policy);

    if (length > SHAPE_POLICY_MAX)
        return refuse(why, "a policy of %zu bytes\nwrite one of %d or fewer, or put it into a "
                      "managed policy and name that in policy_arns", length, SHAPE_POLICY_MAX);
    if (length < 2 || policy[0] != '{' || policy[length - 1] != '}')
        return refuse(why, "a policy that is no JSON object\nwrite it from { to } on one line");
    for (const unsigned char *at = (const unsigned char *)policy; *at != '\0'; at++)
        if (*at > 0xc3) /* UTF-8 of U+0100 and above: [\t\n\r\x20-\xFF] of the API's model */
            return refuse(why, "a policy with characters past U+00FF\nwrite them as \\uXXXX");
    return 0;
}

int
shape_number(const char *text, unsigned long min, unsigned long max, char *why)
{
    size_t length = strlen(text);
    unsigned long number = 0;

    for (size_t i = 0; i < length && length <= 9; i++)
        number = 10 * number + (unsigned long)(text[i] - '0');
    if (length == 0 || length > 9 || !is_made_of(text, length, DIGITS) || number < min ||
        number > max)
        return refuse(why, "\"%.*s\" is no number from %lu to %lu\nwrite one in digits", SHOWN_MAX,
                      text, min, max);
    return 0;
}

int
shape_path(const char *path, char *why)
{
    size_t length = strlen(path);

    if (path[0] != '/' || length < 2 || path[length - 1] == '/')
        return refuse(why, "\"%.*s\" is no absolute path of a file\nwrite it from / on", SHOWN_MAX,
                      path);
    if (length > RECORD_PATH_MAX)
        return refuse(why, "a path of %zu bytes\nwrite one of %d or fewer", length,
                      RECORD_PATH_MAX);
    for (const char *at = path; at != NULL; at = strchr(at + 1, '/')) {
        size_t component = strcspn(at + 1, "/");

        if (component == 0 || (component == 1 && at[1] == '.') ||
            (component == 2 && at[1] == '.' && at[2] == '.'))
            return refuse(why, "\"%.*s\" is no plain path\nwrite it without //, . and ..",
                          SHOWN_MAX, path);
    }
    return 0;
}
