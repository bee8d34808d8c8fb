/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_AWS_CONFIG_H
#define AWS_ROLE_CLI_AWS_CONFIG_H

#include <stddef.h>

/*
 * The text of ~/.aws/config and ~/.aws/credentials (AWS SDKs and Tools Reference Guide, "Location
 * of the shared config and credentials files"), of which we own what stands between two lines and
 * nothing else. A line ends in LF, CRLF or, as Python reads them, CR.
 */

#define AWS_CONFIG_BEGIN "# begin: written by 'aws-role profiles --write', which replaces all of it"
#define AWS_CONFIG_END "# end: written by 'aws-role profiles --write'"

enum aws_config_kind {
    AWS_CONFIG_PROFILES,    /* [default], [profile NAME] */
    AWS_CONFIG_CREDENTIALS, /* [NAME] */
};

/* A text, which stays the caller's, and where our block lies in it with its two lines. */
struct aws_config {
    enum aws_config_kind kind;
    const char *text;
    size_t size;
    size_t start; /* of the block */
    size_t end;   /* behind it; `start`: there is none */
};

/*
 * Finds the block of a text. AWS_ROLE_ERR_SYNTAX: it cannot be said what is ours; `line` and `why`,
 * a constant sentence, tell. `line` is 0 where it is the whole text.
 */
int aws_config_read(struct aws_config *config, enum aws_config_kind kind, const char *text,
                    size_t size, unsigned int *line, const char **why);

/* 1 when there is a profile of that name that is not ours. */
int aws_config_has_other(const struct aws_config *config, const char *name);

/*
 * Makes the text anew with `block` in the place of the one that is there, else at the end; "" is
 * none. `block` has its two lines, each line ended by LF, and gets the line ends of the text. To be
 * freed with wiping_free: people have keys in such files. NULL: out of memory.
 */
char *aws_config_merge(const struct aws_config *config, const char *block, size_t *size);

#endif
