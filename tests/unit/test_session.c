/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "agent/session.h"
#include "agent/session_put.h"
#include "common/error.h"
#include "common/role_name.h"
#include "tests/unit/session_records.h"

static const char two_roles[] = "developer\0audit";

static int
set_up(void **state)
{
    static struct session session;

    assert_int_equal(session_init(&session, "ueno", EXPORT_KEYS), 0);
    *state = &session;
    return 0;
}

static int
tear_down(void **state)
{
    session_wipe(*state);
    return 0;
}

static struct session_role *
learn_grant(struct session *session, const char *role, const char *id, int64_t lifetime,
            int64_t age)
{
    struct record record;
    struct session_role *about;

    session_records_grant(&record, role, two_roles, sizeof two_roles, id, lifetime, age);
    assert_int_equal(record_check(&record), 0);
    about = session_learn(session, &record);
    record_wipe(&record);
    return about;
}

static struct session_role *
learn_refusal(struct session *session, enum record_kind kind, const char *role, const char *why)
{
    struct record record;
    struct session_role *about;

    session_records_refusal(&record, kind, role, why);
    assert_int_equal(record_check(&record), 0);
    about = session_learn(session, &record);
    record_wipe(&record);
    return about;
}

/* NONE for a role that is not among the person's, who has one. */
static void
learn_not_allowed(struct session *session, const char *role, const char *why)
{
    static const char one_role[] = "developer";
    struct record record;

    session_records_refusal(&record, RECORD_NONE, role, why);
    record_put_bytes(&record, FIELD_ROLES, one_role, sizeof one_role);
    assert_int_equal(record_check(&record), 0);
    session_learn(session, &record);
    record_wipe(&record);
}

/* What a GET of `role` is answered, its kind; `id` is the key id that a GRANT has to carry. */
static void
assert_answer(struct session *session, const char *role, enum record_kind kind, const char *id)
{
    struct record record;

    session_put_role(session, session_role(session, role), EXPORT_KEYS, "no answer yet",
                     &record);
    assert_int_equal(record_check(&record), 0);
    assert_string_equal(record_kind_name(record.kind), record_kind_name(kind));
    if (id != NULL)
        assert_string_equal(record_text(&record, FIELD_ACCESS_KEY_ID), id);
    else
        assert_false(record_has(&record, FIELD_SECRET_ACCESS_KEY));
    record_wipe(&record);
}

static void
the_user_has_a_name(void **state)
{
    struct session session;
    char longest[SESSION_USER_MAX + 2];

    (void)state;
    assert_int_equal(session_init(&session, "", EXPORT_KEYS), AWS_ROLE_ERR_ARGUMENT);
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(session_init(&session, longest, EXPORT_KEYS), AWS_ROLE_ERR_ARGUMENT);
    longest[sizeof longest - 2] = '\0';
    assert_int_equal(session_init(&session, longest, EXPORT_KEYS), 0);
    session_wipe(&session);
}

static void
role_names_are_checked(void **state)
{
    char name[RECORD_ROLE_NAME_MAX + 2];

    (void)state;
    assert_true(role_name_is_good("Developer-1_a.b"));
    assert_false(role_name_is_good(""));
    assert_false(role_name_is_good("a b"));
    assert_false(role_name_is_good("a'b"));
    assert_false(role_name_is_good("\xc3\xa9"));
    assert_false(role_name_is_good("--"));
    assert_false(role_name_is_good("-a"));
    memset(name, 'x', sizeof name);
    name[RECORD_ROLE_NAME_MAX + 1] = '\0';
    assert_false(role_name_is_good(name));
    name[RECORD_ROLE_NAME_MAX] = '\0';
    assert_true(role_name_is_good(name));
}

static void
a_grant_is_kept_whole(void **state)
{
    struct session *session = *state;
    struct record record;
    struct secret secret = SECRET_EMPTY;

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    session_put_role(session, session_role(session, "developer"), EXPORT_KEYS, "-", &record);
    assert_int_equal(record_check(&record), 0);
    assert_int_equal(record.kind, RECORD_GRANT);
    assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
    assert_string_equal(record_text(&record, FIELD_ACCESS_KEY_ID), "ASIA0000000000000001");
    assert_string_equal(record_text(&record, FIELD_SOURCE), "instance metadata");
    assert_string_equal(record_text(&record, FIELD_REGION), "ap-northeast-1");
    assert_string_equal(record_text(&record, FIELD_ROLE_ARN),
                        "arn:aws:iam::123456789012:role/developer");
    assert_int_equal(record_get_secret(&record, FIELD_SECRET_ACCESS_KEY, &secret), 0);
    assert_string_equal(secret.data, "secret of it");
    assert_int_equal(record_get_secret(&record, FIELD_SESSION_TOKEN, &secret), 0);
    assert_string_equal(secret.data, "token of it");
    assert_true(record_number(&record, FIELD_REFRESH_AT) > 0);
    secret_wipe(&secret);
    record_wipe(&record);
}

