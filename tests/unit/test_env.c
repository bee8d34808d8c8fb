/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/env.h"
#include "fake_agent.h"

#define RUN(...) run(*state, (const char *const[]){"aws-role env", __VA_ARGS__, NULL}, NULL)
#define RUN_PLAIN() run(*state, (const char *const[]){"aws-role env", NULL}, NULL)
#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})

static int
set_up(void **state)
{
    *state = malloc(sizeof(struct fake_agent));
    assert_non_null(*state);
    fake_agent_set_up(*state);
    return 0;
}

static int
tear_down(void **state)
{
    fake_agent_tear_down(*state);
    free(*state);
    return 0;
}

static const struct verb_run *
run(const struct fake_agent *agent, const char *const *words, const char *const *environment)
{
    return verb_run(agent, env_run, words, environment);
}

static const struct verb_run *
run_in(const struct fake_agent *agent, const char *const *environment)
{
    return run(agent, (const char *const[]){"aws-role env", NULL}, environment);
}

/* Whoever is asked for: keys of that role, in a region. */
static int
give(const struct record *request, unsigned int count, struct record *answer)
{
    const char *role = record_text(request, FIELD_ROLE);

    (void)count;
    if (request->kind != RECORD_GET)
        return 0;
    fake_agent_grant(answer, role != NULL ? role : "developer");
    record_put_text(answer, FIELD_REGION, "ap-northeast-1");
    return 1;
}

static int
refuse(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    record_start(answer, RECORD_PENDING);
    record_put_text(answer, FIELD_WHY, "it's \033[31mnot\nyet");
    return 1;
}

static int
say_nothing(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    (void)answer;
    return -1;
}

/* A shell of sh that has evaluated `code` says what `variables` are. */
static void
assert_evaluates(const char *code, const char *command, const char *expected)
{
    char *script = NULL, *said;

    assert_true(asprintf(&script, "%s\n%s\n", code, command) > 0);
    said = output_of("sh", script);
    assert_string_equal(said, expected);
    free(said);
    free(script);
}

static void
keys_are_set_and_the_rest_unset(void **state)
{
    struct fake_agent *agent = *state;
    const struct verb_run *done;
    char expected[512];

    fake_agent_start(agent, give);
    done = RUN_PLAIN();
    assert_string_equal(done->err, "");
    assert_int_equal(done->status, 0);
    snprintf(expected, sizeof expected,
             "ASIAEXAMPLEEXAMPLE01 se/cret+1 to/ken== ap-northeast-1 ap-northeast-1 developer %s "
             "unset unset unset\n",
             agent->path);
    assert_evaluates(done->out,
                     "echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN $AWS_REGION"
                     " $AWS_DEFAULT_REGION $AWS_ROLE_NAME $AWS_ROLE_SOCKET"
                     " ${AWS_SECURITY_TOKEN-unset} ${AWS_CONTAINER_CREDENTIALS_FULL_URI-unset}"
                     " ${AWS_CONTAINER_AUTHORIZATION_TOKEN-unset}",
                     expected);
    assert_non_null(strstr(done->out, "unset AWS_SECURITY_TOKEN;\n"));
    assert_non_null(strstr(done->out, "unset AWS_CONTAINER_CREDENTIALS_FULL_URI;\n"));
    assert_non_null(strstr(done->out, "unset AWS_CONTAINER_AUTHORIZATION_TOKEN;\n"));
}

/* What a shell evaluates by hand its prompt knows as ours; a program has no prompt. */
static void
the_key_is_marked_for_a_shell(void **state)
{
    fake_agent_start(*state, give);
    assert_evaluates(RUN_PLAIN()->out, "sh -c 'echo $_AWS_ROLE_KEY'", "ASIAEXAMPLEEXAMPLE01\n");
    assert_non_null(strstr(RUN("--shell", "fish")->out,
                           "set -gx _AWS_ROLE_KEY 'ASIAEXAMPLEEXAMPLE01';\n"));
    assert_null(strstr(RUN("--shell", "json")->out, "_AWS_ROLE_KEY"));
    assert_null(strstr(RUN("--shell", "dotenv")->out, "_AWS_ROLE_KEY"));
}

