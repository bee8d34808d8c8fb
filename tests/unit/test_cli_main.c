/* SPDX-License-Identifier: BSD-3-Clause */
/* The program's words and exit codes. CLI_PROGRAM is its path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 6

struct result {
    int status;
    char out[8192];
    char err[8192];
};

static void
read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t n;

    while (used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    close(fd);
}

static int
temporary_file(void)
{
    char path[] = "/tmp/test_cli_main.XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

/* Runs aws-role with arguments up to a NULL and an environment that begins with nothing. */
static struct result
run(const char *const *arguments, char *const *environment)
{
    char *argv[ARGUMENTS_MAX + 2] = {NULL};
    char program[] = CLI_PROGRAM;
    int out = temporary_file(), err = temporary_file(), status = -1;
    struct result result;
    pid_t pid;

    argv[0] = program;
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[i + 1] = strdup(arguments[i]);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (dup2(out, 1) == 1 && dup2(err, 2) == 2)
            execve(program, argv, environment);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    result.status = WEXITSTATUS(status);
    for (size_t i = 1; argv[i] != NULL; i++)
        free(argv[i]);
    lseek(out, 0, SEEK_SET);
    lseek(err, 0, SEEK_SET);
    read_all(out, result.out, sizeof result.out);
    read_all(err, result.err, sizeof result.err);
    return result;
}

static struct result
run_plain(const char *const *arguments)
{
    char *environment[] = {NULL};

    return run(arguments, environment);
}

