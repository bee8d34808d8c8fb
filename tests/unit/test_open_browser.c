/* SPDX-License-Identifier: BSD-3-Clause */
/* Which program is started as a browser, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/open_browser.h"
#include "common/deadline.h"
#include "common/error.h"
#include "tests/unit/temporary.h"

#define URL "http://127.0.0.1:1/x"
#define PATIENCE_MS 10000
#define LONELY 64999 /* a uid that nobody has */

/* Says its name, what it was given, that its session is its own, and where its streams lead. */
static const char program[] =
    "#!/bin/sh\n"
    "exec 3>\"$TOLD.new\"\n"
    "printf '%s|' \"${0##*/}\" \"$@\" >&3\n"
    "[ \"$(cut -d ' ' -f 6 /proc/$$/stat)\" = $$ ] && printf 'own|' >&3\n"
    "for i in 0 1 2; do readlink /proc/$$/fd/$i; done | uniq >&3\n"
    "exec 3>&-\n"
    "mv \"$TOLD.new\" \"$TOLD\"\n";

/* Says which process it is, and goes on. */
static const char staying[] = "#!/bin/sh\n"
                              "echo $$ >\"$TOLD.new\"\n"
                              "mv \"$TOLD.new\" \"$TOLD\"\n"
                              "exec sleep 60\n";

static const char *folder;
static char told[4200];

static void
install_program(const char *name, const char *text)
{
    char path[4200];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    temporary_write(path, 0755, text);
}

static void
install(const char *name)
{
    install_program(name, program);
}

/* What was told by whoever was started. */
static void
read_told(char *line, int size)
{
    deadline_t deadline = deadline_in(PATIENCE_MS);
    FILE *file;

    while ((file = fopen(told, "r")) == NULL) {
        assert_true(deadline_left(deadline) > 0);
        (void)poll(NULL, 0, 10);
    }
    assert_non_null(fgets(line, size, file));
    fclose(file);
    unlink(told);
}

static void
expect_started(const char *text)
{
    char line[512];

    assert_int_equal(open_browser(URL), 0);
    read_told(line, sizeof line);
    assert_string_equal(line, text);
}

static int
set_up(void **state)
{
    char path[4200];

    (void)state;
    folder = temporary_folder(NULL);
    snprintf(told, sizeof told, "%s/told", folder);
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
    setenv("PATH", path, 1);
    setenv("TOLD", told, 1);
    unsetenv("BROWSER");
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    temporary_remove();
    return 0;
}

#define STREAMS "own|/dev/null\n"

static void
the_persons_own_comes_first(void **state)
{
    (void)state;
    install("mine");
    install("my browser");
    install("wslview");
    setenv("BROWSER", "mine", 1);
    expect_started("mine|" URL "|" STREAMS);
    setenv("BROWSER", "none -x:mine -a  b:wslview", 1);
    expect_started("mine|-a|b|" URL "|" STREAMS);
    setenv("BROWSER", "mine %s --new", 1);
    expect_started("mine|" URL "|--new|" STREAMS);
    setenv("BROWSER", "my browser", 1);
    expect_started("my browser|" URL "|" STREAMS);
    setenv("BROWSER", "mine $(touch x);", 1);
    expect_started("mine|$(touch|x);|" URL "|" STREAMS);
}

static void
else_the_first_there_is(void **state)
{
    (void)state;
    install("xdg-open");
    assert_int_equal(open_browser(URL), AWS_ROLE_ERR_NOT_FOUND);
    setenv("DISPLAY", ":0", 1);
    expect_started("xdg-open|" URL "|" STREAMS);
    install("wslview");
    expect_started("wslview|" URL "|" STREAMS);
}

static void
none_is_told(void **state)
{
    static const char *const lists[] = {"none", "none:none either", ":", "%s", " ", "/", "none %s"};

    (void)state;
    install("wslview");
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        setenv("BROWSER", lists[i], 1);
        assert_int_equal(open_browser(URL), AWS_ROLE_ERR_NOT_FOUND);
    }
}

/* How often "failing" was started, a byte each time. */
static void
expect_failures(long count)
{
    char path[4300];
    struct stat file;

    snprintf(path, sizeof path, "%s.failing", told);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_size, count);
    unlink(path);
}

static void
one_that_fails_at_once_is_none(void **state)
{
    (void)state;
    install("mine");
    install("xdg-open");
    install_program("failing", "#!/bin/sh\nprintf x >>\"$TOLD.failing\"\nexit 1\n");
    install_program("killed", "#!/bin/sh\nkill -KILL $$\n");
    setenv("DISPLAY", ":0", 1);
    setenv("BROWSER", "killed:false", 1);
    assert_int_equal(open_browser(URL), AWS_ROLE_ERR_NOT_FOUND);
    setenv("BROWSER", "failing -x:killed:failing %s:mine", 1);
    expect_started("mine|" URL "|" STREAMS);
    expect_failures(2);
    setenv("BROWSER", "failing:mine -a", 1);
    expect_started("mine|-a|" URL "|" STREAMS);
    expect_failures(1);
    unsetenv("BROWSER");
    install_program("wslview", "#!/bin/sh\nexit 1\n");
    expect_started("xdg-open|" URL "|" STREAMS);
}

static void
one_that_goes_on_is_left_to_itself(void **state)
{
    deadline_t deadline;
    char line[512];
    pid_t pid;

    (void)state;
    install("mine");
    install_program("staying", staying);
    setenv("BROWSER", "staying:mine", 1);
    deadline = deadline_in(PATIENCE_MS);
    assert_int_equal(open_browser(URL), 0);
    assert_true(deadline_left(deadline) > 0);
    read_told(line, sizeof line);
    pid = (pid_t)strtol(line, NULL, 10);
    assert_true(pid > 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(kill(pid, SIGKILL), 0);
}

/* As somebody with room for one process more than the caller, which is not the browser's. */
static void
one_that_could_not_start_is_none(void **state)
{
    const struct rlimit two = {2, 2};
    int status;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip(); /* an ordinary user's other processes count, too */
    install("wslview");
    pid = fork();
    if (pid == 0)
        _exit(setrlimit(RLIMIT_NPROC, &two) == 0 && setresuid(LONELY, LONELY, LONELY) == 0 &&
                      open_browser(URL) == AWS_ROLE_ERR_NOT_FOUND
                  ? 0
                  : 1);
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_persons_own_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(else_the_first_there_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_fails_at_once_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_goes_on_is_left_to_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_could_not_start_is_none, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("open_browser", tests, NULL, NULL);
}
