/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "tests/unit/ueno.h"

#define URL_MAX 2048

struct ueno ueno;

void
ueno_step(const char *region, int use_fips)
{
    record_wipe(&ueno.step);
    record_start(&ueno.step, RECORD_STEP);
    record_put_number(&ueno.step, FIELD_STEP, STEP_CONSOLE_SIGN_IN);
    record_put_text(&ueno.step, FIELD_LOGIN_SESSION, PEER_PROCESS_UENO);
    record_put_text(&ueno.step, FIELD_REGION, region);
    if (use_fips)
        record_put_number(&ueno.step, FIELD_USE_FIPS, 1);
    assert_int_equal(record_check(&ueno.step), 0);
}

const char *
ueno_page(void)
{
    static char text[URL_MAX];
    struct buffer url;

    buffer_start(&url, URL_MAX);
    assert_int_equal(sign_in_url(&ueno.call, ueno.begun.state, ueno.begun.verifier, &url,
                                 &ueno.why),
                     0);
    snprintf(text, sizeof text, "%s", buffer_string(&url));
    assert_int_equal(strlen(text), url.size);
    buffer_wipe(&url);
    return text;
}

void
ueno_get_code(void)
{
    json_t *given = peer_process_sign_in(ueno_page(), "ueno", PEER_PROCESS_PASSWORD);
    const char *text = json_string_value(json_object_get(given, "code"));

    assert_string_equal(json_string_value(json_object_get(given, "state")), ueno.begun.state);
    assert_int_equal(secret_set(&ueno.code, text, strlen(text)), 0);
    json_decref(given);
}

int
ueno_redeem(void)
{
    sign_in_wipe(&ueno.answer);
    ueno.why = (struct failure){.class = 0};
    return sign_in_redeem(&ueno.exchange, &ueno.call, &ueno.code, ueno.begun.verifier,
                          &ueno.answer, &ueno.why);
}

int
ueno_refresh(void)
{
    sign_in_wipe(&ueno.answer);
    ueno.why = (struct failure){.class = 0};
    return sign_in_refresh(&ueno.exchange, &ueno.call, &ueno.token, &ueno.answer,
                           &ueno.why);
}

void
ueno_expect(int r, int class, const char *words)
{
    if (r != class || strstr(ueno.why.text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, ueno.why.text, class, words);
    if (class == 0)
        return;
    assert_int_equal(ueno.why.class, class);
    assert_null(ueno.answer.credentials.secret_access_key.data);
    assert_null(ueno.answer.credentials.session_token.data);
    assert_null(ueno.answer.refresh_token.data);
    assert_null(strstr(ueno.why.text, ueno.begun.verifier));
    assert_true(ueno.code.size == 0 || strstr(ueno.why.text, ueno.code.data) == NULL);
    assert_true(ueno.token.size == 0 || strstr(ueno.why.text, ueno.token.data) == NULL);
}

void
ueno_begin(void)
{
    ueno_get_code();
    ueno_expect(ueno_redeem(), 0, "");
    secret_move(&ueno.token, &ueno.answer.refresh_token);
}

void
ueno_expect_credentials(void)
{
    assert_memory_equal(ueno.answer.credentials.access_key_id, "ASIA", 4);
    assert_true(ueno.answer.credentials.session_token.size > 0);
    assert_true(deadline_left(ueno.answer.credentials.valid_until) > 890 * 1000);
    assert_true(deadline_left(ueno.answer.credentials.valid_until) < 905 * 1000);
}

void
ueno_fault(const char *action, const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'signin', 'action': '%s', %s}", action, rest);
}

int
ueno_count(const char *action)
{
    return peer_process_count("signin", action);
}

int
ueno_set_up(void **state)
{
    (void)state;
    peer_process_forget();
    exchange_start(&ueno.exchange, deadline_in(60000), 0, -1);
    ueno_step("ap-northeast-1", 0);
    assert_int_equal(sign_in_state_begin(&ueno.step, 0, &ueno.begun), 0);
    ueno.call = (struct sign_in_call){.step = &ueno.step,
                                         .endpoint = peer_process_port("signin_plain_url"),
                                         .key = &ueno.begun.key};
    assert_int_equal(secret_set(&ueno.code, "none", 4), 0);
    assert_int_equal(secret_set(&ueno.token, "ASORnone", 8), 0);
    return 0;
}

int
ueno_tear_down(void **state)
{
    (void)state;
    exchange_end(&ueno.exchange);
    record_wipe(&ueno.step);
    sign_in_state_wipe_begun(&ueno.begun);
    sign_in_wipe(&ueno.answer);
    secret_wipe(&ueno.code);
    secret_wipe(&ueno.token);
    return 0;
}
