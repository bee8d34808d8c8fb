/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * aws-role-broker: one for each session, started as root by the module with the lifeline as its
 * descriptor 3; one, with --ask, for a login that may have to ask its person something; or for a
 * person without a session of PAM's, until it is told to end. See aws-role-broker(8).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/auth_line.h"
#include "broker/entitlement.h"
#include "broker/errand.h"
#include "broker/lookup.h"
#include "broker/person.h"
#include "broker/privilege.h"
#include "broker/reply.h"
#include "broker/rundir.h"
#include "broker/session.h"
#include "broker/stub.h"
#include "common/error.h"
#include "common/log.h"
#include "common/process.h"
#include "common/service_user.h"
#include "common/spawn.h"

#define AWS_ROLE_CACHE AWS_ROLE_RUNDIR "/cache"
#define LIFELINE SPAWN_FIRST_FD
#define FIRST_RECORDS_MS 10000
#define LOOKUP_MS 30000 /* NSS has no deadline of its own */

static const struct answer_paths paths = {
    .main_file = AWS_ROLE_CONFIG,
    .drop_in_folder = AWS_ROLE_CONFIG_DIR,
    .vendor_file = AWS_ROLE_VENDOR_CONFIG,
    .credentials_file = AWS_ROLE_CREDENTIALS,
    .helper = AWS_ROLE_HELPER,
};

/* Tells the module why there is no session, before there is a socket or anybody dropped to. */
static int
refuse(enum record_kind kind, int error, const char *user, const char *why)
{
    struct record reply;

    log_line(kind == RECORD_NONE ? LOG_INFO : LOG_ERR, "no AWS role", "user", user, "reason", why,
             NULL);
    fprintf(stderr, "aws-role-broker: %s: %s\n", user, why); /* /dev/null when a login started us */
    if (kind == RECORD_NONE)
        record_start(&reply, RECORD_NONE);
    else
        reply_pending(why, error, NULL, &reply);
    (void)record_send(LIFELINE, &reply, deadline_in(FIRST_RECORDS_MS));
    record_wipe(&reply);
    return error;
}

/* What is wrong with what NSS has answered; 0: nothing is. */
static int
judge_people(const char *user, const struct lookup_result *found)
{
    int r = found->service_error != 0 ? found->service_error : found->person_error;

    if (found->service_error == AWS_ROLE_ERR_NOT_FOUND)
        return refuse(RECORD_PENDING, r, user,
                      "the user " SERVICE_USER " is missing: " SERVICE_USER_MEND);
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        return refuse(RECORD_NONE, r, user, "no such user");
    if (r != 0)
        return refuse(RECORD_PENDING, r, user, "the user cannot be looked up");
    if (found->service.uid == 0)
        return refuse(RECORD_PENDING, AWS_ROLE_ERR_PRIVILEGE, user,
                      "the user " SERVICE_USER " has uid 0: give it one of its own");
    return 0;
}

static int
find_people(const char *user, struct login *login, struct person_identity *service)
{
    const struct lookup lookup = {
        .service = SERVICE_USER,
        .person = user,
        .login_uid = login->login_uid,
        .lifeline = LIFELINE,
        .deadline = deadline_in(LOOKUP_MS),
    };
    struct lookup_result found;
    int r = lookup_run(&lookup, &found);

    if (r == AWS_ROLE_ERR_PEER_GONE)
        return refuse(RECORD_PENDING, r, user,
                      "the login ended before NSS had answered: see whether getent passwd does");
    if (r == AWS_ROLE_ERR_DEADLINE)
        return refuse(RECORD_PENDING, r, user,
                      "NSS did not answer within 30 seconds: see whether getent passwd does");
    if (r != 0)
        return refuse(RECORD_PENDING, r, user, "the user cannot be looked up");
    r = judge_people(user, &found);
    if (r != 0)
        return r;
    *service = found.service;
    login->person = found.person;
    memcpy(login->login_name, found.login_name, sizeof login->login_name);
    return 0;
}

/* 0 when the session has ended while somebody was looked up: nothing is to be made for it. */
static int
is_awaited(void)
{
    struct pollfd lifeline = {.fd = LIFELINE, .events = POLLRDHUP};

    return poll(&lifeline, 1, 0) == 0;
}

