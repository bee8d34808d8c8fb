/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/revoke.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cli/deny_policy.h"
#include "cli/session_end.h"
#include "cli/sessions.h"
#include "cli/terminal.h"
#include "common/aws_name.h"
#include "common/error.h"
#include "common/ledger.h"
#include "common/log.h"
#include "common/service_user.h"
#include "common/spawn.h"

#define PREFIX "aws-role revoke: "

static const char usage[] =
    "usage: aws-role revoke USER\n"
    "\n"
    "Ends what a person (a name, or a uid) has of this host's roles, for root: kills the\n"
    "processes of their sessions, wipes their part of the cache, and prints the IAM policy that\n"
    "ends the credentials which are out already. Logins and programs of the person go on. A\n"
    "login that comes later gets what the configuration gives: take it away there first.\n"
    "\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 done, 1 something could not be done, 2 wrong usage.\n";

struct revocation {
    const struct installed *installed;
    struct terminal out, errors;
    const char *user; /* as it was typed */
    uid_t uid;
    struct deny_policy policy;
    unsigned int sessions, roles;
};

static int
tell_usage(const char *what, const char *word)
{
    struct terminal errors;

    terminal_open(&errors, stderr);
    if (what != NULL)
        terminal_line(&errors, TERMINAL_PLAIN, PREFIX "%s%s%s", what, word == NULL ? "" : ": ",
                      word == NULL ? "" : word);
    fputs(usage, stderr);
    return VERB_USAGE;
}

/* A person whose account is gone is known by uid. */
static int
find_uid(struct revocation *revocation)
{
    const struct passwd *entry = getpwnam(revocation->user);
    char *end;

    if (entry != NULL) {
        revocation->uid = entry->pw_uid;
        return 1;
    }
    errno = 0;
    revocation->uid = (uid_t)strtoul(revocation->user, &end, 10);
    return errno == 0 && revocation->user[0] >= '0' && revocation->user[0] <= '9' && *end == '\0';
}

static const char *
or_unknown(const char *text)
{
    return text == NULL ? "not known" : text;
}

/* Once for each role of each session: the same broker is ended once, and then no more alive. */
static void
end_session(void *context, const struct sessions_entry *entry)
{
    struct revocation *revocation = context;
    const struct record *held = entry->held;

    if (held != NULL && record_text(held, FIELD_ROLE) != NULL && entry->is_alive) {
        revocation->roles++;
        if (ledger_session_name(held) != NULL)
            deny_policy_add(&revocation->policy, ledger_session_name(held));
        ledger_log(LOG_NOTICE, "role revoked", held, "aws-role revoke", NULL, NULL);
        terminal_line(&revocation->out, TERMINAL_PLAIN, "revoked: %s, ARN %s, key %s",
                      record_text(held, FIELD_ROLE),
                      or_unknown(record_text(held, FIELD_ROLE_ARN)),
                      or_unknown(record_text(held, FIELD_ACCESS_KEY_ID)));
    }
    revocation->sessions += (unsigned int)session_end_broker(entry);
}

