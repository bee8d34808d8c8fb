/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "helper/sign_in_code.h"
#include "helper/sign_in_state.h"
#include "helper/steps/console_sign_in.h"
#include "helper/steps/steps.h"
#include "tests/unit/console.h"

struct console console;

void
console_step(const char *who)
{
    record_wipe(&console.step);
    record_start(&console.step, RECORD_STEP);
    record_put_number(&console.step, FIELD_STEP, STEP_CONSOLE_SIGN_IN);
    if (who != NULL)
        record_put_text(&console.step, FIELD_LOGIN_SESSION, who);
    record_put_text(&console.step, FIELD_STS_ENDPOINT, peer_process_port("sts_plain_url"));
    assert_int_equal(record_check(&console.step), 0);
}

int
console_run(void)
{
    static const struct credentials nobody;
    struct step_input in = {.context = &console.context,
                            .step = &console.step,
                            .from = &nobody,
                            .origin = "",
                            .kept = &console.kept,
                            .begun = &console.begun,
                            .answer = &console.answer};

    steps_wipe_output(&console.out);
    console.why = (struct failure){.class = 0};
    return console_sign_in_run(&in, &console.out, &console.why);
}

static void
expect_untold(const char *secret)
{
    if (secret == NULL || secret[0] == '\0')
        return;
    assert_null(strstr(console.why.text, secret));
    assert_null(strstr(console.out.why, secret));
    assert_null(strstr(console.out.prompt, secret));
    assert_null(strstr(console.out.url, secret));
}

static void
expect_no_secrets(void)
{
    struct sign_in_begun begun;
    struct sign_in_kept kept;
    struct sign_in_code code;

    expect_untold(console.answer.data);
    if (sign_in_code_read(&console.answer, &code) == 0)
        expect_untold(code.code.data);
    sign_in_code_wipe(&code);
    if (sign_in_state_read_begun(&console.begun, &console.step, &begun) == 0)
        expect_untold(begun.verifier);
    sign_in_state_wipe_begun(&begun);
    if (sign_in_state_read_kept(&console.kept, &kept) == 0)
        expect_untold(kept.refresh_token.data);
    sign_in_state_wipe_kept(&kept);
}

void
console_expect(int r, int class, const char *words)
{
    const char *text = class == AWS_ROLE_ERR_NEEDS_PERSON ? console.out.why : console.why.text;

    if (r != class || strstr(text, words) == NULL)
        fail_msg("%d and \"%s\", not %d and \"%s\"", r, text, class, words);
    expect_no_secrets();
    if (class == 0)
        return;
    assert_string_equal(console.out.credentials.access_key_id, "");
    assert_null(console.out.credentials.secret_access_key.data);
    assert_null(console.out.credentials.session_token.data);
    assert_null(console.out.keep.data);
    assert_true(console.out.keep_until == 0);
    if (class == AWS_ROLE_ERR_NEEDS_PERSON)
        return;
    assert_int_equal(console.why.class, class);
    assert_null(console.out.begun.data);
    assert_string_equal(console.out.url, "");
}

void
console_ask(void)
{
    secret_wipe(&console.answer);
    secret_wipe(&console.kept);
    console.context.person = 1;
    console_expect(console_run(), AWS_ROLE_ERR_NEEDS_PERSON, "");
    assert_in_range(console.out.begun.size, 1, 1024); /* of a record */
    assert_int_equal(secret_copy(&console.begun, &console.out.begun), 0);
}

void
console_sign_in(const char *user, const char *password)
{
    json_t *given = peer_process_sign_in(console.out.url, user, password);
    const char *text = json_string_value(json_object_get(given, "verification_code"));

    assert_int_equal(secret_set(&console.answer, text, strlen(text)), 0);
    json_decref(given);
}

void
console_begin(void)
{
    console_ask();
    console_sign_in("ueno", PEER_PROCESS_PASSWORD);
    console_expect(console_run(), 0, "");
    console_keep();
    secret_wipe(&console.begun);
    secret_wipe(&console.answer);
}

void
console_keep(void)
{
    assert_true(console.out.keep.size > 0);
    secret_move(&console.kept, &console.out.keep);
}

void
console_expect_credentials(void)
{
    const struct credentials *given = &console.out.credentials;

    assert_memory_equal(given->access_key_id, "ASIA", 4);
    assert_true(given->session_token.size > 0);
    assert_string_equal(given->arn, PEER_PROCESS_UENO);
    assert_true(deadline_left(given->valid_until) > 890 * 1000);
    assert_true(deadline_left(given->valid_until) < 905 * 1000);
    assert_string_equal(console.out.origin, "console sign-in as " PEER_PROCESS_UENO);
    assert_null(console.out.begun.data);
    assert_string_equal(console.out.url, "");
}

void
console_fault(const char *action, const char *rest)
{
    peer_process_do("{'verb': 'fault', 'service': 'signin', 'action': '%s', %s}", action, rest);
}

int
console_count(const char *action)
{
    return peer_process_count("signin", action);
}

int
console_set_up(void **state)
{
    (void)state;
    peer_process_forget();
    memset(&console.context, 0, sizeof console.context);
    exchange_start(&console.context.exchange, deadline_in(60000), 0, -1);
    console.context.sign_in = peer_process_port("signin_plain_url");
    console_step(PEER_PROCESS_UENO);
    return 0;
}

int
console_tear_down(void **state)
{
    (void)state;
    exchange_end(&console.context.exchange);
    record_wipe(&console.step);
    secret_wipe(&console.kept);
    secret_wipe(&console.begun);
    secret_wipe(&console.answer);
    steps_wipe_output(&console.out);
    return 0;
}
