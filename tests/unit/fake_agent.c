/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake_agent.h"

#define WORDS_MAX 12
#define PATIENCE_MS 20000

extern char **environ;

void
fake_agent_set_up(struct fake_agent *agent)
{
    memset(agent, 0, sizeof *agent);
    snprintf(agent->rundir, sizeof agent->rundir, "/tmp/fake_agent.XXXXXX");
    assert_non_null(mkdtemp(agent->rundir));
    assert_int_equal(chmod(agent->rundir, 0755), 0);
    snprintf(agent->folder, sizeof agent->folder, "%s/%lu", agent->rundir,
             (unsigned long)geteuid());
    assert_int_equal(mkdir(agent->folder, 0711), 0);
    snprintf(agent->path, sizeof agent->path, "%s/1.1.aa", agent->folder);
    agent->installed.rundir = agent->rundir;
    agent->installed.listener = geteuid();
}

static void
serve(int listener, fake_agent_answer *answer)
{
    struct record request, reply;
    int held[64];

    for (unsigned int count = 0;; count++) {
        int fd = accept(listener, NULL, NULL), r;

        if (fd < 0 || record_receive(fd, &request, deadline_in(PATIENCE_MS)) != 0)
            _exit(1);
        memset(&reply, 0, sizeof reply);
        r = answer(&request, count, &reply);
        if (r == 1 && record_send(fd, &reply, deadline_in(PATIENCE_MS)) != 0)
            _exit(1);
        if (r == -1)
            held[count % 64] = fd;
        else
            close(fd);
        record_wipe(&request);
        record_wipe(&reply);
    }
    (void)held;
}

void
fake_agent_start(struct fake_agent *agent, fake_agent_answer *answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    pid_t parent = getpid();

    snprintf(address.sun_path, sizeof address.sun_path, "%s", agent->path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 16), 0);
    agent->pid = fork();
    assert_true(agent->pid >= 0);
    if (agent->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            serve(listener, answer);
        _exit(1);
    }
    close(listener);
}

void
fake_agent_stop(struct fake_agent *agent)
{
    if (agent->pid > 0) {
        kill(agent->pid, SIGKILL);
        waitpid(agent->pid, NULL, 0);
        unlink(agent->path);
    }
    agent->pid = 0;
}

void
fake_agent_tear_down(struct fake_agent *agent)
{
    fake_agent_stop(agent);
    rmdir(agent->folder);
    rmdir(agent->rundir);
}

void
fake_agent_grant(struct record *grant, const char *role)
{
    struct credentials credentials = {.access_key_id = "ASIAEXAMPLEEXAMPLE01"};

    assert_int_equal(secret_set(&credentials.secret_access_key, "se/cret+1", 9), 0);
    assert_int_equal(secret_set(&credentials.session_token, "to/ken==", 8), 0);
    credentials_set_expiry(&credentials, (int64_t)time(NULL) + 3590, (int64_t)time(NULL));
    record_start(grant, RECORD_GRANT);
    record_put_text(grant, FIELD_ROLE, role);
    record_put_credentials(grant, &credentials);
    record_put_number(grant, FIELD_REFRESH_AT, (uint64_t)time(NULL) + 2400);
    credentials_wipe(&credentials);
}

void
fake_agent_endpoint(struct record *grant, const char *role)
{
    struct secret token = SECRET_EMPTY;

    assert_int_equal(secret_set(&token, "0123456789abcdef", 16), 0);
    record_start(grant, RECORD_GRANT);
    record_put_text(grant, FIELD_ROLE, role);
    record_put_text(grant, FIELD_ENDPOINT_URI, "http://127.0.0.1:43210/role/developer");
    record_put_secret(grant, FIELD_ENDPOINT_TOKEN, &token);
    record_put_number(grant, FIELD_REFRESH_AT, (uint64_t)time(NULL) + 2400);
    secret_wipe(&token);
}

static int
temporary_file(void)
{
    char path[] = "/tmp/fake_agent.XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static void
read_back(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t n;

    while (used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    close(fd);
}

/* Without AWS_*, which whoever runs this may have in its own. */
static void
set_environment(const char *const *environment)
{
    for (size_t i = 0; environ[i] != NULL;) {
        char name[128];

        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        if (strncmp(name, "AWS_", 4) == 0 || strncmp(name, "_AWS_", 5) == 0)
            unsetenv(name);
        else
            i++;
    }
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
        putenv(strdup(environment[i]));
}

/* Runs the verb as verb_run does, its outputs going there; its exit code. */
static int
run_with(const struct fake_agent *agent, int (*verb)(const struct installed *, int, char **),
         const char *const *words, const char *const *environment, int out, int err)
{
    char *argv[WORDS_MAX + 1] = {NULL};
    int argc = 0, status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        for (; words[argc] != NULL && argc < WORDS_MAX; argc++)
            argv[argc] = strdup(words[argc]);
        set_environment(environment);
        if (dup2(out, 1) != 1 || dup2(err, 2) != 2)
            _exit(99);
        status = verb(&agent->installed, argc, argv);
        _exit(fflush(stdout) == 0 && fflush(stderr) == 0 ? status : 99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct verb_run result;

const struct verb_run *
verb_run(const struct fake_agent *agent, int (*verb)(const struct installed *, int, char **),
         const char *const *words, const char *const *environment)
{
    int out = temporary_file(), err = temporary_file();

    result.status = run_with(agent, verb, words, environment, out, err);
    lseek(out, 0, SEEK_SET);
    lseek(err, 0, SEEK_SET);
    read_back(out, result.out, sizeof result.out);
    read_back(err, result.err, sizeof result.err);
    return &result;
}

const struct verb_run *
verb_run_on_terminal(const struct fake_agent *agent,
                     int (*verb)(const struct installed *, int, char **),
                     const char *const *words, const char *const *environment)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), end;

    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    end = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(end >= 0);
    setenv("TERM", "dumb", 1);
    result.status = run_with(agent, verb, words, environment, end, end);
    close(end); /* the last one: reading ends behind what was written */
    read_back(terminal, result.out, sizeof result.out);
    result.err[0] = '\0';
    return &result;
}

char *
output_of(const char *command, const char *input)
{
    char *text = calloc(1, VERB_RUN_TEXT_MAX), *words[] = {NULL, NULL, NULL, NULL};
    int in = temporary_file(), out = temporary_file();
    pid_t pid;

    assert_non_null(text);
    assert_int_equal(write(in, input, strlen(input)), strlen(input));
    lseek(in, 0, SEEK_SET);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        words[0] = strdup("sh");
        words[1] = strdup("-c");
        words[2] = strdup(command);
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
            execv("/bin/sh", words);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    lseek(out, 0, SEEK_SET);
    read_back(out, text, VERB_RUN_TEXT_MAX);
    close(in);
    return text;
}
