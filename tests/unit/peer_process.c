/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/peer_process.h"
#include "tests/unit/temporary.h"

#define LINE_MAX_SIZE 65536

static pid_t process;
static const char *folder;
static json_t *ports;

static const char *
python(void)
{
    const char *set = getenv("PYTHON");

    return set == NULL || set[0] == '\0' ? "/usr/bin/python3" : set;
}

/* The example with listeners for every bad certificate, written to `path`. */
static void
write_config(const char *source, const char *path)
{
    static const char *const bad[] = {"wrong_name", "expired", "not_yet_valid", "self_signed",
                                      "other_ca"};
    char example[4096];
    json_t *config, *listen;

    snprintf(example, sizeof example, "%s/tests/peer/example.json", source);
    config = json_load_file(example, 0, NULL);
    assert_non_null(config);
    listen = json_object_get(json_object_get(config, "sts"), "listen");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(json_array_append_new(listen, json_pack("{ss}", "certificate", bad[i])),
                         0);
    assert_int_equal(json_dump_file(config, path, 0), 0);
    json_decref(config);
}

static void
run_peer(const char *source, const char *config, int out)
{
    char tests[4096];

    snprintf(tests, sizeof tests, "%s/tests", source);
    setenv("PYTHONPATH", tests, 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    dup2(out, STDOUT_FILENO);
    execl(python(), "python3", "-m", "peer", "--config", config, "--state", folder,
          "--die-with-parent", (char *)NULL);
    _exit(127);
}

static int
has_botocore(void)
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        close(STDERR_FILENO);
        execl(python(), "python3", "-c", "import botocore, cryptography", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

int
peer_process_start(void)
{
    const char *source = getenv("srcdir") == NULL ? "." : getenv("srcdir");
    char config[64], line[LINE_MAX_SIZE] = "";
    int pipe_fds[2];
    FILE *out;

    if (!has_botocore()) {
        print_message("skipped: %s has no botocore and cryptography (PYTHON)\n", python());
        return -1;
    }
    folder = temporary_folder("/tmp"); /* its socket's path is short */
    snprintf(config, sizeof config, "%s/config.json", folder);
    write_config(source, config);
    assert_int_equal(pipe(pipe_fds), 0);
    process = fork();
    assert_true(process >= 0);
    if (process == 0)
        run_peer(source, config, pipe_fds[1]);
    close(pipe_fds[1]);
    out = fdopen(pipe_fds[0], "r");
    assert_non_null(out);
    assert_non_null(fgets(line, sizeof line, out));
    assert_int_equal(strncmp(line, "ready ", 6), 0);
    ports = json_loads(line + 6, 0, NULL);
    assert_non_null(ports);
    fclose(out);
    return 0;
}

int
peer_process_stop(void **state)
{
    (void)state;
    kill(process, SIGTERM);
    waitpid(process, NULL, 0);
    json_decref(ports);
    temporary_remove();
    return 0;
}

const char *
peer_process_port(const char *name)
{
    const char *text = json_string_value(json_object_get(ports, name));

    assert_non_null(text);
    return text;
}

const char *
peer_process_bad_url(const char *certificate)
{
    static char url[64];
    const json_t *listener;
    size_t i;

    json_array_foreach(json_object_get(ports, "sts"), i, listener) {
        const char *kind = json_string_value(json_object_get(listener, "certificate"));

        if (kind != NULL && strcmp(kind, certificate) == 0) {
            snprintf(url, sizeof url, "https://localhost:%d",
                     (int)json_integer_value(json_object_get(listener, "port")));
            return url;
        }
    }
    fail_msg("no listener with a certificate %s", certificate);
    return NULL;
}

static FILE *
connect_control(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FILE *stream;

    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", folder);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    stream = fdopen(fd, "r+");
    assert_non_null(stream);
    return stream;
}

static json_t *
tell(const char *format, va_list arguments)
{
    char line[LINE_MAX_SIZE];
    FILE *stream = connect_control();
    json_t *answer, *result;

    vsnprintf(line, sizeof line, format, arguments);
    for (char *quote; (quote = strchr(line, '\'')) != NULL;)
        *quote = '"';
    fprintf(stream, "%s\n", line);
    fflush(stream);
    if (fgets(line, sizeof line, stream) == NULL)
        fail_msg("the peer did not answer");
    fclose(stream);
    answer = json_loads(line, 0, NULL);
    if (!json_is_true(json_object_get(answer, "ok")))
        fail_msg("the peer said %s", line);
    result = json_incref(json_object_get(answer, "result"));
    json_decref(answer);
    return result;
}

json_t *
peer_process_tell(const char *format, ...)
{
    va_list arguments;
    json_t *result;

    va_start(arguments, format);
    result = tell(format, arguments);
    va_end(arguments);
    return result;
}

void
peer_process_do(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    json_decref(tell(format, arguments));
    va_end(arguments);
}

int
peer_process_count(const char *service, const char *action)
{
    json_t *counts = peer_process_tell("{'verb': 'counts', 'service': '%s'}", service);
    int count = (int)json_integer_value(
        json_object_get(json_object_get(counts, "actions"), action));

    json_decref(counts);
    return count;
}

void
peer_process_forget(void)
{
    peer_process_do("{'verb': 'clear'}");
    peer_process_do("{'verb': 'reset'}");
}

void
peer_process_use(struct credentials *credentials, const char *id, const char *secret,
                 const char *token)
{
    snprintf(credentials->access_key_id, sizeof credentials->access_key_id, "%s", id);
    assert_int_equal(secret_set(&credentials->secret_access_key, secret, strlen(secret)), 0);
    assert_int_equal(secret_set(&credentials->session_token, token, strlen(token)), 0);
}

void
peer_process_become(struct credentials *credentials, const char *role)
{
    json_t *issued = peer_process_tell("{'verb': 'issue', 'principal': '%s'}", role);

    peer_process_use(credentials, json_string_value(json_object_get(issued, "AccessKeyId")),
                     json_string_value(json_object_get(issued, "SecretAccessKey")),
                     json_string_value(json_object_get(issued, "SessionToken")));
    json_decref(issued);
}

json_t *
peer_process_sign_in(const char *url, const char *user, const char *password)
{
    return peer_process_tell("{'verb': 'sign_in', 'url': '%s', 'username': '%s', "
                             "'password': '%s'}", url, user, password);
}
