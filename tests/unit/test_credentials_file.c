/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/credentials_file.h"
#include "common/error.h"

#define ID "AKIAEXAMPLEEXAMPLE12"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define KEYS "aws_access_key_id = " ID "\naws_secret_access_key = " SECRET "\n"

static int
parse(const char *content, size_t size, const char *profile, struct credentials *credentials,
      char *why)
{
    why[0] = '\0';
    return credentials_file_parse("/etc/c", content, size, profile, credentials, why);
}

static const struct {
    const char *content, *profile, *token;
} good[] = {
    {"[deploy]\n" KEYS, "deploy", ""},
    {"[profile deploy]\n" KEYS, "deploy", ""},
    {"[ deploy ]\r\naws_access_key_id=" ID "\r\naws_secret_access_key=" SECRET "\r\n", "deploy",
     ""},
    {"# one\n; two\n\n[other]\nx = y\naws_access_key_id = short\n[deploy]\n" KEYS "[last]\n",
     "deploy", ""},
    {"[deploy]\n" KEYS "aws_session_token = abc/+==", "deploy", "abc/+=="},
    {"[a b@c]\n" KEYS, "a b@c", ""},
    {"[deploy]\nmfa_serial = GAHT12345678\n" KEYS, "deploy", ""},
    {"[proxy]\npassword = x\npassword = y\n[deploy]\n" KEYS, "deploy", ""},
};

static void
reads_profiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct credentials credentials = {.arn = ""};
        char why[CREDENTIALS_FILE_WHY_MAX];

        assert_int_equal(parse(good[i].content, strlen(good[i].content), good[i].profile,
                               &credentials, why),
                         0);
        assert_string_equal(credentials.access_key_id, ID);
        assert_string_equal(credentials.secret_access_key.data, SECRET);
        assert_int_equal(credentials.session_token.size, strlen(good[i].token));
        assert_int_equal(credentials.expires_at, 0);
        assert_true(credentials_are_valid(&credentials));
        credentials_wipe(&credentials);
    }
}

static const struct {
    const char *content, *words;
} bad[] = {
    {"", "/etc/c: there is no profile [deploy]"},
    {"[other]\n" KEYS, "/etc/c: there is no profile [deploy]"},
    {"[Deploy]\n" KEYS, "there is no profile [deploy]"},
    {"[deploy]\n", "[deploy] has no aws_access_key_id"},
    {"[deploy]\naws_access_key_id = " ID "\n", "[deploy] has no aws_secret_access_key"},
    {"[deploy]\naws_secret_access_key = " SECRET "\n", "has no aws_access_key_id"},
    {KEYS, "/etc/c:1: a key comes after the [name]"},
    {"[deploy]\n" KEYS "[deploy]\n", "/etc/c:4: the profile is here a second time"},
    {"[deploy]\n" KEYS "[profile deploy]\n", "/etc/c:4: the profile is here a second time"},
    {"[deploy]\n" KEYS "aws_access_key_id = " ID "\n", "/etc/c:4: aws_access_key_id is here"},
    {"[deploy]\n" KEYS "aws_secret_access_key = x\n", "/etc/c:4: aws_secret_access_key is here"},
    {"[deploy]\n" KEYS "Aws_Session_Token = x\n", "/etc/c:4: a key that is not known"},
    {"[deploy]\n" KEYS "role_arn = x\n", "/etc/c:4: a key that is not known"},
    {"[deploy]\n" KEYS "Mfa_Serial = GAHT12345678\n", "/etc/c:4: a key that is not known"},
    {"[deploy]\nmfa_serial = a\n" KEYS "mfa_serial = b\n", "/etc/c:5: mfa_serial is here a second"},
    {"[deploy]\n" KEYS "mfa_serial =\n", "/etc/c:4: mfa_serial is empty or too long"},
    {"[deploy]\nmfa_serial = GAHT12345678\n", "[deploy] has no aws_access_key_id"},
    {"[deploy]\n" KEYS "nonsense\n", "/etc/c:4: a line is `key = value`"},
    {"[deploy]\n= x\n", "/etc/c:2: a line is `key = value`: this one has no key"},
    {"[deploy]\n aws_access_key_id = " ID "\n", "/etc/c:2: an indented line"},
    {"[deploy\n" KEYS, "/etc/c:1: a section is written [name]"},
    {"[]\n", "/etc/c:1: a section"},
    {"[a]b]\n", "/etc/c:1: a section has a name without brackets"},
    {"[deploy]\naws_access_key_id = AKIA\n", "/etc/c:2: aws_access_key_id has 16"},
    {"[deploy]\naws_access_key_id = " ID " # mine\n", "/etc/c:2: aws_access_key_id has 16"},
    {"[deploy]\naws_secret_access_key = a b\n", "/etc/c:2: aws_secret_access_key has blanks"},
    {"[deploy]\naws_secret_access_key =\n", "/etc/c:2: aws_secret_access_key has blanks, is emp"},
    {"[deploy]\naws_secret_access_key = \xc3\xa4\n", "/etc/c:2: aws_secret_access_key"},
};

static void
names_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct credentials credentials = {.arn = ""};
        char why[CREDENTIALS_FILE_WHY_MAX];

        assert_int_equal(parse(bad[i].content, strlen(bad[i].content), "deploy", &credentials,
                               why),
                         AWS_ROLE_ERR_CONFIG);
        if (strstr(why, bad[i].words) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", bad[i].words, why);
        assert_null(strstr(why, SECRET));
        assert_null(strstr(why, ID));
        assert_int_equal(credentials.access_key_id[0], '\0');
        assert_null(credentials.secret_access_key.data);
    }
}

