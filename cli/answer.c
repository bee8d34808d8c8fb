/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/sign_in_page.h"
#include "cli/terminal.h"
#include "common/error.h"

#define TEXT_MAX 8192
#define KILLED_MS 1000 /* what was killed is gone at once, unless a device holds it */

/* Leaves the first line of what was read, without blanks around it. */
static int
cut_line(struct secret *answer)
{
    const char *blanks = " \t\r\n";
    char *start = answer->data, *end;

    start[strcspn(start, "\n")] = '\0';
    start += strspn(start, blanks);
    end = start + strlen(start);
    while (end > start && strchr(blanks, end[-1]) != NULL)
        end--;
    answer->size = (size_t)(end - start);
    memmove(answer->data, start, answer->size);
    memset(answer->data + answer->size, 0, ANSWER_MAX + 1 - answer->size);
    return answer->size > 0 ? 0 : AWS_ROLE_ERR_ANSWER;
}

/* Reads until a line is there, or the end, or `deadline`; a NUL ends it as well. */
static int
read_line(int fd, deadline_t deadline, struct secret *answer)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};

    while (answer->size < ANSWER_MAX) {
        int left = deadline == UINT64_MAX ? -1 : deadline_left(deadline);
        ssize_t n;

        if (poll(&readable, 1, left) == 0)
            return AWS_ROLE_ERR_DEADLINE;
        n = read(fd, answer->data + answer->size, ANSWER_MAX - answer->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return AWS_ROLE_ERR_SYSTEM;
        if (n == 0)
            return answer->size > 0 ? 0 : AWS_ROLE_ERR_PEER_GONE;
        answer->size += (size_t)n;
        if (strchr(answer->data, '\n') != NULL)
            return 0;
    }
    return AWS_ROLE_ERR_TOO_BIG;
}

/* Makes room, which stays zeroes behind what is read. */
static int
start(struct secret *answer)
{
    *answer = (struct secret)SECRET_EMPTY;
    answer->data = calloc(1, ANSWER_MAX + 1);
    return answer->data == NULL ? AWS_ROLE_ERR_MEMORY : 0;
}

static int
end(struct secret *answer, int r)
{
    if (r == 0)
        r = cut_line(answer);
    if (r != 0) {
        answer->size = ANSWER_MAX; /* whatever was read is wiped */
        secret_wipe(answer);
    }
    return r;
}

/* The terminal's own, whatever it is told to show; cut where it does not fit. */
static int
write_text(int terminal, const char *text)
{
    char escaped[TEXT_MAX];
    size_t length;

    terminal_escape(text, escaped, sizeof escaped);
    length = strlen(escaped);
    return write(terminal, escaped, length) == (ssize_t)length ? 0 : AWS_ROLE_ERR_SYSTEM;
}

int
answer_read(const char *prompt, const char *url, int qr, struct secret *answer)
{
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC), r;

    if (terminal < 0)
        return AWS_ROLE_ERR_NOT_FOUND;
    r = start(answer);
    (void)tcflush(terminal, TCIFLUSH); /* what was typed before it was asked for is no answer */
    if (r == 0 && url != NULL)
        r = sign_in_page_show(terminal, url, qr);
    if (r == 0)
        r = write_text(terminal, prompt);
    if (r == 0)
        r = read_line(terminal, UINT64_MAX, answer);
    close(terminal);
    return end(answer, r);
}

__attribute__((noreturn)) static void
run(const char *command, int out)
{
    if (dup2(out, STDOUT_FILENO) >= 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/*
 * Waits for the end of a command that has answered, and kills any other. Its process group is the
 * caller's, so that it can read from the terminal: what it has started itself is not killed.
 */
static int
reap(pid_t pid, deadline_t deadline, int r)
{
    int status;

    if (r == 0) {
        r = child_wait(pid, deadline, &status);
        if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
            return AWS_ROLE_ERR_ANSWER;
        if (r != AWS_ROLE_ERR_DEADLINE)
            return r;
    }
    if (kill(pid, SIGKILL) == 0) /* who has become another user is left to itself */
        (void)child_wait(pid, deadline_in(KILLED_MS), &status);
    return r == AWS_ROLE_ERR_PEER_GONE ? AWS_ROLE_ERR_ANSWER : r;
}

int
answer_run(const char *command, deadline_t deadline, struct secret *answer)
{
    int pair[2], r = start(answer);
    pid_t pid;

    if (r != 0)
        return r;
    if (pipe2(pair, O_CLOEXEC) != 0)
        return end(answer, AWS_ROLE_ERR_SYSTEM);
    pid = fork();
    if (pid == 0)
        run(command, pair[1]);
    close(pair[1]);
    r = pid < 0 ? AWS_ROLE_ERR_SYSTEM : read_line(pair[0], deadline, answer);
    if (pid > 0)
        r = reap(pid, deadline, r);
    close(pair[0]); /* not before: a command that prints more would end by SIGPIPE */
    return end(answer, r);
}
