/* SPDX-License-Identifier: BSD-3-Clause */
/* What a person brings from the sign-in page, and what may be taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/base64.h"
#include "helper/sign_in_code.h"

#define STATE "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
#define QUERY "state=" STATE "&code=abc%2Fde%2B%3D%3D"
#define CODE "abc/de+=="
#define JUNK 4096

static struct sign_in_code code;

static int
read_bytes(const char *bytes, size_t size)
{
    struct secret answer = {NULL, 0}, before = {NULL, 0};
    int r;

    assert_int_equal(secret_set(&answer, bytes, size), 0);
    assert_int_equal(secret_set(&before, bytes, size), 0);
    sign_in_code_wipe(&code);
    r = sign_in_code_read(&answer, &code);
    assert_true(secret_equal(&answer, &before)); /* the caller's own is left as it was */
    secret_wipe(&answer);
    secret_wipe(&before);
    return r;
}

static void
expect_code(const char *bytes, size_t size, const char *wanted)
{
    if (read_bytes(bytes, size) != 0)
        fail_msg("%.*s was not taken", (int)size, bytes);
    assert_string_equal(code.code.data, wanted);
    assert_int_equal(code.code.size, strlen(wanted));
    assert_string_equal(code.state.data, STATE);
    assert_int_equal(code.state.size, strlen(STATE));
}

static void
expect_none(const char *bytes, size_t size)
{
    int r = read_bytes(bytes, size);

    if (r != AWS_ROLE_ERR_ANSWER)
        fail_msg("%d for %.*s", r, (int)size, bytes);
    assert_null(code.code.data);
    assert_null(code.state.data);
}

/* The page's form of a query: base64, with its padding or without. */
static void
encode(struct buffer *text, const char *query, size_t size, int padded)
{
    buffer_start(text, (size_t)4 * JUNK);
    base64_add_url(text, query, size);
    for (size_t i = 0; i < text->size; i++)
        text->data[i] = text->data[i] == '-' ? '+' : text->data[i] == '_' ? '/' : text->data[i];
    while (padded && text->size % 4 != 0)
        buffer_text(text, "=");
    assert_int_equal(text->failed, 0);
}

static void
expect_page(const char *query, const char *wanted)
{
    struct buffer text;

    for (int padded = 0; padded <= 1; padded++) {
        encode(&text, query, strlen(query), padded);
        if (wanted != NULL)
            expect_code(text.data, text.size, wanted);
        else
            expect_none(text.data, text.size);
        buffer_wipe(&text);
    }
}

static void
takes_what_the_page_shows(void **state)
{
    (void)state;
    expect_page(QUERY, CODE);
    expect_page("code=x&state=" STATE, "x"); /* 48 bytes: no padding either way */
    expect_page("code=xy&state=" STATE, "xy");
    expect_page("code=xyz&state=" STATE, "xyz");
}

static void
takes_a_callbacks_query(void **state)
{
    (void)state;
    expect_code(QUERY, strlen(QUERY), CODE);
    expect_code("code=a=b&state=" STATE, strlen("code=a=b&state=" STATE), "a=b");
}

static void
leaves_out_white_space(void **state)
{
    struct buffer text, spread;

    (void)state;
    encode(&text, QUERY, strlen(QUERY), 1);
    buffer_start(&spread, JUNK);
    buffer_text(&spread, " \t");
    for (size_t i = 0; i < text.size; i++) {
        buffer_add(&spread, text.data + i, 1);
        buffer_text(&spread, i % 20 == 19 ? "\r\n" : i % 7 == 6 ? "\t " : "");
    }
    buffer_text(&spread, "\n");
    expect_code(spread.data, spread.size, CODE);
    expect_code(" code=x&\nstate=" STATE "\r\n", strlen(" code=x&\nstate=" STATE "\r\n"), "x");
    expect_none(" \t\r\n", 4);
    buffer_wipe(&text);
    buffer_wipe(&spread);
}

static void
decodes_percent_once(void **state)
{
    (void)state;
    expect_page("code=%41%7e%7E%2541&state=" STATE, "A~~%41");
    expect_page("code=x&%73tate=" STATE, NULL); /* only values are */
    expect_page("code=%26state%3D&state=" STATE, "&state=");
    expect_page("code=a+b&state=" STATE, "a+b"); /* base64 has it; no form's blank */
}

static void
ignores_other_parameters(void **state)
{
    static const char *const more[] = {
        "code=x&state=" STATE "&iss=https%3A%2F%2Fsignin.aws.amazon.com", /* RFC 9207 */
        "scope=openid&code=x&session_state=a.b&state=" STATE,
        "code=x&state=" STATE "&%&a=%zz&a&=&&",
        "&code=x&state=" STATE,
        "code=x&&state=" STATE,
    };

    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        expect_page(more[i], "x");
        expect_code(more[i], strlen(more[i]), "x");
    }
}