/* The broker does it as the service user: root does nothing below the cache's folder. */
static int
wipe_cache(const struct revocation *revocation)
{
    char uid[16], errand[] = "--forget";
    char *argv[] = {(char *)(uintptr_t)revocation->installed->broker, errand, uid, NULL};
    int status = -1;
    pid_t pid;

    snprintf(uid, sizeof uid, "%lu", (unsigned long)revocation->uid);
    if (spawn_child(revocation->installed->broker, argv, NULL, 0, &pid) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return AWS_ROLE_ERR_SYSTEM;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : AWS_ROLE_ERR_PRIVILEGE;
}

static int
print_policy(struct revocation *revocation)
{
    char name[3 * 256 + 1]; /* of a name that NSS knows, every byte encoded */

    /* Nothing is known of what they held: their name at AWS is role_session_name's default then. */
    if (revocation->policy.count == 0 &&
        aws_name_encode(revocation->user, name, sizeof name) == 0) {
        aws_name_fit(name, revocation->uid, name);
        deny_policy_add(&revocation->policy, name);
    }
    terminal_line(&revocation->out, TERMINAL_PLAIN,
                  "Credentials that are out are valid at AWS until they end. To end them now, put "
                  "this policy on every role that %s can have taken, at AWS:", revocation->user);
    if (revocation->policy.left_out > 0)
        terminal_line(&revocation->errors, TERMINAL_PLAIN,
                      PREFIX "%zu names of sessions had no room in the policy: see "
                      "\"role revoked\" in the authentication log, and add them", revocation->policy.left_out);
    return deny_policy_print(&revocation->policy, time(NULL), stdout);
}

static int
revoke_person(struct revocation *revocation)
{
    unsigned int leftovers = 0;
    int r = sessions_each(revocation->installed->rundir, revocation->uid, end_session, revocation);
    int result = VERB_OK;

    if (r != 0 && r != AWS_ROLE_ERR_NOT_FOUND) {
        terminal_line(&revocation->errors, TERMINAL_PLAIN,
                      PREFIX "the sessions of %s below %s cannot be read: %s", revocation->user,
                      revocation->installed->rundir,
                      r == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(r));
        result = VERB_FAILED;
    }
    if (revocation->uid != 0) /* root's are as any broker's that has just started */
        leftovers = session_end_leftovers(revocation->installed, revocation->uid);
    r = wipe_cache(revocation);
    if (r != 0) {
        terminal_line(&revocation->errors, TERMINAL_PLAIN,
                      PREFIX "the cache could not be wiped: see the authentication log, or remove "
                      "%s/cache/%lu-*", revocation->installed->rundir,
                      (unsigned long)revocation->uid);
        result = VERB_FAILED;
    }
    terminal_line(&revocation->out, TERMINAL_PLAIN,
                  "%s (uid %lu): %u session%s ended with %u role%s, %u other process%s killed, "
                  "cache %s", revocation->user, (unsigned long)revocation->uid,
                  revocation->sessions, revocation->sessions == 1 ? "" : "s", revocation->roles,
                  revocation->roles == 1 ? "" : "s", leftovers, leftovers == 1 ? "" : "es",
                  r == 0 ? "wiped" : "not wiped");
    terminal_line(&revocation->out, TERMINAL_PLAIN,
                  "A login that comes later gets what the configuration gives: aws-role check "
                  "--user %s shows it.", revocation->user);
    return print_policy(revocation) == 0 ? result : VERB_FAILED;
}

static int
is_service_user(uid_t uid)
{
    const struct passwd *entry = getpwnam(SERVICE_USER);

    return entry != NULL && entry->pw_uid == uid;
}

int
revoke_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct revocation revocation = {.installed = installed};
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option != 'h')
            return tell_usage(NULL, NULL);
        fputs(usage, stdout);
        return VERB_OK;
    }
    if (argc - optind != 1)
        return tell_usage(optind == argc ? "whose roles?" : "takes one person",
                          optind == argc ? NULL : argv[optind + 1]);
    revocation.user = argv[optind];
    terminal_open(&revocation.out, stdout);
    terminal_open(&revocation.errors, stderr);
    if (geteuid() != 0) {
        terminal_line(&revocation.errors, TERMINAL_PLAIN, PREFIX "is for root");
        return VERB_FAILED;
    }
    if (!find_uid(&revocation)) {
        terminal_line(&revocation.errors, TERMINAL_PLAIN,
                      PREFIX "there is no user %s on this host: look the name up with getent "
                      "passwd, or give the uid", revocation.user);
        return VERB_FAILED;
    }
    if (is_service_user(revocation.uid)) {
        terminal_line(&revocation.errors, TERMINAL_PLAIN,
                      PREFIX SERVICE_USER " runs everybody's brokers: name a person");
        return VERB_FAILED;
    }
    log_open("aws-role");
    return revoke_person(&revocation);
}
