/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/variables.h"
#include "common/error.h"
#include "fake_agent.h"

#define SOCKET "/run/aws-role/1000/1.2.ab"
#define NOW 1000000000

static void
assert_set(const struct variables *variables, enum variables_name name, const char *value)
{
    assert_int_equal(variables->change[name], VARIABLES_SET);
    assert_string_equal(variables->value[name].data, value);
}

static void
keys_take_the_endpoints_place(void **state)
{
    struct variables variables;
    struct record grant;

    (void)state;
    fake_agent_grant(&grant, "developer");
    assert_int_equal(variables_of_grant(&variables, &grant, SOCKET, NOW), 0);
    assert_set(&variables, VARIABLES_ACCESS_KEY_ID, "ASIAEXAMPLEEXAMPLE01");
    assert_set(&variables, VARIABLES_SECRET_ACCESS_KEY, "se/cret+1");
    assert_set(&variables, VARIABLES_SESSION_TOKEN, "to/ken==");
    assert_set(&variables, VARIABLES_ROLE_NAME, "developer");
    assert_set(&variables, VARIABLES_SOCKET, SOCKET);
    assert_int_equal(variables.change[VARIABLES_ENDPOINT_URI], VARIABLES_UNSET);
    assert_int_equal(variables.change[VARIABLES_ENDPOINT_TOKEN], VARIABLES_UNSET);
    assert_int_equal(variables.change[VARIABLES_SECURITY_TOKEN], VARIABLES_UNSET);
    assert_int_equal(variables.change[VARIABLES_REGION], VARIABLES_LEAVE);
    variables_wipe(&variables);
    record_wipe(&grant);
}

static void
the_end_is_told_in_utc(void **state)
{
    struct variables variables;
    struct record grant;
    struct tm utc = {0};
    time_t end;

    (void)state;
    fake_agent_grant(&grant, "developer");
    assert_int_equal(variables_of_grant(&variables, &grant, SOCKET, NOW), 0);
    assert_int_equal(variables.value[VARIABLES_EXPIRATION].size, strlen("2026-11-26T00:00:00Z"));
    assert_non_null(
        strptime(variables.value[VARIABLES_EXPIRATION].data, "%Y-%m-%dT%H:%M:%SZ", &utc));
    end = timegm(&utc);
    assert_true(end > time(NULL) + 3500 && end <= time(NULL) + 3600);
    variables_wipe(&variables);
    record_wipe(&grant);
}

static void
the_endpoint_takes_the_keys_place(void **state)
{
    static const enum variables_name gone[] = {
        VARIABLES_ACCESS_KEY_ID, VARIABLES_SECRET_ACCESS_KEY, VARIABLES_SESSION_TOKEN,
        VARIABLES_EXPIRATION,    VARIABLES_SECURITY_TOKEN,    VARIABLES_RELATIVE_URI,
        VARIABLES_TOKEN_FILE};
    struct variables variables;
    struct record grant;

    (void)state;
    fake_agent_endpoint(&grant, "developer");
    assert_int_equal(variables_of_grant(&variables, &grant, SOCKET, NOW), 0);
    assert_set(&variables, VARIABLES_ENDPOINT_URI, "http://127.0.0.1:43210/role/developer");
    assert_set(&variables, VARIABLES_ENDPOINT_TOKEN, "0123456789abcdef");
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        assert_int_equal(variables.change[gone[i]], VARIABLES_UNSET);
    variables_wipe(&variables);
    record_wipe(&grant);
}

/* A GRANT of the endpoint at `uri` with `token`. */
static void
make_endpoint(struct record *grant, const char *uri, const char *token)
{
    struct secret secret = SECRET_EMPTY;

    record_start(grant, RECORD_GRANT);
    record_put_text(grant, FIELD_ROLE, "developer");
    record_put_number(grant, FIELD_REFRESH_AT, 0);
    record_put_text(grant, FIELD_ENDPOINT_URI, uri);
    assert_int_equal(secret_set(&secret, token, strlen(token)), 0);
    record_put_secret(grant, FIELD_ENDPOINT_TOKEN, &secret);
    secret_wipe(&secret);
}

static void
only_an_endpoint_on_loopback_is_one(void **state)
{
    static const char *const bad[] = {
        "http://127.0.0.1/x",       "http://127.0.0.1:/x",       "http://127.0.0.1:0/x",
        "http://127.0.0.1:65536/x", "http://127.0.0.1:080/x",    "http://127.0.0.1:80",
        "http://127.0.0.1:80@h/x",  "https://127.0.0.1:80/x",    "http://localhost:80/x",
        "http://10.0.0.1:80/x",     "http://127.0.0.1:80/x y",   "http://127.0.0.1:80/\x7f",
        "http://127.0.0.1:80/\xc3\xa9", "http://127.0.0.1:99999999999999999999/",
    };
    struct variables variables;
    struct record grant;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make_endpoint(&grant, bad[i], "token");
        assert_int_equal(variables_of_grant(&variables, &grant, SOCKET, NOW),
                         AWS_ROLE_ERR_PROTOCOL);
        record_wipe(&grant);
    }
    make_endpoint(&grant, "http://127.0.0.1:65535/", "token");
    assert_int_equal(variables_of_grant(&variables, &grant, SOCKET, NOW), 0);
    variables_wipe(&variables);
    record_wipe(&grant);
}

