/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/config_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/unit/temporary.h"

static const char *folder;

struct config_paths config_fixture_paths;
struct trust config_fixture_trust;
struct problems config_fixture_problems;

const char *
config_fixture_path(const char *name)
{
    static char paths[8][4096];
    static unsigned int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

int
config_fixture_make(void **state)
{
    static char main_file[4096], drop_ins[4096], vendor[4096];

    (void)state;
    folder = temporary_folder(NULL);
    snprintf(main_file, sizeof main_file, "%s", config_fixture_path("main.conf"));
    snprintf(drop_ins, sizeof drop_ins, "%s", config_fixture_path("conf.d"));
    snprintf(vendor, sizeof vendor, "%s", config_fixture_path("vendor.conf"));
    assert_int_equal(mkdir(drop_ins, 0755), 0);
    config_fixture_paths = (struct config_paths){main_file, drop_ins, vendor,
                                                 "/etc/aws-role/credentials"};
    config_fixture_trust = (struct trust){.owner = getuid(), .secret_group = getgid(),
                                          .below = folder};
    memset(&config_fixture_problems, 0, sizeof config_fixture_problems);
    return 0;
}

int
config_fixture_remove(void **state)
{
    (void)state;
    problems_free(&config_fixture_problems);
    temporary_remove();
    return 0;
}

void
config_fixture_write_bytes(const char *name, const void *bytes, size_t size)
{
    const char *path = config_fixture_path(name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fchmod(fileno(file), 0644), 0);
    assert_int_equal(fclose(file), 0);
}

void
config_fixture_write(const char *name, const char *text)
{
    config_fixture_write_bytes(name, text, strlen(text));
}

int
config_fixture_load(struct config **config)
{
    problems_free(&config_fixture_problems);
    return config_load(&config_fixture_paths, &config_fixture_trust, config,
                       &config_fixture_problems);
}

void
config_fixture_print_problems(void)
{
    for (size_t i = 0; i < config_fixture_problems.count; i++) {
        const struct problem *problem = &config_fixture_problems.list[i];

        print_message("%s:%u: %s: %s\n", problem->file, problem->line, problem->what,
                      problem->mend);
    }
}

struct config *
config_fixture_loaded(const char *main_text)
{
    struct config *config;
    int r;

    config_fixture_write("main.conf", main_text);
    r = config_fixture_load(&config);
    if (r != 0)
        config_fixture_print_problems();
    assert_int_equal(r, 0);
    return config;
}

void
config_fixture_expect_failure(int error, const char *name, unsigned int line, const char *what)
{
    const struct problem *problem = &config_fixture_problems.list[0];
    struct config *config;

    assert_int_equal(config_fixture_load(&config), error);
    assert_null(config);
    assert_true(config_fixture_problems.count > 0);
    assert_string_equal(problem->file, config_fixture_path(name));
    assert_int_equal(problem->line, line);
    if (strstr(problem->what, what) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", problem->what, what);
    assert_true(strlen(problem->mend) > 0);
}

void
config_fixture_expect_wrong(const struct config_fixture_wrong *wrong)
{
    const struct problem *problem = &config_fixture_problems.list[0];
    struct config *config;
    int r;

    config_fixture_write("main.conf", wrong->text);
    r = config_fixture_load(&config);
    if (r != AWS_ROLE_ERR_CONFIG || problems_count(&config_fixture_problems) != 1 ||
        problem->line != wrong->line || strstr(problem->what, wrong->what) == NULL ||
        strstr(problem->mend, wrong->mend) == NULL) {
        config_fixture_print_problems();
        fail_msg("of this text:\n%s\nwanted: %u: %s: %s", wrong->text, wrong->line, wrong->what,
                 wrong->mend);
    }
    assert_string_equal(problem->file, config_fixture_paths.main_file);
    assert_null(config);
    /* The words that stand for secrets in these texts. */
    assert_null(strstr(problem->what, "geheim"));
    assert_null(strstr(problem->what, "hidden"));
}
