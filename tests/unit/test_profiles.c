/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/aws_config.h"
#include "cli/profiles.h"
#include "fake_agent.h"
#include "temporary.h"

#define PROGRAM "/usr/local/bin/aws-role"
#define TEXT_MAX 8192

struct fixture {
    struct fake_agent agent;
    const char *folder; /* HOME */
    char home[PATH_MAX];
    char config[PATH_MAX];
    char credentials[PATH_MAX];
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->folder = temporary_folder(NULL);
    snprintf(fixture->home, sizeof fixture->home, "HOME=%s", fixture->folder);
    snprintf(fixture->config, sizeof fixture->config, "%s/.aws/config", fixture->folder);
    snprintf(fixture->credentials, sizeof fixture->credentials, "%s/.aws/credentials",
             fixture->folder);
    fake_agent_set_up(&fixture->agent);
    fixture->agent.installed.program = PROGRAM;
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    fake_agent_tear_down(&fixture->agent);
    temporary_remove();
    free(fixture);
    return 0;
}

static int
answer_list(struct record *answer, const char *roles, size_t roles_size, const char *regions,
            size_t regions_size)
{
    record_start(answer, RECORD_ROLE_LIST);
    record_put_bytes(answer, FIELD_ROLES, roles, roles_size);
    record_put_bytes(answer, FIELD_REGIONS, regions, regions_size);
    record_put_text(answer, FIELD_ROLE, roles);
    return 1;
}

static int
list_two(const struct record *request, unsigned int count, struct record *answer)
{
    static const char roles[] = "developer\0audit", regions[] = "ap-northeast-1\0-";

    (void)count;
    if (request->kind != RECORD_ROLES)
        return 0;
    return answer_list(answer, roles, sizeof roles, regions, sizeof regions);
}

static int
list_one(const struct record *request, unsigned int count, struct record *answer)
{
    static const char roles[] = "audit", regions[] = "eu-west-1";

    (void)request;
    (void)count;
    return answer_list(answer, roles, sizeof roles, regions, sizeof regions);
}

static int
list_default(const struct record *request, unsigned int count, struct record *answer)
{
    static const char roles[] = "default\0audit", regions[] = "a b\0-";

    (void)request;
    (void)count;
    return answer_list(answer, roles, sizeof roles, regions, sizeof regions);
}

static const struct verb_run *
run(const struct fixture *fixture, const char *option)
{
    const char *words[] = {"aws-role profiles", option, NULL};
    const char *environment[] = {fixture->home, NULL};

    return verb_run(&fixture->agent, profiles_run, words, environment);
}

/* Runs it with --write: its exit code. */
static int
write_profiles(const struct fixture *fixture)
{
    return run(fixture, "--write")->status;
}

static void
put_file(const struct fixture *fixture, const char *path, const char *text)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof folder, "%s/.aws", fixture->folder);
    (void)mkdir(folder, 0700);
    temporary_write(path, 0600, text);
}

