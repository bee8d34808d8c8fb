/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pam_models MODEL SERVICE USER COMMAND …: PAM applications that there are, in what matters to a
 * session module. Each opens a session, runs the command in it as the user, waits, closes the session
 * and ends as the command did. On standard error stands then what the application found of its own
 * state. Run as root.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 256
#define BIG_BYTES (500UL << 20)
#define PAGE_BYTES 4096
#define COPY_SECONDS 10
#define FOREIGN "/dev/zero"

/* What a model does other than fork, wait for that child, pam_close_session, pam_end. */
struct model {
    const char *name;
    void (*prepare)(void);                               /* before PAM is called */
    void (*opened)(pam_handle_t *pamh);                  /* once the session is open */
    int (*run)(pam_handle_t *pamh, char **command);      /* the wait status of the command */
    void (*end)(pam_handle_t *pamh);
};

static volatile sig_atomic_t signals;
static int known[DESCRIPTORS_MAX]; /* open before PAM was called */
static const struct passwd *person;

__attribute__((noreturn)) static void
fail(const char *what)
{
    perror(what);
    _exit(EXIT_FAILURE);
}

/* systemd's conversation: nobody is there. */
static int
refuse(int count, const struct pam_message **messages, struct pam_response **responses,
       void *context)
{
    (void)count;
    (void)messages;
    (void)responses;
    (void)context;
    return PAM_CONV_ERR;
}

static void
become_person(void)
{
    if (setresgid(person->pw_gid, person->pw_gid, person->pw_gid) != 0 ||
        setresuid(person->pw_uid, person->pw_uid, person->pw_uid) != 0)
        fail("pam_models: the person");
}

/* In the process that becomes the command. */
__attribute__((noreturn)) static void
execute(pam_handle_t *pamh, char **command)
{
    char **environment = pam_getenvlist(pamh);

    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        fail("pam_models: SIGCHLD");
    become_person();
    execve(command[0], command, environment);
    fail(command[0]);
}

static pid_t
start(pam_handle_t *pamh, char **command)
{
    pid_t pid = fork();

    if (pid == 0)
        execute(pamh, command);
    if (pid < 0)
        fail("pam_models: fork");
    return pid;
}

static int
run_and_wait(pam_handle_t *pamh, char **command)
{
    pid_t pid = start(pamh, command);
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Waits for every child there is, as util-linux's login does. */
static int
run_and_reap_all(pam_handle_t *pamh, char **command)
{
    pid_t pid = start(pamh, command), ended;
    int status = 0, one;

    for (;;) {
        ended = waitpid(-1, &one, __WALL);
        if (ended == pid)
            status = one;
        if (ended < 0 && errno != EINTR)
            return status; /* with SIGCHLD ignored nobody is told how it ended */
    }
}

static void
report(void)
{
    char path[64], target[128];
    ssize_t n;

    fprintf(stderr, "SIGCHLD %d, children %s, descriptors", signals,
            waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD ? "no" : "yes");
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        n = readlink(path, target, sizeof target - 1);
        if (n > 0 && !known[fd])
            fprintf(stderr, " %d %.*s", fd, (int)n, target);
    }
    fputc('\n', stderr);
}

static void
close_and_end(pam_handle_t *pamh)
{
    int r = pam_close_session(pamh, 0);

    if (r != PAM_SUCCESS)
        fprintf(stderr, "pam_close_session: %s\n", pam_strerror(pamh, r));
    (void)pam_end(pamh, r);
    report();
}

static void
count_signal(int number)
{
    (void)number;
    signals++;
}

static void
handle_children(void)
{
    const struct sigaction action = {.sa_handler = count_signal};

    if (sigaction(SIGCHLD, &action, NULL) != 0)
        fail("pam_models: SIGCHLD");
}

static void
ignore_children(void)
{
    const struct sigaction action = {.sa_handler = SIG_IGN};

    if (sigaction(SIGCHLD, &action, NULL) != 0)
        fail("pam_models: SIGCHLD");
}

static void
do_not_keep_children(void)
{
    const struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_NOCLDWAIT};

    if (sigaction(SIGCHLD, &action, NULL) != 0)
        fail("pam_models: SIGCHLD");
}