static int
copy_text(const struct record *open, enum record_field field, char **copy)
{
    const char *text = record_text(open, field);

    *copy = text == NULL ? NULL : strdup(text);
    return text != NULL && *copy == NULL ? AWS_ROLE_ERR_MEMORY : 0;
}

/* Whose session it is, by the one record that is read as root; the caller frees `*user`. */
static int
read_who(char **user)
{
    struct record who;
    int r = record_receive(LIFELINE, &who, deadline_in(FIRST_RECORDS_MS));

    if (r == 0 && who.kind != RECORD_WHO)
        r = AWS_ROLE_ERR_PROTOCOL;
    if (r == 0)
        r = copy_text(&who, FIELD_USER, user);
    record_wipe(&who);
    return r;
}

/* What must be done as root, ending in the drop. */
static int
root_stage(const char *user, struct session *session, struct person_identity *service,
           char *socket)
{
    const struct person_identity *person = &session->login->person;
    char why[512];
    int r = find_people(user, session->login, service);

    if (r != 0)
        return r;
    if (!is_awaited())
        return AWS_ROLE_ERR_PEER_GONE;
    r = rundir_listen(AWS_ROLE_RUNDIR, person, service, &session->listener, &session->ledger,
                      socket, why);
    if (r != 0)
        return refuse(RECORD_PENDING, r, person->name, why);
    (void)endpoint_reserve(&session->endpoint); /* who needs it says that there is none */
    r = stub_start(AWS_ROLE_AGENT, person, session->listener, &session->endpoint,
                   &session->agent, &session->stub);
    if (r != 0)
        return refuse(RECORD_PENDING, r, person->name, "the stub cannot be started");
    r = privilege_drop(service->uid, service->gid);
    if (r != 0)
        return refuse(RECORD_PENDING, r, person->name, "privilege cannot be dropped");
    return 0;
}

static int
read_open(struct login *login, deadline_t *reply_by)
{
    struct record open;
    int r = record_receive(LIFELINE, &open, deadline_in(FIRST_RECORDS_MS));

    if (r == 0 && open.kind != RECORD_OPEN)
        r = AWS_ROLE_ERR_PROTOCOL;
    if (r == 0 && (copy_text(&open, FIELD_SERVICE, &login->service) != 0 ||
                   copy_text(&open, FIELD_TTY, &login->tty) != 0 ||
                   copy_text(&open, FIELD_RHOST, &login->rhost) != 0 ||
                   copy_text(&open, FIELD_CONFIG, &login->config) != 0))
        r = AWS_ROLE_ERR_MEMORY;
    *reply_by = record_number(&open, FIELD_REPLY_BY);
    record_wipe(&open);
    return r;
}

static int
is_lifeline(int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET)
        return 0;
    size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* One of broker/errand.h, which aws-role(1) asks for; see aws-role-broker(8). */
static int
run_errand(const char *errand, const char *argument)
{
    log_open("aws-role-broker");
    if (strcmp(errand, "--forget") == 0)
        return errand_forget(AWS_ROLE_CACHE, argument);
    if (strcmp(errand, "--probe") == 0)
        return errand_probe(argument);
    if (strcmp(errand, "--reach") == 0)
        return errand_reach(argument);
    return ERRAND_USAGE;
}

/* Where nobody waits for a login's answer, somebody without a role is told of by us. */
static int
refuse_unmapped(const struct session *session)
{
    char why[RECORD_TEXT_MAX], sentence[RECORD_TEXT_MAX + 128];

    if (entitlement_check(session, why) == 0)
        return 0;
    snprintf(sentence, sizeof sentence, "%s: aws-role check --user tells why", why);
    return refuse(RECORD_NONE, AWS_ROLE_ERR_UNMAPPED, session->login->person.name, sentence);
}

/* The session from the drop to its end; an exit status. */
static int
serve(struct session *session, const struct person_identity *service, deadline_t reply_by)
{
    char why[512];

    session->secret_group = service->gid;
    session->cache = cache_open(AWS_ROLE_CACHE, why);
    if (session->cache == NULL)
        return 1;
    if (why[0] != '\0')
        log_line(LOG_NOTICE, "credentials are kept in this session's memory, not for others",
                 "user", session->login->person.name, "reason", why, NULL);
    if (reply_by == 0 && refuse_unmapped(session) != 0) {
        cache_close(session->cache);
        return 1;
    }
    session_serve(session, reply_by);
    cache_close(session->cache);
    return 0;
}

