/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_USAGE_H
#define AWS_ROLE_CLI_USAGE_H

/*
 * Says on standard error what is wrong with the words of a verb, and then the first paragraph of
 * `usage`, what would be right, and where the rest can be read. `what` NULL: getopt_long(3) has
 * said it. `word` NULL: there is none to show. VERB_USAGE.
 */
int usage_refuse(const char *verb, const char *usage, const char *what, const char *word);

/* Refuses with what is wrong about a name that no role can have. */
int usage_refuse_role(const char *verb, const char *usage, const char *name);

#endif
