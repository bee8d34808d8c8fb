/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/revoke.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cli/deny_policy.h"
#include "cli/session_end.h"
#include "cli/sessions.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "common/error.h"
#include "common/ledger.h"
#include "common/log.h"
#include "common/process.h"
#include "common/service_user.h"
#include "common/spawn.h"

#define PREFIX "aws-role revoke: "
#define WIPE_MS 30000 /* the errand asks NSS */

/*
 * AWS's clock and ours differ, and its times are whole seconds: what was issued in the very second
 * of the revocation is denied, too.
 */
#define MARGIN_SECONDS 5

static const char usage[] =
    "usage: aws-role revoke USER\n"
    "\n"
    "Ends what a person (a name, or a uid) has of this host's roles, for root: kills the\n"
    "processes of their sessions and wipes their part of the cache. Their logins and programs\n"
    "go on. Prints the IAM policy that ends the credentials which are out, on standard output\n"
    "alone, and on standard error the roles to put it on. A login that comes later gets what\n"
    "the configuration gives: take it away there first.\n"
    "\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 done, 1 something could not be done or nothing is known of what is out,\n"
    "2 wrong usage.\n";

struct revocation {
    const struct installed *installed;
    struct terminal err; /* for people; standard output is the policy's */
    char *name;          /* pw_name; as it was typed when NSS does not know it */
    uid_t uid;
    char by[300]; /* who does it, for the log */
    struct deny_policy policy;
    struct session_end end;
    unsigned int sessions, roles;
    int failed;
};

/* By name, else by uid: that of an account that is gone may still have sessions. */
static int
find_person(struct revocation *revocation, const char *typed)
{
    const struct passwd *entry = getpwnam(typed);

    if (entry == NULL && process_read_uid(typed, &revocation->uid)) {
        entry = getpwuid(revocation->uid);
        if (entry == NULL)
            revocation->name = strdup(typed);
    }
    if (entry != NULL) {
        revocation->uid = entry->pw_uid;
        revocation->name = strdup(entry->pw_name);
    }
    return revocation->name != NULL;
}

static void
find_caller(struct revocation *revocation)
{
    uid_t uid = process_login_uid("/proc");
    const struct passwd *entry = uid == (uid_t)-1 ? NULL : getpwuid(uid);

    snprintf(revocation->by, sizeof revocation->by, "aws-role revoke by %.256s",
             entry == NULL ? "root" : entry->pw_name);
}

static const char *
or_unknown(const char *text)
{
    return text == NULL ? "not known" : text;
}

/* Once for each role of each session; the first time ends its broker. */
static void
end_session(void *context, const struct sessions_entry *entry)
{
    struct revocation *revocation = context;
    const struct record *held = entry->held;

    if (held != NULL && record_has(held, FIELD_ACCESS_KEY_ID) && entry->is_alive) {
        revocation->roles++;
        deny_policy_add(&revocation->policy, held);
        ledger_log(LOG_NOTICE, "role revoked", held, revocation->by, NULL, NULL);
        terminal_line(&revocation->err, TERMINAL_PLAIN, "revoked: %s, ARN %s, key %s",
                      or_unknown(record_text(held, FIELD_ROLE)),
                      or_unknown(record_text(held, FIELD_ROLE_ARN)),
                      or_unknown(record_text(held, FIELD_ACCESS_KEY_ID)));
    }
    revocation->sessions += (unsigned int)session_end_broker(&revocation->end, entry);
    if (entry->is_alive && !entry->is_seen) {
        revocation->failed = 1;
        terminal_line(&revocation->err, TERMINAL_PLAIN,
                      PREFIX "a broker of this person lives and is not seen from here: do the same "
                      "where its processes are, in its PID namespace");
    }
}

/* Sessions of others behind which the person is, as by sudo(8): those end by their own names. */
static void
tell_behind(void *context, const struct sessions_entry *entry)
{
    const struct revocation *revocation = context;
    const struct record *held = entry->held;
    const char *login = held == NULL ? NULL : record_text(held, FIELD_LOGIN);

    if (login == NULL || entry->uid == revocation->uid || !entry->is_alive ||
        strcmp(login, revocation->name) != 0)
        return;
    terminal_line(&revocation->err, TERMINAL_PLAIN,
                  "%s also came in as %s, role %s: aws-role revoke %s ends that", revocation->name,
                  record_text(held, FIELD_USER), or_unknown(record_text(held, FIELD_ROLE)),
                  record_text(held, FIELD_USER));
}

static void
tell_failure(struct revocation *revocation, const char *what, int error)
{
    revocation->failed = 1;
    terminal_line(&revocation->err, TERMINAL_PLAIN, PREFIX "%s: %s", what,
                  error == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(error));
}

/* What the cache kept of the person's is told before it is wiped: ended sessions are in it. */
static void
read_wiped(struct revocation *revocation, int fd)
{
    deadline_t until = deadline_in(WIPE_MS);
    struct record held;

    while (record_receive(fd, &held, until) == 0) {
        if (held.kind == RECORD_HELD)
            deny_policy_add(&revocation->policy, &held);
        record_wipe(&held);
    }
}