/* A login's. */
static int
run_session(void)
{
    struct login login = {0};
    char socket[RUNDIR_SOCKET_MAX], *user = NULL;
    struct session session = {
        .lifeline = LIFELINE, .paths = &paths, .login = &login, .socket = socket};
    struct person_identity service;
    deadline_t reply_by;
    int r;

    if (privilege_reset() != 0)
        return 1;
    log_open("aws-role-broker");
    login.login_uid = process_login_uid("/proc");
    r = read_who(&user);
    if (r == 0)
        r = root_stage(user, &session, &service, socket);
    free(user);
    if (r != 0 || read_open(&login, &reply_by) != 0)
        return 1;
    return serve(&session, &service, reply_by);
}

/*
 * As root for a login that has no session yet: looks the person up and drops. The audit login uid
 * is set when the session is opened, by pam_loginuid(8), to who has come in now.
 */
static int
auth_line_root_stage(const char *user, struct login *login, struct person_identity *service)
{
    char why[512];
    int r = find_people(user, login, service);

    if (r != 0)
        return r;
    if (!is_awaited())
        return AWS_ROLE_ERR_PEER_GONE;
    if (login->login_uid == (uid_t)-1)
        memcpy(login->login_name, login->person.name, sizeof login->login_name);
    r = rundir_make(AWS_ROLE_RUNDIR, service, why);
    if (r != 0)
        return refuse(RECORD_PENDING, r, login->person.name, why);
    r = privilege_drop(service->uid, service->gid);
    return r == 0 ? 0
                  : refuse(RECORD_PENDING, r, login->person.name, "privilege cannot be dropped");
}

/* A login's that may have to ask: no session, no socket, nothing that stays. */
static int
run_auth_line(void)
{
    struct login login = {0};
    struct session session = {.lifeline = LIFELINE, .agent = -1, .listener = -1, .ledger = -1,
                              .endpoint.listener = -1, .paths = &paths, .login = &login};
    struct person_identity service;
    char why[512], *user = NULL;
    deadline_t reply_by;
    int r;

    if (privilege_reset() != 0)
        return 1;
    log_open("aws-role-broker");
    login.login_uid = process_login_uid("/proc");
    r = read_who(&user);
    if (r == 0)
        r = auth_line_root_stage(user, &login, &service);
    free(user);
    if (r != 0 || read_open(&login, &reply_by) != 0)
        return 1;
    session.secret_group = service.gid;
    session.cache = cache_open(AWS_ROLE_CACHE, why);
    if (session.cache == NULL)
        return 1;
    auth_line_serve(&session, reply_by);
    cache_close(session.cache);
    return 0;
}

/* The request to end, as something that can be read: it takes the place of the lifeline. */
static int
watch_for_end(void)
{
    sigset_t ends;
    int fd;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &ends, NULL) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0 || (fd != LIFELINE && dup3(fd, LIFELINE, O_CLOEXEC) < 0))
        return AWS_ROLE_ERR_SYSTEM;
    if (fd != LIFELINE)
        close(fd);
    spawn_close_from(LIFELINE + 1);
    return 0;
}

/* What a person has without a login of PAM's: served until a signal ends it. */
static int
run_person(const char *user)
{
    struct login login = {.login_uid = (uid_t)-1};
    char socket[RUNDIR_SOCKET_MAX];
    struct session session = {
        .lifeline = LIFELINE, .paths = &paths, .login = &login, .socket = socket};
    struct person_identity service;

    if (privilege_reset() != 0) {
        fputs("aws-role-broker --user is for root\n", stderr);
        return 1;
    }
    log_open("aws-role-broker");
    if (watch_for_end() != 0 || root_stage(user, &session, &service, socket) != 0)
        return 1;
    return serve(&session, &service, 0);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--user") == 0)
        return run_person(argv[2]);
    if (argc == 3)
        return run_errand(argv[1], argv[2]);
    if (argc == 1 && is_lifeline(LIFELINE))
        return run_session();
    if (argc == 2 && strcmp(argv[1], "--ask") == 0 && is_lifeline(LIFELINE))
        return run_auth_line();
    fputs("aws-role-broker is started by pam_aws_role.so, or by root with --user NAME; see "
          "aws-role-broker(8)\n", stderr);
    return ERRAND_USAGE;
}