/* Which role is asked for shows in what comes back. */
static void
the_role_is_the_one_given_else_the_shells(void **state)
{
    const char *const *audit = ENVIRONMENT("AWS_ROLE_NAME=audit");
    const char *const *none = ENVIRONMENT("AWS_ROLE_NAME=no/role");

    fake_agent_start(*state, give);
    assert_non_null(strstr(run_in(*state, audit)->out, "AWS_ROLE_NAME='audit'"));
    assert_non_null(strstr(run_in(*state, none)->out, "AWS_ROLE_NAME='developer'"));
    assert_non_null(strstr(RUN("--role", "ops")->out, "AWS_ROLE_NAME='ops'"));
    assert_non_null(strstr(
        run(*state, (const char *const[]){"aws-role env", "--role=ops", NULL}, audit)->out,
        "AWS_ROLE_NAME='ops'"));
}

static void
a_failure_is_one_line_and_no_code(void **state)
{
    const struct verb_run *done;

    fake_agent_start(*state, refuse);
    done = RUN_PLAIN();
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_string_equal(done->err, "aws-role env: it's \\x1B[31mnot\\x0Ayet\n");
}

static void
without_a_session_it_is_3(void **state)
{
    const struct verb_run *done = RUN_PLAIN();

    assert_int_equal(done->status, 3);
    assert_string_equal(done->out, "");
    assert_non_null(strstr(done->err, "no session of yours on this host holds a role"));
}

static void
a_prompt_gets_code_in_any_case(void **state)
{
    struct fake_agent *agent = *state;
    const struct verb_run *done;
    char at[32];

    done = RUN("--hook");
    assert_int_equal(done->status, 3);
    assert_string_equal(done->err, "");
    assert_non_null(strstr(done->out, "_aws_role_why='no session of yours"));
    fake_agent_start(agent, refuse);
    done = RUN("--hook", "--shell", "sh");
    assert_int_equal(done->status, 1);
    assert_string_equal(done->err, "");
    assert_evaluates(done->out, "printf '%s' \"$_aws_role_why\"", "it's \\x1B[31mnot\\x0Ayet");
    snprintf(at, sizeof at, "%lld", (long long)time(NULL) / 10 + 3);
    assert_non_null(strstr(done->out, "export AWS_ROLE_REFRESH_AT='"));
    assert_true(strncmp(strstr(done->out, "REFRESH_AT='") + 12, at, 9) >= 0);
    fake_agent_stop(agent);
    fake_agent_start(agent, give);
    done = RUN("--hook");
    assert_int_equal(done->status, 0);
    assert_non_null(strstr(done->out, "export AWS_ACCESS_KEY_ID='ASIAEXAMPLEEXAMPLE01';\n"));
    assert_non_null(strstr(done->out, "_aws_role_why='';\n"));
}

/* The prompt's next question of a shell that was told when its credentials end. */
static long long
next_question(const struct fake_agent *agent, const char *expiration)
{
    const char *const words[] = {"aws-role env", "--hook", NULL};
    const struct verb_run *done = run(agent, words, (const char *const[]){expiration, NULL});
    const char *at = strstr(done->out, "AWS_ROLE_REFRESH_AT='");

    assert_non_null(at);
    return strtoll(at + 21, NULL, 10);
}

