/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_SERVICE_USER_H
#define AWS_ROLE_COMMON_SERVICE_USER_H

/* Who owns the cache and the base credentials: the broker and the helper run as this user. */
#define SERVICE_USER "_aws-role"

/* What to type where it is missing, useradd(8): a user without a password, a home or a shell. */
#define SERVICE_USER_MEND                                                                          \
    "useradd --system --user-group --no-create-home --home-dir /nonexistent "                      \
    "--shell /usr/sbin/nologin " SERVICE_USER

#endif
