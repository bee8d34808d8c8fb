/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pam_client SERVICE USER: a PAM application for tests. It opens a session, reports on standard
 * output, keeps the session open until standard input ends, closes it and reports again. A report
 * is a sequence of items, each with its NUL, ended by an empty one:
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

int
main(int argc, char **argv)
{
    const struct pam_conv conversation = {converse, NULL};
    const struct sigaction action = {.sa_handler = count_signal};
    pam_handle_t *pamh = NULL;
    char byte;
    int r;

    know_descriptors();
    if (argc != 3 || sigaction(SIGCHLD, &action, NULL) != 0 ||
        pam_start(argv[1], argv[2], &conversation, &pamh) != PAM_SUCCESS) {
        fputs("usage: pam_client SERVICE USER\n", stderr);
        return EXIT_FAILURE;
    }
    r = pam_open_session(pamh, 0);
    number_item("open", r);
    report_environment(pamh);
    report_process();
    end_report();
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    if (r == PAM_SUCCESS)
        r = pam_close_session(pamh, 0);
    number_item("close", r);
    (void)pam_end(pamh, r);
    report_process();
    end_report();
    return EXIT_SUCCESS;
}
