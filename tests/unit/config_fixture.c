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

void
config_fixture_make(void)
{
    static char main_file[4096], drop_ins[4096], vendor[4096];

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
}

void
config_fixture_remove(void)
{
    problems_free(&config_fixture_problems);
    temporary_remove();
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