static void
grow(void)
{
    volatile char *memory = malloc(BIG_BYTES);

    if (memory == NULL)
        fail("pam_models: memory");
    for (size_t i = 0; i < BIG_BYTES; i += PAGE_BYTES)
        memory[i] = 1;
}

/* A daemon's habit; what it opens next has the number of what the module held. */
static void
close_all(pam_handle_t *pamh)
{
    (void)pamh;
    closelog();
    for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++)
        (void)close(fd);
    for (int i = 0; i < 8; i++)
        if (open(FOREIGN, O_RDONLY | O_CLOEXEC) < 0)
            fail(FOREIGN);
}

/* A worker that was forked and is no program of its own: it holds what is closed on exec. */
static void
leave_copy(pam_handle_t *pamh)
{
    pid_t pid = fork();

    (void)pamh;
    if (pid < 0)
        fail("pam_models: fork");
    if (pid > 0)
        return;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        (void)close(fd);
    alarm(COPY_SECONDS);
    for (;;)
        pause();
}

static void
open_again(pam_handle_t *pamh)
{
    int r = pam_open_session(pamh, 0);

    if (r != PAM_SUCCESS)
        fprintf(stderr, "the second pam_open_session: %s\n", pam_strerror(pamh, r));
}

static void
just_end(pam_handle_t *pamh)
{
    (void)pamh;
}

/* systemd's (sd-pam): it holds the session, has dropped privilege, and outlives the command. */
__attribute__((noreturn)) static void
keep_session(pam_handle_t *pamh, pid_t parent)
{
    sigset_t end;
    int number;

    become_person();
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &end, NULL) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        fail("pam_models: the parent's end");
    if (getppid() == parent)
        (void)sigwait(&end, &number);
    close_and_end(pamh);
    _exit(EXIT_SUCCESS);
}

/* The process that opened the session becomes the command; its child closes the session. */
static int
become_command(pam_handle_t *pamh, char **command)
{
    pid_t parent = getpid(), pid = fork();

    if (pid < 0)
        fail("pam_models: fork");
    if (pid == 0)
        keep_session(pamh, parent);
    execute(pamh, command);
}

static const struct model models[] = {
    {"display-manager", grow, NULL, run_and_wait, close_and_end},
    {"reaps-all", NULL, NULL, run_and_reap_all, close_and_end},
    {"ignores-sigchld", ignore_children, NULL, run_and_reap_all, close_and_end},
    {"sa-nocldwait", do_not_keep_children, NULL, run_and_reap_all, close_and_end},
    {"own-handler", handle_children, NULL, run_and_wait, close_and_end},
    {"closes-all", NULL, close_all, run_and_wait, close_and_end},
    {"leaves-copy", NULL, leave_copy, run_and_wait, close_and_end},
    {"opens-twice", NULL, open_again, run_and_wait, close_and_end},
    {"never-closes", NULL, NULL, run_and_wait, just_end},
    {"sd-pam", NULL, NULL, become_command, close_and_end},
};

static const struct model *
find(const char *name)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

int
main(int argc, char **argv)
{
    const struct pam_conv conversation = {refuse, NULL};
    const struct model *model = argc > 4 ? find(argv[1]) : NULL;
    pam_handle_t *pamh = NULL;
    int status;

    if (model == NULL || (person = getpwnam(argv[3])) == NULL) {
        fputs("usage: pam_models MODEL SERVICE USER COMMAND ...\n", stderr);
        return EXIT_FAILURE;
    }
    openlog(NULL, LOG_NDELAY, LOG_AUTHPRIV); /* what syslog(3) opens is not the module's */
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        known[fd] = fcntl(fd, F_GETFD) >= 0;
    if (model->prepare != NULL)
        model->prepare();
    if (pam_start(argv[2], argv[3], &conversation, &pamh) != PAM_SUCCESS ||
        pam_open_session(pamh, 0) != PAM_SUCCESS)
        fail("pam_models: no session");
    if (model->opened != NULL)
        model->opened(pamh);
    status = model->run(pamh, argv + 4);
    model->end(pamh);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