/* What the shell has is over before the 30 seconds are: there may be others then. */
static void
a_prompt_asks_again_when_its_credentials_end(void **state)
{
    time_t end = time(NULL) + 12;
    char text[64];
    struct tm utc;

    fake_agent_start(*state, refuse);
    gmtime_r(&end, &utc);
    strftime(text, sizeof text, "AWS_CREDENTIAL_EXPIRATION=%Y-%m-%dT%H:%M:%SZ", &utc);
    assert_int_equal(next_question(*state, text), end);
    strftime(text, sizeof text, "AWS_CREDENTIAL_EXPIRATION=%Y-%m-%dT%H:%M:%SZ; id", &utc);
    assert_true(next_question(*state, text) >= end + 18);
    assert_true(next_question(*state, "AWS_CREDENTIAL_EXPIRATION=2001-01-01T00:00:00Z") >= end + 18);
}

static void
a_prompt_does_not_wait(void **state)
{
    deadline_t start;
    const struct verb_run *done;

    fake_agent_start(*state, say_nothing);
    start = deadline_now();
    done = RUN("--hook", "--shell", "fish");
    assert_true(deadline_now() - start < 1500);
    assert_int_equal(done->status, 1);
    assert_string_equal(done->err, "");
    assert_memory_equal(done->out, "set -g _aws_role_why '", 22);
    assert_non_null(strstr(done->out, "set -gx AWS_ROLE_REFRESH_AT '"));
}

/* The region of a role that was left goes with it; one that the person chose stays. */
static int
give_in_places(const struct record *request, unsigned int count, struct record *answer)
{
    static const char roles[] = "developer\0audit\0bare", regions[] = "eu-west-1\0us-east-2\0-";
    const char *role = record_text(request, FIELD_ROLE);

    (void)count;
    if (request->kind == RECORD_ROLES) {
        record_start(answer, RECORD_ROLE_LIST);
        record_put_bytes(answer, FIELD_ROLES, roles, sizeof roles);
        record_put_bytes(answer, FIELD_REGIONS, regions, sizeof regions);
        return 1;
    }
    fake_agent_grant(answer, role != NULL ? role : "developer");
    if (role == NULL || strcmp(role, "bare") != 0)
        record_put_text(answer, FIELD_REGION,
                        role != NULL && strcmp(role, "audit") == 0 ? "us-east-2" : "eu-west-1");
    return 1;
}

static void
assert_regions(void **state, const char *role, const char *const *environment,
               const char *expected)
{
    const char *words[] = {"aws-role env", "--role", role, NULL};
    const struct verb_run *done = run(*state, words, environment);
    char *code = NULL;

    assert_int_equal(done->status, 0);
    assert_true(asprintf(&code, "AWS_REGION=as AWS_DEFAULT_REGION=was\n%s", done->out) > 0);
    assert_evaluates(code, "echo ${AWS_REGION-none} ${AWS_DEFAULT_REGION-none}", expected);
    free(code);
}

static void
the_region_goes_with_the_role(void **state)
{
    const char *const *both = ENVIRONMENT("AWS_ROLE_NAME=developer", "AWS_REGION=eu-west-1",
                                          "AWS_DEFAULT_REGION=eu-west-1");
    const char *const *one = ENVIRONMENT("AWS_ROLE_NAME=developer", "AWS_REGION=eu-west-1",
                                         "AWS_DEFAULT_REGION=eu-north-1");

    fake_agent_start(*state, give_in_places);
    assert_regions(state, "audit", ENVIRONMENT("AWS_ROLE_NAME=developer"), "us-east-2 us-east-2\n");
    assert_regions(state, "audit", both, "us-east-2 us-east-2\n");
    assert_regions(state, "audit", one, "us-east-2 was\n");
    assert_regions(state, "bare", both, "none none\n");
    assert_regions(state, "developer", ENVIRONMENT("AWS_ROLE_NAME=bare"), "eu-west-1 eu-west-1\n");
    assert_regions(state, "bare", ENVIRONMENT("AWS_ROLE_NAME=developer"), "as was\n");
}