/* Whoever has no profile in mind. */
static void
looks_at_the_form_alone(void **state)
{
    static const char good_form[] = "[a]\n[b]\naws_access_key_id = short\n[b]\n";
    static const char bad_form[] = "[a]\n" SECRET "\n";
    struct credentials credentials = {.arn = ""};
    char why[CREDENTIALS_FILE_WHY_MAX];

    (void)state;
    assert_int_equal(parse("", 0, NULL, &credentials, why), 0);
    assert_int_equal(parse(good_form, sizeof good_form - 1, NULL, &credentials, why), 0);
    assert_null(credentials.secret_access_key.data);
    assert_int_equal(parse(bad_form, sizeof bad_form - 1, NULL, &credentials, why),
                     AWS_ROLE_ERR_CONFIG);
    assert_string_equal(why, "/etc/c:2: a line is `key = value`: this one has no =");
}

static void
refuses_a_nul(void **state)
{
    static const char content[] = "[deploy]\naws_secret_access_key = a\0b\n";
    struct credentials credentials = {.arn = ""};
    char why[CREDENTIALS_FILE_WHY_MAX];

    (void)state;
    assert_int_equal(parse(content, sizeof content - 1, "deploy", &credentials, why),
                     AWS_ROLE_ERR_CONFIG);
    assert_non_null(strstr(why, "/etc/c:2: a NUL byte"));
}

static void
write_file(const char *path, const char *content, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void
trusts_nothing_others_may_write_or_read(void **state)
{
    char folder[] = "/tmp/credentials-file-XXXXXX", path[64];
    struct trust trust = {.owner = geteuid(), .secret_group = getegid()};
    struct credentials credentials = {.arn = ""};
    char why[CREDENTIALS_FILE_WHY_MAX];

    (void)state;
    assert_non_null(mkdtemp(folder));
    trust.below = folder;
    snprintf(path, sizeof path, "%s/credentials", folder);
    assert_int_equal(credentials_file_read(path, "deploy", &trust, &credentials, why),
                     AWS_ROLE_ERR_NOT_FOUND);
    assert_non_null(strstr(why, path));
    write_file(path, "[deploy]\n" KEYS, 0640);
    assert_int_equal(credentials_file_read(path, "deploy", &trust, &credentials, why), 0);
    assert_string_equal(credentials.access_key_id, ID);
    write_file(path, "[deploy]\n" KEYS, 0644);
    assert_int_equal(credentials_file_read(path, "deploy", &trust, &credentials, why),
                     AWS_ROLE_ERR_UNTRUSTED);
    write_file(path, "[deploy]\n" KEYS, 0660);
    assert_int_equal(credentials_file_read(path, "deploy", &trust, &credentials, why),
                     AWS_ROLE_ERR_UNTRUSTED);
    credentials_wipe(&credentials);
    unlink(path);
    rmdir(folder);
}

/* One word of the profile; whether the file is to be believed and well formed counts as ever. */
static void
reads_the_device_alone(void **state)
{
    char folder[] = "/tmp/credentials-file-XXXXXX", path[64], serial[259];
    char device[CREDENTIALS_FILE_DEVICE_MAX + 1] = "x", why[CREDENTIALS_FILE_WHY_MAX], text[512];
    struct trust trust = {.owner = geteuid(), .secret_group = getegid()};

    (void)state;
    assert_non_null(mkdtemp(folder));
    trust.below = folder;
    snprintf(path, sizeof path, "%s/credentials", folder);
    assert_int_equal(credentials_file_read_device(path, "deploy", &trust, device, why),
                     AWS_ROLE_ERR_NOT_FOUND);
    assert_string_equal(device, "");
    assert_non_null(strstr(why, path));
    write_file(path, "[a]\nmfa_serial = b\n[deploy]\n" KEYS "mfa_serial = a word \n", 0640);
    assert_int_equal(credentials_file_read_device(path, "deploy", &trust, device, why), 0);
    assert_string_equal(device, "a word");
    write_file(path, "[a]\nmfa_serial = b\n[deploy]\n" KEYS, 0640);
    assert_int_equal(credentials_file_read_device(path, "deploy", &trust, device, why), 0);
    assert_string_equal(device, "");
    for (int length = 256; length <= 257; length++) {
        snprintf(serial, sizeof serial, "%0*d", length, 0);
        snprintf(text, sizeof text, "[deploy]\n" KEYS "mfa_serial = %s\n", serial);
        write_file(path, text, 0640);
        assert_int_equal(credentials_file_read_device(path, "deploy", &trust, device, why),
                         length == 256 ? 0 : AWS_ROLE_ERR_CONFIG);
        assert_string_equal(device, length == 256 ? serial : "");
    }
    write_file(path, "[deploy]\n" KEYS "mfa_serial = x\nnonsense\n", 0640);
    assert_int_equal(credentials_file_read_device(path, "deploy", &trust, device, why),
                     AWS_ROLE_ERR_CONFIG);
    assert_string_equal(device, "");
    write_file(path, "[deploy]\n" KEYS "mfa_serial = x\n", 0644);
    assert_int_equal(credentials_file_read_device(path, "deploy", &trust, device, why),
                     AWS_ROLE_ERR_UNTRUSTED);
    unlink(path);
    rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_profiles),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(looks_at_the_form_alone),
        cmocka_unit_test(refuses_a_nul),
        cmocka_unit_test(trusts_nothing_others_may_write_or_read),
        cmocka_unit_test(reads_the_device_alone),
    };

    return cmocka_run_group_tests_name("credentials_file", tests, NULL, NULL);
}