static void
the_first_role_is_the_default(void **state)
{
    struct session *session = *state;

    learn_grant(session, "audit", "ASIA0000000000000002", 3600, 0);
    assert_string_equal(session->default_role, "developer");
    assert_answer(session, NULL, RECORD_PENDING, NULL);
    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    assert_answer(session, NULL, RECORD_GRANT, "ASIA0000000000000001");
    assert_answer(session, "audit", RECORD_GRANT, "ASIA0000000000000002");
}

static void
the_answer_names_the_default(void **state)
{
    struct session *session = *state;
    struct session_role *asked = session_add_role(session, NULL), *about;

    assert_string_equal(asked->name, "");
    assert_true(refresh_start(&asked->refresh, REFRESH_DUE));
    about = learn_refusal(session, RECORD_PENDING, "audit", "STS is away");
    assert_ptr_equal(about, session_role(session, NULL));
    assert_string_equal(about->name, "audit");
    assert_string_equal(about->last_error, "STS is away");
    assert_false(refresh_is_under_way(&about->refresh));
    assert_int_equal(session->count, 1);
}

static void
an_answer_by_name_is_not_taken_for_the_default(void **state)
{
    struct session *session = *state;
    struct session_role *unnamed = session_add_role(session, NULL);
    struct session_role *audit = session_add_role(session, "audit");

    assert_true(refresh_start(&unnamed->refresh, REFRESH_DUE));
    assert_true(refresh_start(&audit->refresh, REFRESH_DUE));
    assert_ptr_equal(learn_refusal(session, RECORD_PENDING, "audit", "slow"), audit);
    assert_string_equal(session->default_role, "");
    assert_true(refresh_is_under_way(&unnamed->refresh));
    /* The second answer can only be the default's. */
    assert_ptr_equal(learn_refusal(session, RECORD_PENDING, "audit", "slow"), audit);
    assert_string_equal(session->default_role, "audit");
    assert_int_equal(session->count, 1);
}

static void
roles_name_the_default_of_a_nameless_answer(void **state)
{
    struct session *session = *state;
    struct session_role *asked = session_add_role(session, NULL);
    struct record record;

    assert_true(refresh_start(&asked->refresh, REFRESH_DUE));
    session_records_refusal(&record, RECORD_PENDING, NULL, "slow");
    record_put_bytes(&record, FIELD_ROLES, two_roles, sizeof two_roles);
    assert_ptr_equal(session_learn(session, &record), session_role(session, NULL));
    assert_string_equal(session_role(session, NULL)->name, "developer");
    record_wipe(&record);
}

static void
a_failure_keeps_the_last_good_ones(void **state)
{
    struct session *session = *state;

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 3000);
    learn_refusal(session, RECORD_PENDING, "developer", "STS is away");
    assert_answer(session, NULL, RECORD_GRANT, "ASIA0000000000000001");
    assert_string_equal(session_role(session, NULL)->last_error, "STS is away");
    learn_grant(session, "developer", "ASIA0000000000000003", 3600, 0);
    assert_string_equal(session_role(session, NULL)->last_error, "");
    assert_answer(session, NULL, RECORD_GRANT, "ASIA0000000000000003");
}

static void
none_withdraws(void **state)
{
    struct session *session = *state;

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    learn_grant(session, "audit", "ASIA0000000000000002", 3600, 0);
    learn_not_allowed(session, "audit", NULL);
    assert_answer(session, "audit", RECORD_NONE, NULL);
    assert_answer(session, "developer", RECORD_GRANT, "ASIA0000000000000001");
    assert_true(strlen(session_role(session, "audit")->last_error) > 0);
}