/* What a file holds; the next call takes it. "" when it is not there. */
static const char *
read_file(const char *path)
{
    static char text[TEXT_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    if (fd >= 0) {
        n = read(fd, text, sizeof text - 1);
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    return text;
}

#define BLOCK_OF_TWO                                                                               \
    AWS_CONFIG_BEGIN "\n"                                                                          \
    "[default]\n"                                                                                  \
    "credential_process = " PROGRAM " credential-process\n"                                        \
    "region = ap-northeast-1\n"                                                                    \
    "\n"                                                                                           \
    "[profile developer]\n"                                                                        \
    "credential_process = " PROGRAM " credential-process --role developer\n"                       \
    "region = ap-northeast-1\n"                                                                    \
    "\n"                                                                                           \
    "[profile audit]\n"                                                                            \
    "credential_process = " PROGRAM " credential-process --role audit\n"                           \
    AWS_CONFIG_END "\n"

static void
it_prints_and_writes_nothing(void **state)
{
    struct fixture *fixture = *state;
    const struct verb_run *done;

    fake_agent_start(&fixture->agent, list_two);
    done = run(fixture, NULL);
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err, "");
    assert_string_equal(done->out, BLOCK_OF_TWO);
    assert_int_equal(access(fixture->config, F_OK), -1);
}

static void
it_writes_once(void **state)
{
    struct fixture *fixture = *state;
    const struct verb_run *done;
    struct stat before, after;

    fake_agent_start(&fixture->agent, list_two);
    done = run(fixture, "--write");
    assert_int_equal(done->status, 0);
    assert_string_equal(done->err, "");
    assert_non_null(strstr(done->out, "3 profiles"));
    assert_string_equal(read_file(fixture->config), BLOCK_OF_TWO);
    assert_int_equal(stat(fixture->config, &before), 0);
    assert_int_equal(before.st_mode & 07777, 0600);
    assert_int_equal(write_profiles(fixture), 0);
    assert_int_equal(stat(fixture->config, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
}

static void
roles_that_are_gone_are_taken_out(void **state)
{
    static const char mine[] = "[profile mine]\nregion = x\n";
    struct fixture *fixture = *state;

    put_file(fixture, fixture->config, mine);
    fake_agent_start(&fixture->agent, list_two);
    assert_int_equal(write_profiles(fixture), 0);
    assert_memory_equal(read_file(fixture->config), mine, strlen(mine));
    fake_agent_stop(&fixture->agent);
    fake_agent_start(&fixture->agent, list_one);
    assert_int_equal(write_profiles(fixture), 0);
    assert_string_equal(read_file(fixture->config),
                        "[profile mine]\nregion = x\n\n" AWS_CONFIG_BEGIN "\n"
                        "[default]\ncredential_process = " PROGRAM " credential-process\n"
                        "region = eu-west-1\n\n[profile audit]\ncredential_process = " PROGRAM
                        " credential-process --role audit\nregion = eu-west-1\n"
                        AWS_CONFIG_END "\n");
}

static void
the_persons_own_win(void **state)
{
    struct fixture *fixture = *state;
    const struct verb_run *done;
    char path[PATH_MAX + 64];

    put_file(fixture, fixture->config, "[profile audit]\nregion = mine\n");
    put_file(fixture, fixture->credentials, "[default]\naws_access_key_id = AKIA\n");
    fake_agent_start(&fixture->agent, list_two);
    done = run(fixture, "--write");
    assert_int_equal(done->status, 0);
    snprintf(path, sizeof path, "note: %s has a profile audit of your own", fixture->config);
    assert_non_null(strstr(done->err, path));
    snprintf(path, sizeof path, "note: %s has a profile default of your own", fixture->credentials);
    assert_non_null(strstr(done->err, path));
    assert_string_equal(read_file(fixture->config),
                        "[profile audit]\nregion = mine\n\n" AWS_CONFIG_BEGIN "\n"
                        "[profile developer]\ncredential_process = " PROGRAM
                        " credential-process --role developer\nregion = ap-northeast-1\n"
                        AWS_CONFIG_END "\n");
    assert_string_equal(read_file(fixture->credentials),
                        "[default]\naws_access_key_id = AKIA\n");
}

static void
where_all_are_the_persons_own_there_is_no_block(void **state)
{
    static const char mine[] = "[default]\n[profile audit]\n";
    struct fixture *fixture = *state;
    char text[1024];

    fake_agent_start(&fixture->agent, list_one);
    put_file(fixture, fixture->config, mine);
    assert_int_equal(write_profiles(fixture), 0);
    assert_string_equal(read_file(fixture->config), mine);
    snprintf(text, sizeof text, "%s" AWS_CONFIG_BEGIN "\n[profile x]\n" AWS_CONFIG_END "\n# rest",
             mine);
    put_file(fixture, fixture->config, text);
    assert_int_equal(write_profiles(fixture), 0);
    assert_string_equal(read_file(fixture->config), "[default]\n[profile audit]\n# rest");
}

static void
a_role_called_default_gets_no_second_profile(void **state)
{
    struct fixture *fixture = *state;
    const struct verb_run *done;

    fake_agent_start(&fixture->agent, list_default);
    done = run(fixture, NULL);
    assert_int_equal(done->status, 0);
    assert_non_null(strstr(done->err, "note: the role default has no profile"));
    assert_string_equal(done->out, AWS_CONFIG_BEGIN "\n[default]\ncredential_process = " PROGRAM
                                   " credential-process\n\n[profile audit]\ncredential_process = "
                                   PROGRAM " credential-process --role audit\n"
                                   AWS_CONFIG_END "\n");
}

/* Exit 1, a sentence that names the file, and the file as it was. */
static void
assert_refused(const struct fixture *fixture, const char *path, const char *reason)
{
    const struct verb_run *done = run(fixture, "--write");
    char start[PATH_MAX + 64];

    assert_int_equal(done->status, 1);
    assert_string_equal(done->out, "");
    snprintf(start, sizeof start, "aws-role profiles: %s", path);
    assert_memory_equal(done->err, start, strlen(start));
    assert_non_null(strstr(done->err, reason));
    assert_ptr_equal(strchr(done->err, '\n'), done->err + strlen(done->err) - 1);
}

static void
what_is_no_configuration_is_refused(void **state)
{
    static const char cut[] = "[x]\n" AWS_CONFIG_BEGIN "\n[profile audit]\n[profile mine]\n";
    struct fixture *fixture = *state;
    int fd;

    fake_agent_start(&fixture->agent, list_two);
    put_file(fixture, fixture->config, cut);
    assert_refused(fixture, fixture->config, ":2: the line that ends");
    assert_string_equal(read_file(fixture->config), cut);
    fd = open(fixture->config, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, "[x]\0y\n", 6), 6);
    close(fd);
    assert_refused(fixture, fixture->config, "a NUL");
    assert_int_equal(truncate(fixture->config, 100 * 1024 * 1024), 0);
    assert_refused(fixture, fixture->config, "larger than 1 MiB");
    assert_int_equal(unlink(fixture->config), 0);
    assert_int_equal(mkdir(fixture->config, 0700), 0);
    assert_refused(fixture, fixture->config, "no regular file");
    assert_int_equal(rmdir(fixture->config), 0);
    assert_int_equal(mkdir(fixture->credentials, 0700), 0);
    assert_refused(fixture, fixture->credentials, "no regular file");
    assert_int_equal(rmdir(fixture->credentials), 0);
    assert_int_equal(write_profiles(fixture), 0);
}

static void
the_file_is_the_one_that_aws_reads(void **state)
{
    static const char *const words[] = {"aws-role profiles", "--write", NULL};
    struct fixture *fixture = *state;
    const char *environment[] = {fixture->home, "AWS_CONFIG_FILE=~/other",
                                 "AWS_SHARED_CREDENTIALS_FILE=~/keys", NULL};
    const struct verb_run *done;
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/keys", fixture->folder);
    temporary_write(path, 0600, "[audit]\n");
    fake_agent_start(&fixture->agent, list_two);
    done = verb_run(&fixture->agent, profiles_run, words, environment);
    if (geteuid() == 0) { /* the variable may be that of who called su(1) */
        assert_int_equal(done->status, 1);
        assert_non_null(strstr(done->err, "unset AWS_CONFIG_FILE"));
        return;
    }
    assert_int_equal(done->status, 0);
    snprintf(path, sizeof path, "%s/other", fixture->folder);
    assert_non_null(strstr(read_file(path), "[profile developer]"));
    assert_null(strstr(read_file(path), "[profile audit]"));
    assert_int_equal(access(fixture->config, F_OK), -1);
}

static void
somebody_elses_home_is_left_alone(void **state)
{
    struct fixture *fixture = *state;

    if (geteuid() != 0)
        skip();
    fake_agent_start(&fixture->agent, list_two);
    assert_int_equal(chown(fixture->folder, 12345, 12345), 0);
    assert_refused(fixture, fixture->folder, "somebody else's home");
    assert_int_equal(access(fixture->config, F_OK), -1);
}

/* What botocore's own parser and shlex make of it; "" when there is no botocore. */
static char *
botocore_of(const struct fixture *fixture)
{
    static const char script[] =
        "import sys, shlex, botocore.configloader as loader\n"
        "profiles = loader.load_config(sys.argv[1])['profiles']\n"
        "for name, profile in sorted(profiles.items()):\n"
        "    print(name, shlex.split(profile['credential_process']), profile.get('region'))\n";
    char command[PATH_MAX + 128];

    snprintf(command, sizeof command, "${PYTHON:-python3} - %s 2>/dev/null", fixture->config);
    return output_of(command, script);
}

static void
botocore_reads_it(void **state)
{
    struct fixture *fixture = *state;
    char *said;

    fixture->agent.installed.program = "/opt/o'neil \"& sons\"/$HOME/`id`/a\\b/aws-role;x";
    put_file(fixture, fixture->config,
             "[profile mine]\r\ncredential_process = x\r\ns3 =\r\n  a = b");
    fake_agent_start(&fixture->agent, list_two);
    assert_int_equal(write_profiles(fixture), 0);
    said = botocore_of(fixture);
    if (said[0] == '\0') {
        free(said);
        skip();
    }
#define WORDS "['/opt/o\\'neil \"& sons\"/$HOME/`id`/a\\\\b/aws-role;x', 'credential-process'"
    assert_string_equal(said, "audit " WORDS ", '--role', 'audit'] None\n"
                              "default " WORDS "] ap-northeast-1\n"
                              "developer " WORDS ", '--role', 'developer'] ap-northeast-1\n"
                              "mine ['x'] None\n");
    free(said);
}

/* The same words for a shell, which other SDKs give it to. */
static void
a_shell_reads_it(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_MAX + 64], *said;
    const char *command;

    snprintf(path, sizeof path, "%s/a 'b\" $HOME", fixture->folder);
    temporary_write(path, 0700, "#!/bin/sh\necho \"$0: $*\"\n");
    fixture->agent.installed.program = path;
    fake_agent_start(&fixture->agent, list_one);
    command = strstr(run(fixture, NULL)->out, "credential_process = ");
    assert_non_null(command);
    command += strlen("credential_process = ");
    snprintf(fixture->config, sizeof fixture->config, "%.*s", (int)strcspn(command, "\n"), command);
    said = output_of(fixture->config, "");
    assert_memory_equal(said, path, strlen(path));
    assert_string_equal(said + strlen(path), ": credential-process\n");
    free(said);
}

static void
a_path_that_cannot_stand_there_is_refused(void **state)
{
    static const char *const bad[] = {"aws-role", "/opt/a\nb/aws-role", "/opt/\xc3\xa9/aws-role"};
    struct fixture *fixture = *state;

    fake_agent_start(&fixture->agent, list_two);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fixture->agent.installed.program = bad[i];
        assert_int_equal(write_profiles(fixture), 1);
    }
    assert_int_equal(access(fixture->config, F_OK), -1);
}

