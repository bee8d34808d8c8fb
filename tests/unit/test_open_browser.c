/* SPDX-License-Identifier: BSD-3-Clause */
/* Which program is started as a browser, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

static const char *folder;
static char told[4200];

static void
install(const char *name)
{
    char path[4200];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    temporary_write(path, 0755, program);
}

/* What was told by whoever was started; "" after a failure. */
static void
expect_started(const char *text)
{
    deadline_t deadline = deadline_in(PATIENCE_MS);
    char line[512] = "";
    FILE *file;

    assert_int_equal(open_browser(URL), 0);
    while ((file = fopen(told, "r")) == NULL) {
        assert_true(deadline_left(deadline) > 0);
        (void)poll(NULL, 0, 10);
    }
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    unlink(told);
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
        cmocka_unit_test_setup_teardown(one_that_could_not_start_is_none, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("open_browser", tests, NULL, NULL);
}
