/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_CONFIG_FIXTURE_H
#define AWS_ROLE_TESTS_UNIT_CONFIG_FIXTURE_H

#include "policy/config.h"

/*
 * A host's configuration in a folder of the test's own: main.conf, conf.d/ and vendor.conf, none of
 * which is there at first.
 */

/* Makes the folder and an empty conf.d: a set-up of cmocka's. */
int config_fixture_make(void **state);

/* Removes all of it: a tear-down of cmocka's. */
int config_fixture_remove(void **state);

/* The path of a file in the folder, in memory that the next eight calls leave alone. */
const char *config_fixture_path(const char *name);

/* Writes `text` into a file of the folder, mode 0644. */
void config_fixture_write(const char *name, const char *text);

/* The same with `size` bytes. */
void config_fixture_write_bytes(const char *name, const void *bytes, size_t size);

/* The paths that config_load takes, and a trust in the test's own uid. */
extern struct config_paths config_fixture_paths;
extern struct trust config_fixture_trust;

/* config_load of what was written; problems go to config_fixture_problems. */
int config_fixture_load(struct config **config);

/* Writes main.conf and loads it; a failure is printed and fails the test. */
struct config *config_fixture_loaded(const char *main_text);

extern struct problems config_fixture_problems;

/* Loads, and expects the first problem to be there and to say that; `name` is a file's. */
void config_fixture_expect_failure(int error, const char *name, unsigned int line,
                                   const char *what);

/* A main.conf with one error, the line of it, and words of both texts about it. */
struct config_fixture_wrong {
    const char *text;
    unsigned int line;
    const char *what;
    const char *mend;
};

void config_fixture_expect_wrong(const struct config_fixture_wrong *wrong);

/* Prints the problems: for the message of a test that fails. */
void config_fixture_print_problems(void);

#endif
