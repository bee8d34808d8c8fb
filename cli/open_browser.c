/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/open_browser.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"
#include "common/deadline.h"
#include "common/error.h"

#define WORDS_MAX 32
#define FIRST_MS 2000      /* in which a program that can open nothing ends, as xdg-open(1) */
#define ENDED_BADLY ECHILD /* beside the errnos of why a program was not started */

/* Tells why there is no browser. */
__attribute__((noreturn)) static void
fail(int report, int error)
{
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

/* Becomes the browser, or tells `report` why not. */
__attribute__((noreturn)) static void
become(char *const *words, int report)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0 && setsid() >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    fail(report, errno);
}

/* Starts the browser, and leaves it once it has ended well, or has not ended soon. */
__attribute__((noreturn)) static void
launch(char *const *words, int report)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        become(words, report);
    if (pid < 0)
        fail(report, errno);
    if (child_wait(pid, deadline_in(FIRST_MS), &status) == 0 && status != 0)
        fail(report, ENDED_BADLY); /* behind what become() may have told */
    _exit(0);
}

/* 0, or why there is no browser: an errno, or ENDED_BADLY. It is a child of our child's. */
static int
start(char *const *words)
{
    int pair[2], error = 0;
    pid_t pid;

    if (pipe2(pair, O_CLOEXEC) != 0)
        return errno;
    pid = fork();
    if (pid == 0)
        launch(words, pair[1]);
    if (pid < 0)
        error = errno;
    close(pair[1]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (pid > 0 && read(pair[0], &error, sizeof error) < 0)
        error = errno;
    close(pair[0]);
    return error;
}

/* The words of a command, cut where it lies. */
static int
start_words(char *command, char *url)
{
    char *words[WORDS_MAX + 2], *word, *rest = command;
    size_t count = 0;
    int named = 0;

    while (count < WORDS_MAX && (word = strsep(&rest, " \t")) != NULL) {
        if (word[0] == '\0')
            continue;
        named |= strcmp(word, "%s") == 0;
        words[count++] = strcmp(word, "%s") == 0 ? url : word;
    }
    if (count == 0 || words[0] == url)
        return ENOENT;
    if (!named)
        words[count++] = url;
    words[count] = NULL;
    return start(words);
}

/* The whole of it is the name of a program, which may have blanks, or it is words. */
static int
start_command(char *command, char *url)
{
    char *whole[] = {command, url, NULL};
    int error = command[0] != '\0' ? start(whole) : ENOENT;

    return error == 0 || error == ENDED_BADLY ? error : start_words(command, url);
}

static int
start_own(const char *list, char *url)
{
    char *copy = strdup(list), *command, *rest = copy;
    int error = ENOENT;

    if (copy == NULL)
        return AWS_ROLE_ERR_MEMORY;
    while (error != 0 && (command = strsep(&rest, ":")) != NULL)
        error = start_command(command, url);
    free(copy);
    return error == 0 ? 0 : AWS_ROLE_ERR_NOT_FOUND;
}

static int
has_display(void)
{
    return getenv("DISPLAY") != NULL || getenv("WAYLAND_DISPLAY") != NULL;
}

/* Without a display these would look for a browser of the terminal's, which has none here. */
static int
start_known(char *url)
{
    static const struct {
        const char *name;
        int needs_display;
    } known[] = {{"wslview", 0}, {"xdg-open", 1}, {"open", 1}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char name[16], *words[] = {name, url, NULL};

        strncpy(name, known[i].name, sizeof name - 1);
        name[sizeof name - 1] = '\0';
        if ((!known[i].needs_display || has_display()) && start(words) == 0)
            return 0;
    }
    return AWS_ROLE_ERR_NOT_FOUND;
}

int
open_browser(const char *url)
{
    const char *own = getenv("BROWSER");
    char *copy = strdup(url);
    int r;

    if (copy == NULL)
        return AWS_ROLE_ERR_MEMORY;
    r = own != NULL && own[0] != '\0' ? start_own(own, copy) : start_known(copy);
    free(copy);
    return r;
}
