/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_TESTS_UNIT_CHECKED_H
#define AWS_ROLE_TESTS_UNIT_CHECKED_H

#include <stddef.h>

#include "cli/check.h"

/*
 * What aws-role check looks at, in a folder of the test's own, and what it says: for cmocka.
 * Nothing is installed there at first.
 */

#define CHECKED_BASE                                                                               \
    "[defaults]\nregion = ap-northeast-1\nsource = instance\n"                                     \
    "[source instance]\ncredential_source = Ec2InstanceMetadata\n"                                 \
    "[role developer]\nrole_arn = arn:aws:iam::123456789012:role/Developer\n"                      \
    "[role audit]\nrole_arn = arn:aws:iam::210987654321:role/people/%{user}\n"
#define CHECKED_BASE_LINES 9
#define CHECKED_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define CHECKED_KEYS                                                                               \
    "aws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = " CHECKED_SECRET "\n"

struct checked {
    char paths[11][128]; /* those of `installed` */
    struct installed installed;
    struct check check;
    char *out, *err;
    size_t out_size, err_size;
};

int checked_set_up(void **state);
int checked_tear_down(void **state);

/* The configuration: CHECKED_BASE, and `text` behind it. */
void checked_configure(const struct checked *checked, const char *text);

/* What it has said so far; the test's own until it says more. */
const char *checked_output(struct checked *checked);
const char *checked_errors(struct checked *checked);

/* It has to have said that, or to have told of a problem at `path`:`line`. */
void checked_expect_output(struct checked *checked, const char *part);
void checked_expect_error(struct checked *checked, const char *part);
void checked_expect_error_at(struct checked *checked, const char *path, unsigned int line);

#endif
