/* SPDX-License-Identifier: BSD-3-Clause */
/* The module's export, in a real PAM handle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pam_module/environment.h"
#include "tests/unit/pam_handle.h"

#define SOCKET "/run/aws-role/1000/1.2.3"

static pam_handle_t *pamh;
static struct record grant;
static unsigned int exported;

static const struct secret hidden = {(char[]){"wJalrXUtnFEMI/K7MDENG+bPx"}, 25};

/* A GRANT of keys, without the role's name, which each test adds. */
static int
start(void **state)
{
    (void)state;
    exported = 0;
    pamh = pam_handle_start("nobody");
    record_start(&grant, RECORD_GRANT);
    record_put_number(&grant, FIELD_REFRESH_AT, 1764002400);
    record_put_text(&grant, FIELD_ACCESS_KEY_ID, "ASIAEXAMPLEEXAMPLE12");
    record_put_secret(&grant, FIELD_SECRET_ACCESS_KEY, &hidden);
    record_put_secret(&grant, FIELD_SESSION_TOKEN, &hidden);
    record_put_text(&grant, FIELD_SOCKET, SOCKET);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    record_wipe(&grant);
    assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
    return 0;
}

static void
is_set(const char *name, const char *value)
{
    const char *found = pam_getenv(pamh, name);

    assert_non_null(found);
    assert_string_equal(found, value);
}

static size_t
count_variables(void)
{
    char **list = pam_getenvlist(pamh);
    size_t count = 0;

    for (; list[count] != NULL; count++)
        free(list[count]);
    free((void *)list);
    return count;
}

static void
is_dropped_whole(void)
{
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SESSION_ERR);
    assert_int_equal(count_variables(), 0);
}

static void
keys_get_their_names(void **state)
{
    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    record_put_text(&grant, FIELD_REGION, "ap-northeast-1");
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    is_set("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE12");
    is_set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPx");
    is_set("AWS_SESSION_TOKEN", "wJalrXUtnFEMI/K7MDENG+bPx");
    is_set("AWS_CREDENTIAL_EXPIRATION", "2025-11-24T16:50:15Z");
    is_set("AWS_REGION", "ap-northeast-1");
    is_set("AWS_DEFAULT_REGION", "ap-northeast-1");
    is_set("AWS_ROLE_NAME", "developer");
    is_set("AWS_ROLE_SOCKET", SOCKET);
    is_set("AWS_ROLE_REFRESH_AT", "1764002400");
    assert_int_equal(count_variables(), 9);
}

static void
without_a_region_none_is_set(void **state)
{
    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    assert_null(pam_getenv(pamh, "AWS_REGION"));
    assert_int_equal(count_variables(), 7);
}

static void
an_endpoint_and_keys_are_never_mixed(void **state)
{
    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    is_dropped_whole(); /* keys without their end */
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    record_put_text(&grant, FIELD_ENDPOINT_URI, "http://127.0.0.1:1/");
    is_dropped_whole();
}

static void
an_endpoint_gets_its_names_and_no_key(void **state)
{
    (void)state;
    record_wipe(&grant);
    record_start(&grant, RECORD_GRANT);
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_REFRESH_AT, 0);
    record_put_text(&grant, FIELD_ENDPOINT_URI, "http://127.0.0.1:1/");
    is_dropped_whole(); /* without its token */
    record_put_secret(&grant, FIELD_ENDPOINT_TOKEN, &hidden);
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
    is_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "wJalrXUtnFEMI/K7MDENG+bPx");
    assert_null(pam_getenv(pamh, "AWS_ACCESS_KEY_ID"));
}

static void
a_value_that_is_not_printable_drops_all(void **state)
{
    static const char *const bad[] = {"a\nLD_PRELOAD=/tmp/x.so", "a b", "\x01", "\x7f", "\xc3\xa9"};
    struct record good = grant;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        record_start(&grant, RECORD_GRANT);
        record_put_from(&grant, FIELD_REFRESH_AT, &good);
        record_put_from(&grant, FIELD_ACCESS_KEY_ID, &good);
        record_put_from(&grant, FIELD_SECRET_ACCESS_KEY, &good);
        record_put_from(&grant, FIELD_SESSION_TOKEN, &good);
        record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
        record_put_text(&grant, FIELD_ROLE, bad[i]);
        is_dropped_whole();
        record_wipe(&grant);
    }
    grant = good;
}

static void
a_secret_with_a_newline_or_nul_drops_all(void **state)
{
    const struct secret newline = {(char[]){"a\nX=y"}, 5}, nul = {(char[]){"a\0b"}, 3};

    (void)state;
    record_wipe(&grant);
    for (int i = 0; i < 2; i++) {
        record_start(&grant, RECORD_GRANT);
        record_put_text(&grant, FIELD_ROLE, "developer");
        record_put_number(&grant, FIELD_REFRESH_AT, 0);
        record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
        record_put_text(&grant, FIELD_ACCESS_KEY_ID, "ASIAEXAMPLEEXAMPLE12");
        record_put_secret(&grant, FIELD_SECRET_ACCESS_KEY, &hidden);
        record_put_secret(&grant, FIELD_SESSION_TOKEN, i == 0 ? &newline : &nul);
        is_dropped_whole();
        record_wipe(&grant);
    }
}

static void
a_time_beyond_the_calendar_drops_all(void **state)
{
    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, UINT64_MAX);
    is_dropped_whole();
}

/* A PENDING without an endpoint. */
static struct record pending = {.kind = RECORD_PENDING};

