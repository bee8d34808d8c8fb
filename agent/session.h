/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_AGENT_SESSION_H
#define AWS_ROLE_AGENT_SESSION_H

#include <stddef.h>

#include "agent/refresh.h"
#include "common/credentials.h"
#include "common/protocol.h"

/*
 * What the agent remembers of its session, in memory only: for each role the newest credentials,
 * what describes them, and why there are none or no newer ones. It talks to nobody.
 */

/* Every role a session may have, and the default for as long as its name is not known. */
#define SESSION_ROLES_MAX (RECORD_ROLES_MAX + 1)
#define SESSION_USER_MAX 256
#define SESSION_REGION_MAX 64

struct session_role {
    struct session_role *next;
    char name[RECORD_ROLE_NAME_MAX + 1]; /* "": the session's default, name not yet known */
    struct credentials credentials;      /* empty when there are none */
    char role_arn[CREDENTIALS_ARN_MAX + 1];
    char source[256 + 1];
    char region[SESSION_REGION_MAX + 1];
    enum export export_as;                /* as its plan says; 0: not known */
    enum record_kind outcome;             /* GRANT, NONE, PENDING or ASK, the newest; 0: none yet */
    char prompt[RECORD_TEXT_MAX + 1];     /* when the outcome is ASK */
    char url[RECORD_URL_MAX + 1];         /* so, where the answer is to be found; or "" */
    char last_error[RECORD_TEXT_MAX + 1]; /* the newest failure since the last success, or "" */
    uint64_t last_class;                  /* its CLASS; 0: none was told */
    struct refresh refresh;
    int person;    /* the newest question has a person who is there to be asked */
    int login_due; /* a person came while one without was under way: asked once it is answered */
    int discard; /* forgotten while a question was under way: its answer is not kept */
};

struct session {
    char user[SESSION_USER_MAX + 1];
    char default_role[RECORD_ROLE_NAME_MAX + 1]; /* "" until an answer names it */
    char roles[RECORD_ROLES_MAX * (RECORD_ROLE_NAME_MAX + 1)]; /* as FIELD_ROLES */
    size_t roles_size;
    char regions[RECORD_ROLES_MAX * (SESSION_REGION_MAX + 1)]; /* as FIELD_REGIONS */
    size_t regions_size;
    enum export export_as; /* what a client gets that says nothing of it; 0: what its role says */
    struct session_role *first;
    size_t count;
};

/* AWS_ROLE_ERR_ARGUMENT: the name is empty or too long. */
int session_init(struct session *session, const char *user, enum export export_as);

/* Wipes everything. */
void session_wipe(struct session *session);

/*
 * The role that a request means: the one of that name, or the session's default for NULL or "".
 * NULL when the session holds nothing about it.
 */
struct session_role *session_role(struct session *session, const char *name);

/* The same, added when it is not there. NULL: out of memory, or SESSION_ROLES_MAX are in use. */
struct session_role *session_add_role(struct session *session, const char *name);

/* 1 when the role has credentials that can be used. */
int session_role_is_valid(const struct session_role *role);

/*
 * Takes what the broker said (GRANT, NONE, PENDING, ASK) and returns the role it was about, to be
 * looked at before the session is changed again; NULL when it is of another kind or could not be
 * kept. A failure keeps the last good credentials, NONE withdraws them, and every role's when it
 * names no role that the person still has. A GRANT that is past its
 * freshness is something to go on with: the question stays under way, its answer follows.
 */
struct session_role *session_learn(struct session *session, const struct record *answer);

/* The broker could not be asked: as a PENDING that says why. */
void session_fail(struct session_role *role, const char *why);

/* Wipes all credentials and what was said about them; the names of the roles stay. */
void session_forget(struct session *session);

#endif
