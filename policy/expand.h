/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_EXPAND_H
#define AWS_ROLE_POLICY_EXPAND_H

#include <stddef.h>
#include <sys/types.h>

#include "common/aws_name.h"

/*
 * Expansions in values of the configuration: `%{user}` and the like, and `%%` for a percent sign.
 * What an expansion puts in is encoded by aws_name_encode: it cannot end a tag, a path or a string
 * of JSON, and two values never become one.
 *
 * Nor do two sets of values where a text has several expansions. Between two of them stands a
 * literal, and its first byte is encoded as `=XX` inside every value of that text: the first such
 * byte ends a value. `%{group}-%{user}` is `dev-ops=2Dann` for ops-ann of dev, and `dev=2Dops-ann`
 * for ann of dev-ops. A text with a single expansion has no such byte.
 */

#define EXPAND_WHY_MAX 512
#define EXPAND_VALUE_MAX 1024 /* bytes of one expansion's value, before it is encoded */

/* What is known of a session. NULL or "": not known, and a role that needs it is unavailable. */
struct session_context {
    const char *user;    /* %{user}: the canonical pw_name */
    uid_t uid;           /* %{uid}, and the mark of names that were cut */
    const char *group;   /* %{group}: the [group] that gave the role; plan_make sets it */
    const char *login;   /* %{login}: the name of the audit login uid */
    const char *host;    /* %{host}: gethostname(2) */
    const char *service; /* %{service}: PAM_SERVICE */
    const char *tty;     /* %{tty}: PAM_TTY */
    const char *rhost;   /* %{rhost}: PAM_RHOST */
    const char *caller;  /* %{caller}: the console identity's own name; plan_make sets it */
    int for_display;     /* 1: nobody's session; what is not known is left as it is written */
};

enum expansion {
    EXPANSION_USER,
    EXPANSION_UID,
    EXPANSION_GROUP,
    EXPANSION_LOGIN,
    EXPANSION_HOST,
    EXPANSION_SERVICE,
    EXPANSION_TTY,
    EXPANSION_RHOST,
    EXPANSION_CALLER,
    EXPANSION_COUNT
};

/*
 * 0 when every `%` in `text` begins an expansion of this version or `%%`, and between any two
 * expansions stands something that does not begin with `=`. Otherwise AWS_ROLE_ERR_CONFIG, and
 * `why` (EXPAND_WHY_MAX bytes) holds what is wrong, a newline, and how to mend it.
 */
int expand_check(const char *text, char *why);

/* 1 when `text` holds that expansion. */
int expand_uses(const char *text, enum expansion expansion);

/* 1 when `text` holds any expansion; `%%` is none. */
int expand_uses_any(const char *text);

/*
 * Expands `text`, which expand_check has passed, into `value` (`size` bytes with the NUL).
 * AWS_ROLE_ERR_MISSING_VALUE, and `why` names the expansion; AWS_ROLE_ERR_TOO_BIG.
 */
int expand_value(const char *text, const struct session_context *context, char *value,
                 size_t size, char *why);

/*
 * expand_value for a RoleSessionName or SourceIdentity: the whole is made 2 to 64 bytes long by
 * aws_name_fit. `name` has AWS_NAME_MAX + 1 bytes. AWS_ROLE_ERR_MISSING_VALUE,
 * AWS_ROLE_ERR_TOO_BIG (one expansion's value alone is over EXPAND_VALUE_MAX).
 */
int expand_name(const char *text, const struct session_context *context, char *name, char *why);

#endif