static void
the_region_of_a_person_stays(void **state)
{
    fake_agent_start(*state, give_in_places);
    /* A refresh: the same role. */
    assert_regions(state, "developer",
                   ENVIRONMENT("AWS_ROLE_NAME=developer", "AWS_REGION=eu-west-1"), "as was\n");
    assert_regions(state, "developer",
                   ENVIRONMENT("AWS_ROLE_NAME=developer", "AWS_DEFAULT_REGION=x"), "as was\n");
    /* Another than the old role's. */
    assert_regions(state, "audit",
                   ENVIRONMENT("AWS_ROLE_NAME=developer", "AWS_REGION=us-west-1"), "as was\n");
    assert_regions(state, "audit", ENVIRONMENT("AWS_REGION=eu-west-1"), "as was\n");
    assert_regions(state, "audit", ENVIRONMENT("AWS_ROLE_NAME=bare", "AWS_REGION=-"), "as was\n");
    assert_regions(state, "audit",
                   ENVIRONMENT("AWS_ROLE_NAME=gone", "AWS_REGION=eu-west-1"), "as was\n");
}

static void
programs_get_the_roles_own_region(void **state)
{
    const char *const *mine = ENVIRONMENT("AWS_ROLE_NAME=audit", "AWS_REGION=us-west-1");
    static const char *const words[] = {"aws-role env", "--shell", "dotenv", NULL};

    fake_agent_start(*state, give_in_places);
    assert_non_null(strstr(run(*state, words, mine)->out, "\nAWS_REGION=us-east-2\n"));
    assert_non_null(strstr(run(*state, words, mine)->out, "\nAWS_DEFAULT_REGION=us-east-2\n"));
}

static int
give_another_role(const struct record *request, unsigned int count, struct record *answer)
{
    (void)request;
    (void)count;
    fake_agent_grant(answer, "other");
    return 1;
}

static int
give_a_bad_region(const struct record *request, unsigned int count, struct record *answer)
{
    give_another_role(request, count, answer);
    record_put_text(answer, FIELD_REGION, "eu-west-1;x");
    return 1;
}

static void
what_breaks_the_contract_is_refused(void **state)
{
    struct fake_agent *agent = *state;
    const struct verb_run *done;

    fake_agent_start(agent, give_another_role);
    done = RUN("--role", "audit");
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_non_null(strstr(done->err, "a record breaks the protocol"));
    fake_agent_stop(agent);
    fake_agent_start(agent, give_a_bad_region);
    done = RUN_PLAIN();
    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    assert_non_null(strstr(done->err, "a record breaks the protocol"));
}

static void
wrong_usage_is_2(void **state)
{
    static const char *const wrong[][4] = {
        {"--role", "", NULL},       {"--role", "no/role", NULL}, {"--role", NULL},
        {"--shell", "tclsh", NULL}, {"more", NULL},              {"--nonsense", NULL},
        {"--hook", "--shell", "csh", NULL},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *words[6] = {"aws-role env"};
        const struct verb_run *done;

        memcpy(words + 1, wrong[i], sizeof wrong[i]);
        done = run(*state, words, NULL);
        assert_int_equal(done->status, 2);
        assert_string_equal(done->out, "");
        assert_memory_equal(done->err, "aws-role env: ", 14);
        assert_non_null(strstr(done->err, "usage: aws-role env"));
        assert_non_null(strstr(done->err, "\naws-role env --help tells more.\n"));
        assert_null(strstr(done->err, "Exit status"));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_are_set_and_the_rest_unset),
        TEST(the_key_is_marked_for_a_shell),
        TEST(the_role_is_the_one_given_else_the_shells),
        TEST(a_failure_is_one_line_and_no_code),
        TEST(without_a_session_it_is_3),
        TEST(a_prompt_gets_code_in_any_case),
        TEST(a_prompt_asks_again_when_its_credentials_end),
        TEST(a_prompt_does_not_wait),
        TEST(the_region_goes_with_the_role),
        TEST(the_region_of_a_person_stays),
        TEST(programs_get_the_roles_own_region),
        TEST(what_breaks_the_contract_is_refused),
        TEST(wrong_usage_is_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