static void
a_pending_session_asks_at_its_first_prompt(void **state)
{
    (void)state;
    assert_int_equal(environment_export_pending(pamh, &pending, SOCKET, &exported), PAM_SUCCESS);
    is_set("AWS_ROLE_SOCKET", SOCKET);
    is_set("AWS_ROLE_REFRESH_AT", "0");
    assert_int_equal(count_variables(), 2);
}

/* A GRANT as an agent gives it: without the socket, with other keys and another region. */
static void
make_newer(struct record *newer)
{
    record_start(newer, RECORD_GRANT);
    record_put_text(newer, FIELD_ROLE, "developer");
    record_put_number(newer, FIELD_REFRESH_AT, 1764006000);
    record_put_number(newer, FIELD_EXPIRES_AT, 1764007200);
    record_put_text(newer, FIELD_ACCESS_KEY_ID, "ASIANEWERNEWERNEWER1");
    record_put_secret(newer, FIELD_SECRET_ACCESS_KEY, &hidden);
    record_put_secret(newer, FIELD_SESSION_TOKEN, &hidden);
    record_put_text(newer, FIELD_REGION, "eu-central-1");
}

static void
a_renewal_changes_keys_and_times_and_nothing_else(void **state)
{
    struct record newer;

    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    record_put_text(&grant, FIELD_REGION, "ap-northeast-1");
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    make_newer(&newer);
    assert_int_equal(environment_renew(pamh, &newer, &exported), PAM_SUCCESS);
    record_wipe(&newer);
    is_set("AWS_ACCESS_KEY_ID", "ASIANEWERNEWERNEWER1");
    is_set("AWS_CREDENTIAL_EXPIRATION", "2025-11-24T18:00:00Z");
    is_set("AWS_ROLE_REFRESH_AT", "1764006000");
    is_set("AWS_ROLE_SOCKET", SOCKET);
    is_set("AWS_REGION", "ap-northeast-1");
    is_set("AWS_DEFAULT_REGION", "ap-northeast-1");
}

static void
the_first_credentials_of_a_waiting_session_bring_the_region(void **state)
{
    struct record newer;

    (void)state;
    assert_int_equal(setenv("AWS_ROLE_NAME", "of-the-caller", 1), 0);
    assert_int_equal(environment_export_pending(pamh, &pending, SOCKET, &exported), PAM_SUCCESS);
    assert_int_equal(unsetenv("AWS_ROLE_NAME"), 0);
    make_newer(&newer);
    assert_int_equal(environment_renew(pamh, &newer, &exported), PAM_SUCCESS);
    record_wipe(&newer);
    is_set("AWS_REGION", "eu-central-1");
    is_set("AWS_ROLE_NAME", "developer");
}

static void
a_renewal_that_breaks_a_rule_changes_nothing(void **state)
{
    struct record newer;

    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    make_newer(&newer);
    record_put_text(&newer, FIELD_SOCKET, "a\nb");
    assert_int_equal(environment_renew(pamh, &newer, &exported), PAM_SESSION_ERR);
    record_wipe(&newer);
    is_set("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE12");
    assert_int_equal(count_variables(), 7);
}

static void
what_is_deleted_is_ours(void **state)
{
    (void)state;
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    assert_int_equal(pam_putenv(pamh, "AWS_PROFILE=mine"), PAM_SUCCESS);
    assert_int_equal(pam_putenv(pamh, "AWS_REGION=mine"), PAM_SUCCESS); /* the grant has none */
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    environment_delete(pamh, &exported);
    is_set("AWS_PROFILE", "mine");
    is_set("AWS_REGION", "mine");
    assert_int_equal(count_variables(), 2);
}

static void
a_caller_s_keys_are_covered(void **state)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_ROLE_NAME"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(setenv(names[i], "of-the-caller", 1), 0);
    assert_int_equal(environment_export_pending(pamh, &pending, SOCKET, &exported), PAM_SUCCESS);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        is_set(names[i], "");
        assert_int_equal(unsetenv(names[i]), 0);
    }
    is_set("AWS_ROLE_REFRESH_AT", "0");
    assert_int_equal(count_variables(), 8);
}

/* The token of somebody's endpoint is of no use beside keys, and a secret all the same. */
static void
a_caller_s_token_is_covered_beside_keys(void **state)
{
    (void)state;
    assert_int_equal(setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-caller", 1), 0);
    assert_int_equal(setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/", 1), 0);
    record_put_text(&grant, FIELD_ROLE, "developer");
    record_put_number(&grant, FIELD_EXPIRES_AT, 1764003015);
    assert_int_equal(environment_export(pamh, &grant, &exported), PAM_SUCCESS);
    assert_int_equal(unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"), 0);
    assert_int_equal(unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"), 0);
    is_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "");
    assert_null(pam_getenv(pamh, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    is_set("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE12");
    environment_delete(pamh, &exported);
    assert_int_equal(count_variables(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_get_their_names),
        TEST(without_a_region_none_is_set),
        TEST(an_endpoint_and_keys_are_never_mixed),
        TEST(an_endpoint_gets_its_names_and_no_key),
        TEST(a_value_that_is_not_printable_drops_all),
        TEST(a_secret_with_a_newline_or_nul_drops_all),
        TEST(a_time_beyond_the_calendar_drops_all),
        TEST(a_pending_session_asks_at_its_first_prompt),
        TEST(a_renewal_changes_keys_and_times_and_nothing_else),
        TEST(the_first_credentials_of_a_waiting_session_bring_the_region),
        TEST(a_renewal_that_breaks_a_rule_changes_nothing),
        TEST(what_is_deleted_is_ours),
        TEST(a_caller_s_keys_are_covered),
        TEST(a_caller_s_token_is_covered_beside_keys),
    };

    return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
