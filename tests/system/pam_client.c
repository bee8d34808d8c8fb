/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pam_client SERVICE USER [WORD …]: a PAM application for tests. It opens a session, reports on
 * standard output, keeps the session open until standard input ends, closes it and reports again.
 * For each byte of standard input it opens a session on the same handle once more, and reports.
 * A word is one of
 *
 *   user=TEXT, service=TEXT, …   a PAM item (see the table) before the session is opened; without
 *                                `=` it is NULL
 *   nofile=NUMBER, nproc=NUMBER  the process's limits by then
 *
 * A report is a sequence of items, each with its NUL, ended by an empty one:
 *
 *   open NUMBER, close NUMBER    what PAM returned (PAM_SUCCESS is 0)
 *   variable NAME=VALUE          the PAM environment
 *   said TEXT                    what came through the conversation
 *   children yes|no              whether there is a child to wait for
 *   signals NUMBER               how many SIGCHLD came
 *   descriptor NUMBER FLAGS      what has been opened since the start, with F_GETFD
 */
#include <errno.h>
#include <fcntl.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 1024

static volatile sig_atomic_t signals;
static int known[DESCRIPTORS_MAX]; /* open before PAM was called */

static void
count_signal(int number)
{
    (void)number;
    signals++;
}

static void
item(const char *name, const char *value)
{
    printf("%s %s", name, value);
    putchar('\0');
}

static void
number_item(const char *name, int value)
{
    char text[16];

    snprintf(text, sizeof text, "%d", value);
    item(name, text);
}

static void
end_report(void)
{
    putchar('\0');
    if (fflush(stdout) != 0)
        exit(EXIT_FAILURE);
}

static int
converse(int count, const struct pam_message **messages, struct pam_response **responses,
         void *context)
{
    (void)context;
    for (int i = 0; i < count; i++)
        item("said", messages[i]->msg);
    *responses = calloc((size_t)count, sizeof **responses);
    return *responses == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static void
report_environment(pam_handle_t *pamh)
{
    char **list = pam_getenvlist(pamh);

    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        item("variable", list[i]);
        free(list[i]);
    }
    free(list);
}

static void
report_process(void)
{
    char text[32];
    int flags;

    /* __WALL: children without SIGCHLD, too. */
    item("children", waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD ? "no" : "yes");
    number_item("signals", signals);
    for (int fd = 3; fd < DESCRIPTORS_MAX; fd++) {
        flags = fcntl(fd, F_GETFD);
        if (flags < 0 || known[fd])
            continue;
        snprintf(text, sizeof text, "%d %d", fd, flags);
        item("descriptor", text);
    }
}

static void
know_descriptors(void)
{
    openlog(NULL, LOG_NDELAY, LOG_AUTHPRIV); /* what syslog(3) opens is not the module's */
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        known[fd] = fcntl(fd, F_GETFD) >= 0;
}

/* What a word names; a limit where `item` is 0. */
static const struct {
    const char *name;
    int item, limit;
} words[] = {
    {"user", PAM_USER, 0},
    {"service", PAM_SERVICE, 0},
    {"tty", PAM_TTY, 0},
    {"rhost", PAM_RHOST, 0},
    {"ruser", PAM_RUSER, 0},
    {"nofile", 0, RLIMIT_NOFILE},
    {"nproc", 0, RLIMIT_NPROC},
};

static int
set_limit(int resource, const char *value)
{
    struct rlimit limit;

    if (value == NULL || getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return 0;
    limit.rlim_cur = strtoul(value, NULL, 10);
    if (setrlimit((__rlimit_resource_t)resource, &(struct rlimit){limit.rlim_cur,
                                                                  limit.rlim_cur}) == 0)
        return 1;
    return setrlimit((__rlimit_resource_t)resource, &limit) == 0;
}

/* Does what a word says; 0 when it cannot. */
static int
take_word(pam_handle_t *pamh, const char *word)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : NULL;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].name) != length || strncmp(words[i].name, word, length) != 0)
            continue;
        return words[i].item == 0 ? set_limit(words[i].limit, value)
                                  : pam_set_item(pamh, words[i].item, value) == PAM_SUCCESS;
    }
    return 0;
}

static int
open_session(pam_handle_t *pamh)
{
    int r = pam_open_session(pamh, 0);

    number_item("open", r);
    report_environment(pamh);
    report_process();
    end_report();
    return r;
}

int
main(int argc, char **argv)
{
    const struct pam_conv conversation = {converse, NULL};
    const struct sigaction action = {.sa_handler = count_signal};
    pam_handle_t *pamh = NULL;
    char byte;
    int r;

    know_descriptors();
    if (argc < 3 || sigaction(SIGCHLD, &action, NULL) != 0 ||
        pam_start(argv[1], argv[2], &conversation, &pamh) != PAM_SUCCESS) {
        fputs("usage: pam_client SERVICE USER [WORD ...]\n", stderr);
        return EXIT_FAILURE;
    }
    for (int i = 3; i < argc; i++)
        if (!take_word(pamh, argv[i])) {
            fprintf(stderr, "pam_client: cannot do %.64s\n", argv[i]);
            return EXIT_FAILURE;
        }
    r = open_session(pamh);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        r = open_session(pamh);
    if (r == PAM_SUCCESS)
        r = pam_close_session(pamh, 0);
    number_item("close", r);
    (void)pam_end(pamh, r);
    report_process();
    end_report();
    return EXIT_SUCCESS;
}