static const char *const wrong[] = {
    "code=%&state=" STATE,
    "code=%4&state=" STATE,
    "code=a%4&state=" STATE,
    "code=%4g&state=" STATE,
    "code=%g4&state=" STATE,
    "code=%-1&state=" STATE,
    "code=%%41&state=" STATE,
    "code=x",
    "state=" STATE,
    "code=&state=" STATE,
    "code=x&state=",
    "code&state=" STATE,
    "code=x&state",
    "code=x&code=x&state=" STATE,
    "code=x&state=" STATE "&state=" STATE,
    "error=access_denied&state=" STATE,
    "Code=x&state=" STATE,
    "codes=x&state=" STATE,
    "cod=x&state=" STATE,
    "?code=x&state=" STATE,
    "code=x;state=" STATE,
    "http://127.0.0.1:1/oauth/callback?code=x&state=" STATE,
    "code=%00&state=" STATE,
    "code=x%00&state=" STATE,
    "code=%1b[0m&state=" STATE,
    "code=%0a&state=" STATE,
    "code=%20&state=" STATE,
    "code=%7f&state=" STATE,
    "code=%80&state=" STATE,
    "code=%c3%a4&state=" STATE,
    "code=\xc3\xa4&state=" STATE,
    "code=\x1b&state=" STATE,
    "code=x&state=%ff",
    "&",
    "=",
    "x",
};

static void
refuses_other_queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_page(wrong[i], NULL);
        expect_none(wrong[i], strlen(wrong[i]));
    }
    expect_none("", 0);
}

static void
refuses_what_is_inside_of_white_space(void **state)
{
    (void)state;
    expect_page("code=x &state=" STATE, NULL); /* in the base64 it is part of the value */
    expect_page("code=x\n&state=" STATE, NULL);
}

static void
refuses_a_nul_anywhere(void **state)
{
    char query[sizeof QUERY];
    struct buffer text;

    (void)state;
    for (size_t i = 0; i < sizeof QUERY - 1; i++) {
        memcpy(query, QUERY, sizeof query);
        query[i] = '\0';
        expect_none(query, sizeof query - 1);
        encode(&text, query, sizeof query - 1, 1);
        expect_none(text.data, text.size);
        text.data[i] = '\0';
        expect_none(text.data, text.size);
        buffer_wipe(&text);
    }
    expect_none(QUERY, sizeof QUERY);
}

/* Cut anywhere, it is none; or one whose state still has to be compared with. */
static void
is_never_read_past_a_cut(void **state)
{
    struct buffer text;

    (void)state;
    encode(&text, "code=x&state=" STATE, strlen("code=x&state=" STATE), 0);
    for (size_t size = 0; size < text.size; size++) {
        int r = read_bytes(text.data, size);

        assert_true(r == 0 || r == AWS_ROLE_ERR_ANSWER);
        if (r == 0)
            assert_true(code.state.size < strlen(STATE));
    }
    expect_none("code=x&sta", 10);
    buffer_wipe(&text);
}

static void
refuses_two_behind_each_other(void **state)
{
    struct buffer text, twice;

    (void)state;
    for (int padded = 0; padded <= 1; padded++) {
        encode(&text, QUERY, strlen(QUERY), padded);
        buffer_start(&twice, JUNK);
        buffer_add(&twice, text.data, text.size);
        buffer_add(&twice, text.data, text.size);
        expect_none(twice.data, twice.size);
        buffer_wipe(&text);
        buffer_wipe(&twice);
    }
}

static void
refuses_junk(void **state)
{
    static const char pieces[] = "A&=%+/\xff\x01 ";
    char junk[JUNK];

    (void)state;
    for (size_t i = 0; i < sizeof pieces; i++) { /* the NUL, too */
        memset(junk, pieces[i], sizeof junk);
        expect_none(junk, sizeof junk);
    }
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)(i * 131 + i / 256);
    expect_none(junk, sizeof junk);
}

/* As long a code as AWS's model allows fits, and one that fills the answer. */
static void
takes_long_codes(void **state)
{
    char query[3000], wanted[3000 - sizeof STATE];

    (void)state;
    memset(query, 'q', sizeof query);
    memcpy(query, "state=" STATE "&code=", strlen("state=" STATE "&code="));
    memset(wanted, 'q', sizeof wanted);
    wanted[sizeof query - strlen("state=" STATE "&code=")] = '\0';
    expect_code(query, sizeof query, wanted);
}

static void
wiping_leaves_nothing(void **state)
{
    (void)state;
    expect_code(QUERY, strlen(QUERY), CODE);
    sign_in_code_wipe(&code);
    assert_null(code.code.data);
    assert_null(code.state.data);
    assert_int_equal(code.code.size + code.state.size, 0);
    sign_in_code_wipe(&code);
}

static int
tear_down(void **state)
{
    (void)state;
    sign_in_code_wipe(&code);
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_what_the_page_shows),
        TEST(takes_a_callbacks_query),
        TEST(leaves_out_white_space),
        TEST(decodes_percent_once),
        TEST(ignores_other_parameters),
        TEST(refuses_other_queries),
        TEST(refuses_what_is_inside_of_white_space),
        TEST(refuses_a_nul_anywhere),
        TEST(is_never_read_past_a_cut),
        TEST(refuses_two_behind_each_other),
        TEST(refuses_junk),
        TEST(takes_long_codes),
        TEST(wiping_leaves_nothing),
    };

    return cmocka_run_group_tests_name("sign_in_code", tests, NULL, NULL);
}
