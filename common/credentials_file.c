/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/credentials_file.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/key_rules.h"

/* One line, or a part of one. */
struct piece {
    const char *at;
    size_t size;
};

struct reading {
    const char *path;
    const char *profile; /* NULL: none is chosen */
    struct credentials *credentials;
    char *device; /* CREDENTIALS_FILE_DEVICE_MAX + 1 bytes */
    char *why;
    unsigned int line;
    int in_section; /* after the first section's line */
    int in_profile; /* in the chosen one */
    int seen;       /* the chosen one was there */
};

static int
wrong(const struct reading *reading, const char *what)
{
    snprintf(reading->why, CREDENTIALS_FILE_WHY_MAX, "%.300s:%u: %s", reading->path, reading->line,
             what);
    return AWS_ROLE_ERR_CONFIG;
}

static int
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct piece
trim(const char *at, size_t size)
{
    while (size > 0 && is_blank(at[0])) {
        at++;
        size--;
    }
    while (size > 0 && is_blank(at[size - 1]))
        size--;
    return (struct piece){at, size};
}

static int
equals(struct piece piece, const char *text)
{
    return piece.size == strlen(text) && memcmp(piece.at, text, piece.size) == 0;
}

/* `[name]` and `[profile name]` */
static int
read_section(struct reading *reading, struct piece line)
{
    struct piece name;

    if (line.at[line.size - 1] != ']' || line.size < 3)
        return wrong(reading, "a section is written [name]: close it with ]");
    name = trim(line.at + 1, line.size - 2);
    if (name.size > 8 && memcmp(name.at, "profile", 7) == 0 && is_blank(name.at[7]))
        name = trim(name.at + 8, name.size - 8);
    if (name.size == 0 || memchr(name.at, '[', name.size) != NULL ||
        memchr(name.at, ']', name.size) != NULL)
        return wrong(reading, "a section has a name without brackets: write [name]");
    reading->in_section = 1;
    reading->in_profile = reading->profile != NULL && equals(name, reading->profile);
    if (reading->in_profile && reading->seen)
        return wrong(reading, "the profile is here a second time: keep one");
    reading->seen |= reading->in_profile;
    return 0;
}

static int
set_key_id(struct reading *reading, struct piece value)
{
    char *id = reading->credentials->access_key_id;

    if (id[0] != '\0')
        return wrong(reading, "aws_access_key_id is here a second time: keep one");
    if (!key_rules_id(value.at, value.size))
        return wrong(reading, "aws_access_key_id has 16 to 128 letters and digits: copy it again");
    memcpy(id, value.at, value.size);
    id[value.size] = '\0';
    return 0;
}

static int
set_secret(struct reading *reading, const char *name, struct secret *secret, struct piece value,
           size_t size_max)
{
    char what[96];
    int r = 0;

    if (secret->size > 0) {
        snprintf(what, sizeof what, "%s is here a second time: keep one", name);
        return wrong(reading, what);
    }
    if (!key_rules_secret(value.at, value.size, size_max)) {
        snprintf(what, sizeof what, "%s has blanks, is empty or too long: copy it again", name);
        return wrong(reading, what);
    }
    if ((r = secret_set(secret, value.at, value.size)) != 0)
        snprintf(reading->why, CREDENTIALS_FILE_WHY_MAX, "out of memory");
    return r;
}

/* Not what a device is called, which is for whoever asks: only that it is one word of the file. */
static int
set_device(struct reading *reading, struct piece value)
{
    if (reading->device[0] != '\0')
        return wrong(reading, "mfa_serial is here a second time: keep one");
    if (value.size == 0 || value.size > CREDENTIALS_FILE_DEVICE_MAX)
        return wrong(reading, "mfa_serial is empty or too long: copy it again, or remove the line");
    memcpy(reading->device, value.at, value.size);
    reading->device[value.size] = '\0';
    return 0;
}

static int
read_setting(struct reading *reading, struct piece line)
{
    struct credentials *credentials = reading->credentials;
    const char *sign = memchr(line.at, '=', line.size);
    struct piece name, value;

    if (sign == NULL)
        return wrong(reading, "a line is `key = value`: this one has no =");
    if (!reading->in_section)
        return wrong(reading, "a key comes after the [name] of its profile: write that first");
    name = trim(line.at, (size_t)(sign - line.at));
    value = trim(sign + 1, line.size - (size_t)(sign + 1 - line.at));
    if (name.size == 0)
        return wrong(reading, "a line is `key = value`: this one has no key");
    if (!reading->in_profile)
        return 0;
    if (equals(name, "aws_access_key_id"))
        return set_key_id(reading, value);
    if (equals(name, "aws_secret_access_key"))
        return set_secret(reading, "aws_secret_access_key", &credentials->secret_access_key,
                          value, CREDENTIALS_SECRET_MAX);
    if (equals(name, "aws_session_token"))
        return set_secret(reading, "aws_session_token", &credentials->session_token, value,
                          CREDENTIALS_TOKEN_MAX);
    if (equals(name, "mfa_serial"))
        return set_device(reading, value);
    return wrong(reading, "a key that is not known here: a profile has aws_access_key_id and "
                          "aws_secret_access_key, perhaps aws_session_token and mfa_serial");
}