static void
none_without_any_role_withdraws_them_all(void **state)
{
    struct session *session = *state;

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    learn_grant(session, "audit", "ASIA0000000000000002", 3600, 0);
    learn_refusal(session, RECORD_NONE, "developer", "the account ueno is gone");
    assert_answer(session, "developer", RECORD_NONE, NULL);
    assert_answer(session, "audit", RECORD_NONE, NULL);
    assert_string_equal(session_role(session, "audit")->last_error, "the account ueno is gone");
    assert_int_equal(session->roles_size, 0);
    learn_grant(session, "audit", "ASIA0000000000000003", 3600, 0);
    assert_answer(session, "audit", RECORD_GRANT, "ASIA0000000000000003");
}

static void
a_withdrawn_default_is_asked_for_without_a_name(void **state)
{
    struct session *session = *state;

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    learn_refusal(session, RECORD_NONE, "developer", "not yours");
    assert_answer(session, "developer", RECORD_NONE, NULL);
    assert_string_equal(session->default_role, "");
    assert_string_equal(session_add_role(session, NULL)->name, "");
}

static void
an_ask_is_passed_on(void **state)
{
    struct session *session = *state;
    struct record record;

    record_start(&record, RECORD_ASK);
    record_put_text(&record, FIELD_ROLE, "developer");
    record_put_text(&record, FIELD_PROMPT, "MFA code: ");
    session_learn(session, &record);
    record_wipe(&record);
    session_put_role(session, session_role(session, "developer"), EXPORT_KEYS, "-", &record);
    assert_int_equal(record_check(&record), 0);
    assert_int_equal(record.kind, RECORD_ASK);
    assert_string_equal(record_text(&record, FIELD_PROMPT), "MFA code: ");
    record_wipe(&record);
}

static void
what_is_over_is_not_given(void **state)
{
    struct session *session = *state;
    struct session_role *role;

    role = learn_grant(session, "developer", "ASIA0000000000000001", 3600, 3595);
    assert_answer(session, "developer", RECORD_PENDING, NULL);
    assert_null(role->credentials.secret_access_key.data);
    role = learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    role->credentials.valid_until = deadline_in(9000);
    assert_answer(session, "developer", RECORD_PENDING, NULL);
    learn_grant(session, "developer", "AKIA0000000000000001", 0, 0);
    assert_answer(session, "developer", RECORD_GRANT, "AKIA0000000000000001");
}

static void
stale_ones_leave_the_question_open(void **state)
{
    struct session *session = *state;
    struct session_role *role = session_add_role(session, "developer");

    assert_true(refresh_start(&role->refresh, REFRESH_DUE));
    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 3000);
    assert_answer(session, "developer", RECORD_GRANT, "ASIA0000000000000001");
    assert_true(refresh_is_under_way(&role->refresh));
    learn_refusal(session, RECORD_PENDING, "developer", "STS is away");
    assert_false(refresh_is_under_way(&role->refresh));
    assert_false(refresh_start(&role->refresh, REFRESH_DUE));
    assert_answer(session, "developer", RECORD_GRANT, "ASIA0000000000000001");
}

static void
a_grant_without_credentials_is_a_failure(void **state)
{
    struct session *session = *state;
    struct record record;

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    record_start(&record, RECORD_GRANT);
    record_put_text(&record, FIELD_ROLE, "developer");
    record_put_number(&record, FIELD_REFRESH_AT, 1);
    assert_int_equal(record_check(&record), 0);
    session_learn(session, &record);
    record_wipe(&record);
    assert_answer(session, "developer", RECORD_GRANT, "ASIA0000000000000001");
    assert_true(strlen(session_role(session, "developer")->last_error) > 0);
}

static void
forgetting_also_drops_what_is_on_its_way(void **state)
{
    struct session *session = *state;
    struct session_role *role;

    learn_grant(session, "audit", "ASIA0000000000000002", 3600, 0);
    role = learn_grant(session, "developer", "ASIA0000000000000001", 3600, 3000);
    assert_true(refresh_start(&role->refresh, REFRESH_DUE));
    session_forget(session);
    assert_null(session_role(session, "audit"));
    assert_answer(session, "developer", RECORD_PENDING, NULL);
    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 3000);
    assert_answer(session, "developer", RECORD_PENDING, NULL);
    learn_grant(session, "developer", "ASIA0000000000000003", 3600, 0);
    assert_answer(session, "developer", RECORD_PENDING, NULL);
    learn_grant(session, "developer", "ASIA0000000000000004", 3600, 0);
    assert_answer(session, "developer", RECORD_GRANT, "ASIA0000000000000004");
}