/* The broker does it as the service user: root does nothing below the cache's folder. */
static int
wipe_cache(struct revocation *revocation)
{
    char uid[16], errand[] = "--forget";
    char *argv[] = {(char *)(uintptr_t)revocation->installed->broker, errand, uid, NULL};
    int pair[2], status = -1, r;
    pid_t pid;

    snprintf(uid, sizeof uid, "%lu", (unsigned long)revocation->uid);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    r = spawn_child(revocation->installed->broker, argv, &pair[1], 1, &pid);
    close(pair[1]);
    if (r == 0) {
        read_wiped(revocation, pair[0]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        r = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : AWS_ROLE_ERR_PRIVILEGE;
    }
    close(pair[0]);
    return r;
}

static void
tell_roles(const struct revocation *revocation)
{
    const struct deny_policy *policy = &revocation->policy;
    char last[32] = "their end";
    struct tm utc;

    if (policy->last != 0 && gmtime_r(&policy->last, &utc) != NULL)
        (void)strftime(last, sizeof last, "%Y-%m-%dT%H:%M:%SZ", &utc);
    terminal_line(&revocation->err, TERMINAL_PLAIN,
                  "What is out is valid at AWS until %s at the latest. To end it now, put the "
                  "policy below, in a file, on each of these roles, with an administrator's "
                  "credentials:", last);
    for (size_t i = 0; i < policy->role_count; i++)
        terminal_line(&revocation->err, TERMINAL_PLAIN,
                      "  aws iam put-role-policy --role-name %s --policy-name revoke-%lu "
                      "--policy-document file://FILE    # account %s", policy->roles[i].name,
                      (unsigned long)revocation->uid,
                      policy->roles[i].account[0] == '\0' ? "not known"
                                                          : policy->roles[i].account);
    terminal_line(&revocation->err, TERMINAL_PLAIN,
                  "It ends what was issued before now to every session of these names, whoever's "
                  "that is, and may be taken off then:");
    for (size_t i = 0; i < policy->session_count; i++)
        terminal_line(&revocation->err, TERMINAL_PLAIN, "  %s", policy->sessions[i]);
}

static int
print_policy(struct revocation *revocation)
{
    if (revocation->policy.left_out > 0)
        terminal_line(&revocation->err, TERMINAL_PLAIN,
                      PREFIX "%zu more are in no policy, since there is no room or their ARN is no "
                      "role's session: look for uid=%lu in the authentication log",
                      revocation->policy.left_out, (unsigned long)revocation->uid);
    if (revocation->policy.session_count == 0) {
        terminal_line(&revocation->err, TERMINAL_PLAIN,
                      PREFIX "nothing is known here of credentials of %s that are out: if there "
                      "can be some, look for session= in the lines of the authentication log "
                      "that have uid=%lu", revocation->name, (unsigned long)revocation->uid);
        return VERB_FAILED;
    }
    tell_roles(revocation);
    if (deny_policy_print(&revocation->policy, time(NULL) + MARGIN_SECONDS, stdout) != 0)
        tell_failure(revocation, "the policy cannot be printed", AWS_ROLE_ERR_SYSTEM);
    return revocation->failed ? VERB_FAILED : VERB_OK;
}

static int
revoke_person(struct revocation *revocation)
{
    const char *rundir = revocation->installed->rundir;
    unsigned int leftovers = 0, left;
    int wiped, r;

    find_caller(revocation);
    r = sessions_of(rundir, revocation->uid, end_session, revocation);
    if (r != 0 && r != AWS_ROLE_ERR_NOT_FOUND)
        tell_failure(revocation, "the sessions of this person cannot be read", r);
    if (revocation->uid != 0) /* root's are as any broker's that has just started */
        leftovers = session_end_leftovers(&revocation->end, revocation->installed,
                                          revocation->uid);
    wiped = wipe_cache(revocation);
    if (wiped != 0)
        tell_failure(revocation, "the cache is not wiped, see the authentication log", wiped);
    left = session_end_wait(&revocation->end);
    terminal_line(&revocation->err, TERMINAL_PLAIN,
                  "%s (uid %lu): %u session%s ended with %u role%s, %u stub%s or agent%s killed, "
                  "cache %s", revocation->name, (unsigned long)revocation->uid,
                  revocation->sessions, revocation->sessions == 1 ? "" : "s", revocation->roles,
                  revocation->roles == 1 ? "" : "s", leftovers, leftovers == 1 ? "" : "s",
                  leftovers == 1 ? "" : "s", wiped == 0 ? "wiped" : "not wiped");
    if (left > 0)
        terminal_line(&revocation->err, TERMINAL_PLAIN,
                      "%u of them are killed and not gone: somebody traces them", left);
    (void)sessions_each(rundir, tell_behind, revocation);
    terminal_line(&revocation->err, TERMINAL_PLAIN,
                  "A login that comes later gets what the configuration gives: aws-role check "
                  "--user %s shows it.", revocation->name);
    return print_policy(revocation);
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
    int option, r;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option != 'h')
            return usage_refuse("revoke", usage, NULL, NULL);
        fputs(usage, stdout);
        return VERB_OK;
    }
    if (argc - optind != 1)
        return usage_refuse("revoke", usage,
                            optind == argc ? "whose roles?" : "takes one person",
                            optind == argc ? NULL : argv[optind + 1]);
    terminal_open(&revocation.err, stderr);
    if (geteuid() != 0) {
        terminal_line(&revocation.err, TERMINAL_PLAIN, PREFIX "is for root");
        return VERB_FAILED;
    }
    if (!find_person(&revocation, argv[optind])) {
        terminal_line(&revocation.err, TERMINAL_PLAIN,
                      PREFIX "there is no user '%s' on this host: look the name up with getent "
                      "passwd, or give the uid", argv[optind]);
        return VERB_FAILED;
    }
    if (is_service_user(revocation.uid)) {
        terminal_line(&revocation.err, TERMINAL_PLAIN,
                      PREFIX SERVICE_USER " runs everybody's brokers: name a person");
        return VERB_FAILED;
    }
    log_open("aws-role");
    r = revoke_person(&revocation);
    free(revocation.name);
    return r;
}