static void
aws_lists_them(void **state)
{
    struct fixture *fixture = *state;
    char command[2 * PATH_MAX + 64], *said;

    fake_agent_start(&fixture->agent, list_two);
    put_file(fixture, fixture->config, "[profile mine]\nregion = x\n");
    assert_int_equal(write_profiles(fixture), 0);
    snprintf(command, sizeof command, "env -i %s PATH=/usr/bin:/bin aws configure list-profiles"
             " 2>/dev/null | sort", fixture->home);
    said = output_of(command, "");
    if (said[0] == '\0') {
        free(said);
        skip();
    }
    assert_string_equal(said, "audit\ndefault\ndeveloper\nmine\n");
    free(said);
}

static void
without_a_session_it_is_3(void **state)
{
    struct fixture *fixture = *state;
    const struct verb_run *done = run(fixture, "--write");

    assert_int_equal(done->status, 3);
    assert_string_equal(done->out, "");
    assert_int_equal(access(fixture->config, F_OK), -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_prints_and_writes_nothing),
        TEST(it_writes_once),
        TEST(roles_that_are_gone_are_taken_out),
        TEST(the_persons_own_win),
        TEST(where_all_are_the_persons_own_there_is_no_block),
        TEST(a_role_called_default_gets_no_second_profile),
        TEST(what_is_no_configuration_is_refused),
        TEST(the_file_is_the_one_that_aws_reads),
        TEST(somebody_elses_home_is_left_alone),
        TEST(botocore_reads_it),
        TEST(a_shell_reads_it),
        TEST(a_path_that_cannot_stand_there_is_refused),
        TEST(aws_lists_them),
        TEST(without_a_session_it_is_3),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