static void
usage_errors_exit_2(void **state)
{
    static const char *const wrong[][ARGUMENTS_MAX] = {
        {NULL},
        {"nonsense", NULL},
        {"", NULL},
        {"status", "more", NULL},
        {"status", "--nonsense", NULL},
        {"status", "--json=1", NULL},
        {"check", "more", NULL},
        {"check", "--user", NULL},
        {"check", "--config", "a", "--drop-in", "b", NULL},
        {"check", "--user", "a", "--user=b", NULL},
        {"help", "nonsense", NULL},
        {"help", "status", "more", NULL},
        {"check", "--config", "", NULL},
        {"check", "--drop-in=", NULL},
        {"check", "--user", "", NULL},
        {"--version", "more", NULL},
        {"status", "--prompt", "--json", NULL},
        {"env", "--shell", "x", NULL},
        {"exec", NULL},
        {"switch", NULL},
        {"roles", "more", NULL},
        {"refresh", "more", NULL},
        {"login", "--json", NULL},
        {"logout", "more", NULL},
        {"off", "more", NULL},
        {"credential-process", "more", NULL},
        {"profiles", "more", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct result result = run_plain(wrong[i]);

        assert_int_equal(result.status, 2);
        assert_string_equal(result.out, "");
        if (strstr(result.err, "aws-role --help lists the verbs.\n") == NULL)
            assert_non_null(strstr(result.err, "usage: aws-role"));
        else
            assert_null(strstr(result.err, "usage:"));
    }
}

static void
usage_errors_have_a_reason(void **state)
{
    static const struct {
        const char *arguments[ARGUMENTS_MAX];
        const char *reason; /* what the first line begins with */
    } wrong[] = {
        {{"fo\no", NULL}, "aws-role: there is no such verb: fo\\x0Ao\n"},
        {{"help", "foo", NULL},
         "aws-role: there is no such verb: foo\naws-role --help lists the verbs.\n"},
        {{"hlep", NULL},
         "aws-role: there is no such verb: hlep\naws-role --help lists the verbs.\n"},
        {{"help", "status", "more", NULL},
         "aws-role: help takes one verb, and this is more: more\n"},
        {{"--version", "more", NULL}, "aws-role: takes no argument: "},
        {{"status", "more", NULL}, "aws-role status: takes no argument: more\n"},
        {{"status", "--nonsense", NULL}, "aws-role status: "},
        {{"check", "more", NULL}, "aws-role check: takes no argument: more\n"},
        {{"check", "--nonsense", NULL}, "aws-role check: "},
        {{"check", "--user=", NULL}, "aws-role check: a value is missing: --user\n"},
        {{"check", "--config", "", NULL}, "aws-role check: a value is missing: --config\n"},
        {{"check", "--user", "a", "--user=b", NULL}, "aws-role check: only once: --user\n"},
        {{"env", "--role", "a b", NULL}, "aws-role env: a role's name has 1 to 64 letters, "},
        {{"exec", "--", NULL}, "aws-role exec: the command is missing\n"},
        {{"exec", "--role", "--", "true", NULL}, "aws-role exec: the role is missing, for no "},
        {{"exec", "--role", "--endpoint", "true", NULL}, "aws-role exec: the role is missing, "},
        {{"env", "--role", "--shell", NULL}, "aws-role env: the role is missing, "},
        {{"credential-process", "--role", "--", NULL},
         "aws-role credential-process: the role is missing, "},
        {{"switch", "--shell=sh", "--", "--", NULL}, "aws-role switch: the role is missing, "},
        {{"switch", "--shell=sh", NULL}, "aws-role switch: the role is missing\n"},
        {{"switch", "a", "b", NULL}, "aws-role switch: takes one role, and this is more: b\n"},
        {{"off", "--shell=json", NULL}, "aws-role off: --shell is sh, fish, csh"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct result result = run_plain(wrong[i].arguments);

        assert_int_equal(result.status, 2);
        if (strncmp(result.err, wrong[i].reason, strlen(wrong[i].reason)) != 0)
            fail_msg("\"%s\" instead of \"%s\"", result.err, wrong[i].reason);
    }
}

static void
help_is_everywhere(void **state)
{
    static const char *const right[][ARGUMENTS_MAX] = {
        {"--help", NULL},          {"help", NULL},          {"help", "--help", NULL},
        {"help", "help", NULL},    {"help", "status", NULL}, {"status", "--help", NULL},
        {"help", "check", NULL},   {"check", "--help", NULL},
        {"-h", NULL},              {"help", "-h", NULL},    {"status", "-h", NULL},
        {"check", "-h", NULL},     {"help", "env", NULL},   {"exec", "--help", NULL},
        {"switch", "-h", NULL},    {"roles", "-h", NULL},   {"refresh", "--help", NULL},
        {"login", "-h", NULL},     {"logout", "-h", NULL},  {"off", "--help", NULL},
        {"profiles", "-h", NULL},  {"env", "-h", NULL},     {"credential-process", "-h", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct result result = run_plain(right[i]);

        assert_int_equal(result.status, 0);
        assert_string_equal(result.err, "");
        assert_non_null(strstr(result.out, "usage: aws-role"));
    }
}

static void
the_version_is_told(void **state)
{
    static const char *const version[] = {"--version", NULL};
    struct result result = run_plain(version);

    (void)state;
    assert_int_equal(result.status, 0);
    assert_memory_equal(result.out, "aws-role ", 9);
    assert_string_equal(result.err, "");
}

static void
output_that_is_lost_is_told(void **state)
{
    static const char *const version[] = {"--version", NULL};
    char *environment[] = {NULL}, program[] = CLI_PROGRAM;
    char *argv[] = {program, strdup(version[0]), NULL};
    int status = -1, full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    pid_t pid;

    (void)state;
    if (full < 0)
        skip();
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (dup2(full, 1) == 1 && dup2(temporary_file(), 2) == 2)
            execve(program, argv, environment);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 1);
    free(argv[1]);
    close(full);
}

/* Nobody listens where the variable points, and a path elsewhere is not even looked at. */
static void
no_session_exits_3_with_a_sentence(void **state)
{
    static const char *const status[] = {"status", NULL};
    char nowhere[] = "AWS_ROLE_SOCKET=/nonexistent/socket", *environment[] = {nowhere, NULL};
    struct result result = run(status, environment);
    const struct passwd *user = getpwuid(geteuid());
    char part[320];

    (void)state;
    if (result.status != 3) /* whoever runs this is in a session of ours */
        skip();
    assert_string_equal(result.out, "");
    assert_non_null(strstr(result.err, "no session of yours on this host holds a role: "));
    snprintf(part, sizeof part, "run 'aws-role check --user %s'",
             user != NULL ? user->pw_name : "NAME");
    assert_non_null(strstr(result.err, part));
    assert_ptr_equal(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);
}

static void
every_verb_of_a_session_exits_3(void **state)
{
    static const char *const verbs[][ARGUMENTS_MAX] = {
        {"env", NULL},
        {"exec", "true", NULL},
        {"roles", NULL},
        {"switch", "audit", "--shell", "sh", NULL},
        {"refresh", NULL},
        {"login", NULL},
        {"logout", NULL},
        {"credential-process", NULL},
        {"profiles", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        struct result result = run_plain(verbs[i]);

        if (result.status != 3 && i == 0)
            skip();
        assert_int_equal(result.status, 3);
        assert_string_equal(result.out, "");
        assert_non_null(strstr(result.err, "no session of yours on this host holds a role: "));
    }
}

static void
check_exits_by_what_it_finds(void **state)
{
    static const char text[] =
        "[source s]\ncredential_source = Ec2InstanceMetadata\n"
        "[role r]\nrole_arn = arn:aws:iam::123456789012:role/R\nsource = s\n"
        "[user *]\nroles = r\n";
    char path[] = "/tmp/test_cli_main.XXXXXX";
    const char *const arguments[] = {"check", "--config", path, NULL};
    int fd = mkostemp(path, O_CLOEXEC);
    struct result result;

    (void)state;
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    result = run_plain(arguments);
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.out, "arn:aws:iam::123456789012:role/R"));
    assert_int_equal(write(fd, "[user x\n", 8), 8);
    result = run_plain(arguments);
    assert_int_equal(result.status, 1);
    assert_string_equal(result.out, "");
    assert_memory_equal(result.err, path, strlen(path));
    assert_memory_equal(result.err + strlen(path), ":8: ", 4);
    close(fd);
    unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_errors_exit_2),
        cmocka_unit_test(usage_errors_have_a_reason),
        cmocka_unit_test(help_is_everywhere),
        cmocka_unit_test(the_version_is_told),
        cmocka_unit_test(output_that_is_lost_is_told),
        cmocka_unit_test(no_session_exits_3_with_a_sentence),
        cmocka_unit_test(every_verb_of_a_session_exits_3),
        cmocka_unit_test(check_exits_by_what_it_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