static void
names_nobody_has_do_not_fill_the_memory(void **state)
{
    struct session *session = *state;
    char name[32];

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "role-%d", i);
        assert_non_null(session_add_role(session, name));
        learn_not_allowed(session, name, "no such role");
    }
    assert_true(session->count <= SESSION_ROLES_MAX);
    assert_answer(session, "developer", RECORD_GRANT, "ASIA0000000000000001");
}

static void
too_many_questions_at_once_are_refused(void **state)
{
    struct session *session = *state;
    char name[32];

    for (int i = 0; i < SESSION_ROLES_MAX; i++) {
        struct session_role *role;

        snprintf(name, sizeof name, "role-%d", i);
        role = session_add_role(session, name);
        assert_non_null(role);
        assert_true(refresh_start(&role->refresh, REFRESH_DUE));
    }
    assert_null(session_add_role(session, "one-more"));
}

static void
other_records_teach_nothing(void **state)
{
    struct session *session = *state;
    struct record record;

    record_start(&record, RECORD_ROLE);
    record_put_text(&record, FIELD_ROLE, "developer");
    assert_null(session_learn(session, &record));
    assert_int_equal(session->count, 0);
    record_wipe(&record);
}

static void
the_state_has_no_secrets(void **state)
{
    struct session *session = *state;
    struct record record;

    session_put_state(session, NULL, &record);
    assert_int_equal(record_check(&record), 0);
    assert_string_equal(record_text(&record, FIELD_USER), "ueno");
    record_wipe(&record);

    learn_grant(session, "developer", "ASIA0000000000000001", 3600, 3000);
    learn_refusal(session, RECORD_PENDING, "developer", "STS is away");
    session_put_state(session, session_role(session, NULL), &record);
    assert_int_equal(record_check(&record), 0);
    assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
    assert_string_equal(record_text(&record, FIELD_LAST_ERROR), "STS is away");
    assert_string_equal(record_text(&record, FIELD_ARN),
                        "arn:aws:sts::123456789012:assumed-role/developer/ueno");
    assert_true(record_number(&record, FIELD_VALID_UNTIL) > deadline_now());
    assert_false(record_has(&record, FIELD_ACCESS_KEY_ID));
    assert_null(memmem(record.bytes.data, record.bytes.size, "secret of it", 12));
    record_wipe(&record);
}

static void
roles_are_listed_once_known(void **state)
{
    struct session *session = *state;
    struct record record;
    const char *name;

    assert_int_equal(session_put_role_list(session, &record), AWS_ROLE_ERR_NOT_FOUND);
    learn_grant(session, "audit", "ASIA0000000000000002", 3600, 0);
    assert_int_equal(session_put_role_list(session, &record), 0);
    assert_int_equal(record_check(&record), 0);
    assert_string_equal(record_text(&record, FIELD_ROLE), "developer");
    name = record_next_string(&record, FIELD_ROLES, NULL);
    assert_string_equal(name, "developer");
    name = record_next_string(&record, FIELD_ROLES, name);
    assert_string_equal(name, "audit");
    assert_null(record_next_string(&record, FIELD_ROLES, name));
    record_wipe(&record);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_user_has_a_name),
        cmocka_unit_test(role_names_are_checked),
        TEST(a_grant_is_kept_whole),
        TEST(the_first_role_is_the_default),
        TEST(the_answer_names_the_default),
        TEST(an_answer_by_name_is_not_taken_for_the_default),
        TEST(roles_name_the_default_of_a_nameless_answer),
        TEST(a_failure_keeps_the_last_good_ones),
        TEST(none_withdraws),
        TEST(none_without_any_role_withdraws_them_all),
        TEST(a_withdrawn_default_is_asked_for_without_a_name),
        TEST(an_ask_is_passed_on),
        TEST(what_is_over_is_not_given),
        TEST(stale_ones_leave_the_question_open),
        TEST(a_grant_without_credentials_is_a_failure),
        TEST(forgetting_also_drops_what_is_on_its_way),
        TEST(names_nobody_has_do_not_fill_the_memory),
        TEST(too_many_questions_at_once_are_refused),
        TEST(other_records_teach_nothing),
        TEST(the_state_has_no_secrets),
        TEST(roles_are_listed_once_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