static int
read_line(struct reading *reading, const char *at, size_t size)
{
    struct piece line;

    reading->line++;
    if (size > 0 && at[size - 1] == '\r')
        size--;
    if (memchr(at, '\0', size) != NULL)
        return wrong(reading, "a NUL byte: write the file again as text");
    line = trim(at, size);
    if (line.size == 0 || line.at[0] == '#' || line.at[0] == ';')
        return 0;
    if (line.at != at)
        return wrong(reading, "an indented line: remove the blanks before it");
    return line.at[0] == '[' ? read_section(reading, line) : read_setting(reading, line);
}

static int
check_complete(const struct reading *reading)
{
    const struct credentials *credentials = reading->credentials;
    const char *missing = NULL;

    if (reading->profile == NULL)
        return 0;
    if (!reading->seen) {
        snprintf(reading->why, CREDENTIALS_FILE_WHY_MAX,
                 "%.300s: there is no profile [%.300s]: add it, with its keys", reading->path,
                 reading->profile);
        return AWS_ROLE_ERR_CONFIG;
    }
    if (credentials->access_key_id[0] == '\0')
        missing = "aws_access_key_id";
    else if (credentials->secret_access_key.size == 0)
        missing = "aws_secret_access_key";
    if (missing == NULL)
        return 0;
    snprintf(reading->why, CREDENTIALS_FILE_WHY_MAX, "%.300s: [%.300s] has no %s: add it",
             reading->path, reading->profile, missing);
    return AWS_ROLE_ERR_CONFIG;
}

static int
parse(struct reading *reading, const char *content, size_t size)
{
    size_t length;
    int r = 0;

    credentials_wipe(reading->credentials);
    reading->device[0] = '\0';
    for (size_t at = 0; r == 0 && at < size; at += length + 1) {
        const char *end = memchr(content + at, '\n', size - at);

        length = end == NULL ? size - at : (size_t)(end - (content + at));
        r = read_line(reading, content + at, length);
    }
    if (r == 0)
        r = check_complete(reading);
    if (r != 0)
        credentials_wipe(reading->credentials);
    else
        credentials_set_expiry(reading->credentials, 0, 0);
    return r;
}

int
credentials_file_parse(const char *path, const char *content, size_t size, const char *profile,
                       struct credentials *credentials, char *why)
{
    char device[CREDENTIALS_FILE_DEVICE_MAX + 1];
    struct reading reading = {.path = path, .profile = profile, .credentials = credentials,
                              .device = device, .why = why};

    return parse(&reading, content, size);
}

static int
read_file(struct reading *reading, const struct trust *trust)
{
    char problem[TRUSTED_FILE_WHY_MAX] = "";
    struct file_identity identity;
    struct secret content = SECRET_EMPTY;
    int r = trusted_file_read(reading->path, TRUSTED_FILE_SECRET, trust,
                              CREDENTIALS_FILE_SIZE_MAX, &content, &identity, problem);

    if (r != 0)
        snprintf(reading->why, CREDENTIALS_FILE_WHY_MAX, "%s",
                 problem[0] != '\0' ? problem : error_text(r));
    else
        r = parse(reading, content.data, content.size);
    secret_wipe(&content);
    return r;
}

int
credentials_file_read(const char *path, const char *profile, const struct trust *trust,
                      struct credentials *credentials, char *why)
{
    char device[CREDENTIALS_FILE_DEVICE_MAX + 1];
    struct reading reading = {.path = path, .profile = profile, .credentials = credentials,
                              .device = device, .why = why};

    return read_file(&reading, trust);
}

int
credentials_file_read_device(const char *path, const char *profile, const struct trust *trust,
                             char *device, char *why)
{
    struct credentials keys = {.arn = ""};
    struct reading reading = {.path = path, .profile = profile, .credentials = &keys,
                              .device = device, .why = why};
    int r;

    device[0] = '\0'; /* also where nothing is parsed */
    r = read_file(&reading, trust);
    credentials_wipe(&keys);
    if (r != 0)
        device[0] = '\0';
    return r;
}
