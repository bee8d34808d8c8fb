/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/url.h"

static const struct {
    const char *text;
    int tls;
    const char *name, *host, *path;
} good[] = {
    {"https://sts.amazonaws.com", 1, "sts.amazonaws.com", "sts.amazonaws.com", "/"},
    {"https://sts.amazonaws.com/", 1, "sts.amazonaws.com", "sts.amazonaws.com", "/"},
    {"https://h:443/a/b", 1, "h", "h", "/a/b"},
    {"https://h:8443", 1, "h", "h:8443", "/"},
    {"http://127.0.0.1:80/x", 0, "127.0.0.1", "127.0.0.1", "/x"},
    {"http://[fd00:ec2::254]/latest", 0, "[fd00:ec2::254]", "[fd00:ec2::254]", "/latest"},
    {"http://[::1]:9", 0, "[::1]", "[::1]:9", "/"},
};

static void
splits_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct url url;

        assert_int_equal(url_split(good[i].text, &url), 0);
        assert_int_equal(url.tls, good[i].tls);
        assert_string_equal(url.name, good[i].name);
        assert_string_equal(url.host, good[i].host);
        assert_string_equal(url.path, good[i].path);
    }
}

static const char *const bad[] = {
    "",
    "sts.amazonaws.com",
    "ftp://h",
    "file:///etc/passwd",
    "HTTPS://h",
    "https://",
    "https:///a",
    "https://user@h",
    "https://user:password@h/",
    "https://h:0",
    "https://h:65536",
    "https://h:123456",
    "https://h:",
    "https://h:x",
    "https://h?a=b",
    "https://h/?a=b",
    "https://h/#f",
    "https://h/a b",
    "https://h/a\r\nX: y",
    "https://h\\@evil",
    "https://h/\xc3\xa4",
    "https://[::1",
    "https://[]",
    "https://[::1%25eth0]",
    "https://\xc3\xa4/",
};

static void
refuses_everything_else(void **state)
{
    char text[2000] = "https://";
    struct url url;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (url_split(bad[i], &url) != AWS_ROLE_ERR_REFUSED)
            fail_msg("%s was taken", bad[i]);
    memset(text + 8, 'a', 256);
    assert_int_equal(url_split(text, &url), AWS_ROLE_ERR_REFUSED);
    memset(text + 8, 'a', 255);
    text[8 + 255] = '\0';
    assert_int_equal(url_split(text, &url), 0);
    text[9] = '/';
    memset(text + 10, 'a', 1500);
    assert_int_equal(url_split(text, &url), AWS_ROLE_ERR_REFUSED);
}

static int
is_local(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return url_is_local((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return url_is_local((const struct sockaddr *)&v6);
}

static void
knows_local_addresses(void **state)
{
    static const char *const local[] = {"127.0.0.1", "127.255.0.9", "::1", "169.254.169.254",
                                        "169.254.170.2", "169.254.170.23", "fd00:ec2::254",
                                        "fd00:ec2::23"};
    static const char *const elsewhere[] = {"128.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.253",
                                            "::", "fd00:ec2::255", "::ffff:8.8.8.8",
                                            "::ffff:127.0.0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        assert_true(is_local(local[i]));
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        assert_false(is_local(elsewhere[i]));
    assert_false(url_is_local(&(struct sockaddr){.sa_family = AF_UNIX}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_urls),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(knows_local_addresses),
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
