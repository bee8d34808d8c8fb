/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_VERB_H
#define AWS_ROLE_CLI_VERB_H

#include <sys/types.h>

/* What main knows and each verb is given: where things are installed. */
struct installed {
    const char *config;        /* …/aws-role.conf */
    const char *config_dir;    /* …/aws-role.conf.d */
    const char *vendor_config; /* read when neither of the above is there */
    const char *credentials;   /* the credentials file of a source that names none */
    const char *rundir;        /* /run/aws-role */
    const char *broker;
    const char *helper;
    const char *agent;
    const char *module; /* pam_aws_role.so */
    const char *pam_folder; /* /etc/pam.d */
    const char *metadata_users; /* whom aws-role-fence(8) lets pass */
    const char *program; /* aws-role itself */
    uid_t listener; /* who calls listen(2) on the sockets of agents: 0 */
};

/* Exit codes of aws-role(1). */
enum verb_exit {
    VERB_OK = 0,
    VERB_FAILED = 1,
    VERB_USAGE = 2,
    VERB_NO_AGENT = 3,
};

/* A row of main's table. `run` gets "aws-role VERB" as argv[0] and returns an exit code. */
struct verb {
    const char *name;
    const char *summary; /* one line, for the list of verbs */
    int (*run)(const struct installed *installed, int argc, char **argv);
};

#endif