static void
assert_refused(const struct record *grant)
{
    struct variables variables;

    assert_int_equal(variables_of_grant(&variables, grant, SOCKET, NOW), AWS_ROLE_ERR_PROTOCOL);
    for (size_t i = 0; i < VARIABLES_COUNT; i++) {
        assert_int_equal(variables.change[i], VARIABLES_LEAVE);
        assert_null(variables.value[i].data);
    }
}

static void
values_that_are_none_are_refused(void **state)
{
    static const char *const bad[] = {"a b", "a\nb", "a\x7f", "\xc3\xa9", "a\x01"};
    struct record grant;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        make_endpoint(&grant, "http://127.0.0.1:1/", bad[i]);
        assert_refused(&grant);
        record_wipe(&grant);
    }
    fake_agent_grant(&grant, "no/role");
    assert_refused(&grant);
    record_wipe(&grant);
}

static void
parts_and_both_are_refused(void **state)
{
    struct secret secret = SECRET_EMPTY;
    struct record grant;

    (void)state;
    fake_agent_grant(&grant, "developer");
    record_put_text(&grant, FIELD_ENDPOINT_URI, "http://127.0.0.1:1/");
    assert_refused(&grant);
    record_wipe(&grant);

    /* Neither; the endpoint without its token; keys without token and end. */
    record_start(&grant, RECORD_GRANT);
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_REFRESH_AT, 0);
    assert_refused(&grant);
    record_put_text(&grant, FIELD_ENDPOINT_URI, "http://127.0.0.1:1/");
    assert_refused(&grant);
    record_wipe(&grant);

    record_start(&grant, RECORD_GRANT);
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_REFRESH_AT, 0);
    record_put_text(&grant, FIELD_ACCESS_KEY_ID, "AKIAEXAMPLEEXAMPLE01");
    assert_int_equal(secret_set(&secret, "x", 1), 0);
    record_put_secret(&grant, FIELD_SECRET_ACCESS_KEY, &secret);
    assert_refused(&grant);
    secret_wipe(&secret);
    record_wipe(&grant);
}

static void
assert_refresh_at_before(uint64_t at, const char *last_error, uint64_t end, const char *expected)
{
    struct variables variables;
    struct record grant;

    record_start(&grant, RECORD_GRANT);
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_REFRESH_AT, at);
    if (end != 0)
        record_put_number(&grant, FIELD_EXPIRES_AT, end);
    record_put_text(&grant, FIELD_LAST_ERROR, last_error);
    record_put_text(&grant, FIELD_ENDPOINT_URI, "http://127.0.0.1:1/");
    record_put_secret(&grant, FIELD_ENDPOINT_TOKEN, &(struct secret){(char[]){"t"}, 1});
    if (expected == NULL) {
        assert_refused(&grant);
    } else {
        assert_int_equal(variables_of_grant(&variables, &grant, SOCKET, NOW), 0);
        assert_set(&variables, VARIABLES_REFRESH_AT, expected);
        variables_wipe(&variables);
    }
    record_wipe(&grant);
}

static void
assert_refresh_at(uint64_t at, const char *last_error, const char *expected)
{
    assert_refresh_at_before(at, last_error, 0, expected);
}

static void
a_past_time_is_made_a_little_later(void **state)
{
    (void)state;
    assert_refresh_at(NOW + 1, NULL, "1000000001");
    assert_refresh_at(NOW + 1, "AWS is away", "1000000001");
    assert_refresh_at(NOW, NULL, "1000000003");
    assert_refresh_at(0, NULL, "1000000003");
    assert_refresh_at(NOW - 5, "AWS is away", "1000000030");
    /* not later than the end of what is given, unless that is past */
    assert_refresh_at_before(NOW - 5, "AWS is away", NOW + 12, "1000000012");
    assert_refresh_at_before(NOW - 5, "AWS is away", NOW + 31, "1000000030");
    assert_refresh_at_before(NOW - 5, "AWS is away", NOW, "1000000030");
    assert_refresh_at(9999999998, NULL, "9999999998");
    assert_refresh_at(9999999999, NULL, NULL);
    assert_refresh_at(UINT64_MAX, NULL, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_take_the_endpoints_place),
        cmocka_unit_test(the_end_is_told_in_utc),
        cmocka_unit_test(the_endpoint_takes_the_keys_place),
        cmocka_unit_test(only_an_endpoint_on_loopback_is_one),
        cmocka_unit_test(values_that_are_none_are_refused),
        cmocka_unit_test(parts_and_both_are_refused),
        cmocka_unit_test(a_past_time_is_made_a_little_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
