/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/session.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/role_name.h"

#define NO_ROLE "nothing in the configuration gives you this role"
#define NO_USE "the credentials that arrived cannot be used any more"
#define FORGOTTEN "forgotten at your request; ask again for new credentials"
#define NEEDS_PERSON "this role needs an answer from you: run aws-role login"

static void
copy_text(char *to, size_t size, const char *from)
{
    size_t length = from == NULL ? 0 : strnlen(from, size - 1);

    if (length > 0)
        memcpy(to, from, length);
    to[length] = '\0';
}

int
session_init(struct session *session, const char *user, enum export export_as)
{
    memset(session, 0, sizeof *session);
    session->export_as = export_as;
    if (user[0] == '\0' || strlen(user) > SESSION_USER_MAX)
        return AWS_ROLE_ERR_ARGUMENT;
    copy_text(session->user, sizeof session->user, user);
    return 0;
}

static void
role_free(struct session_role *role)
{
    credentials_wipe(&role->credentials);
    free(role);
}

/* Takes the role out of the list that begins or goes on at `*link`. */
static void
role_remove(struct session *session, struct session_role **link)
{
    struct session_role *role = *link;

    *link = role->next;
    session->count--;
    role_free(role);
}

void
session_wipe(struct session *session)
{
    while (session->first != NULL)
        role_remove(session, &session->first);
    explicit_bzero(session, sizeof *session);
}

static struct session_role **
find(struct session *session, const char *name)
{
    struct session_role **link = &session->first;

    while (*link != NULL && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static const char *
name_meant(const struct session *session, const char *name)
{
    return name == NULL || name[0] == '\0' ? session->default_role : name;
}

struct session_role *
session_role(struct session *session, const char *name)
{
    return *find(session, name_meant(session, name));
}

int
session_role_is_valid(const struct session_role *role)
{
    return credentials_are_valid(&role->credentials);
}

/* Makes room by dropping a role that nobody would miss: nothing held, nothing under way. */
static void
drop_one(struct session *session)
{
    struct session_role **link = &session->first;

    while (*link != NULL &&
           (session_role_is_valid(*link) || refresh_is_under_way(&(*link)->refresh)))
        link = &(*link)->next;
    if (*link != NULL)
        role_remove(session, link);
}

struct session_role *
session_add_role(struct session *session, const char *name)
{
    const char *meant = name_meant(session, name);
    struct session_role **link = find(session, meant), *role;

    if (*link != NULL)
        return *link;
    if (session->count >= SESSION_ROLES_MAX)
        drop_one(session);
    if (session->count >= SESSION_ROLES_MAX)
        return NULL;
    role = calloc(1, sizeof *role);
    if (role == NULL)
        return NULL;
    copy_text(role->name, sizeof role->name, meant);
    role->next = session->first;
    session->first = role;
    session->count++;
    return role;
}

/* The default's name is known now: `role`, which had none, becomes that one. */
static struct session_role *
name_default(struct session *session, struct session_role *role)
{
    struct session_role *known = *find(session, session->default_role);

    if (role->name[0] != '\0' || session->default_role[0] == '\0')
        return role;
    if (known == NULL) {
        copy_text(role->name, sizeof role->name, session->default_role);
        return role;
    }
    known->discard |= role->discard;
    role_remove(session, find(session, ""));
    return known;
}

/*
 * The role an answer is about. An answer that names a role nobody asked for by name, while the
 * question that names none is under way, answers that question and tells the default's name.
 */
static struct session_role *
role_answered(struct session *session, const struct record *answer)
{
    const char *name = record_text(answer, FIELD_ROLE);
    struct session_role *unnamed = *find(session, ""), *role;
    int unnamed_waits = unnamed != NULL && refresh_is_under_way(&unnamed->refresh);

    if (name == NULL)
        return unnamed_waits ? unnamed : session_add_role(session, NULL);
    role = *find(session, name);
    if (!unnamed_waits || (role != NULL && refresh_is_under_way(&role->refresh)))
        return session_add_role(session, name);
    copy_text(session->default_role, sizeof session->default_role, name);
    return name_default(session, unnamed);
}

static void
learn_roles(struct session *session, const struct record *answer)
{
    size_t size;
    const void *roles = record_bytes(answer, FIELD_ROLES, &size);
    const char *first = record_next_string(answer, FIELD_ROLES, NULL);

    if (first == NULL || size > sizeof session->roles || !role_name_is_good(first))
        return;
    memcpy(session->roles, roles, size);
    session->roles_size = size;
    copy_text(session->default_role, sizeof session->default_role, first);
    roles = record_bytes(answer, FIELD_REGIONS, &size);
    session->regions_size = size > sizeof session->regions ? 0 : size;
    if (session->regions_size > 0)
        memcpy(session->regions, roles, size);
}

static void
learn_description(struct session_role *role, const struct record *answer)
{
    if (record_has(answer, FIELD_ROLE_ARN))
        copy_text(role->role_arn, sizeof role->role_arn, record_text(answer, FIELD_ROLE_ARN));
    if (record_has(answer, FIELD_SOURCE))
        copy_text(role->source, sizeof role->source, record_text(answer, FIELD_SOURCE));
    if (record_has(answer, FIELD_EXPORT))
        role->export_as = (enum export)record_number(answer, FIELD_EXPORT);
    if (answer->kind == RECORD_GRANT)
        copy_text(role->region, sizeof role->region, record_text(answer, FIELD_REGION));
}

static void
learn_failure(struct session_role *role, enum record_kind outcome, uint64_t class,
              const char *why)
{
    role->outcome = outcome;
    role->last_class = class;
    copy_text(role->last_error, sizeof role->last_error, why);
    if (refresh_is_under_way(&role->refresh)) /* an answer to an agent before us is no failure */
        refresh_fail(&role->refresh, credentials_usable_until(&role->credentials));
}

void
session_fail(struct session_role *role, const char *why)
{
    learn_failure(role, RECORD_PENDING, 0, why);
}

static void
learn_grant(struct session_role *role, const struct record *answer)
{
    struct credentials credentials = {0};

    if (record_get_credentials(answer, &credentials) != 0 || !credentials_are_valid(&credentials)) {
        learn_failure(role, RECORD_PENDING, 0, NO_USE);
        credentials_wipe(&credentials);
        return;
    }
    credentials_wipe(&role->credentials);
    role->credentials = credentials; /* moved, with the memory of its secrets */
    explicit_bzero(&credentials, sizeof credentials);
    role->outcome = RECORD_GRANT;
    if (!credentials_are_fresh(&role->credentials))
        return; /* to go on with: the answer to the question follows */
    role->last_error[0] = '\0';
    role->last_class = 0;
    refresh_succeed(&role->refresh);
}

/* The person has no role any more: what is held of the others goes, too. */
static void
withdraw_all(struct session *session, const char *why)
{
    for (struct session_role *role = session->first; role != NULL; role = role->next) {
        credentials_wipe(&role->credentials);
        role->outcome = RECORD_NONE;
        copy_text(role->last_error, sizeof role->last_error, why);
    }
    session->default_role[0] = '\0';
    session->roles_size = 0;
    session->regions_size = 0;
}

/* Nobody gives this role. With no other named either, the next question names none again. */
static void
learn_none(struct session *session, struct session_role *role, const struct record *answer)
{
    const char *why = record_has(answer, FIELD_WHY) ? record_text(answer, FIELD_WHY) : NO_ROLE;

    credentials_wipe(&role->credentials);
    learn_failure(role, RECORD_NONE, 0, why);
    if (!record_has(answer, FIELD_ROLES))
        withdraw_all(session, why);
}

/* The answer to a question from before everything was forgotten. */
static void
learn_nothing(struct session_role *role, const struct record *answer)
{
    if (answer->kind == RECORD_GRANT && record_number(answer, FIELD_FRESH_UNTIL) <= deadline_now())
        return; /* not yet the answer, see learn_grant */
    role->discard = 0;
    session_fail(role, FORGOTTEN);
}

/* Credentials that are over are of no use to anybody. */
static void
wipe_expired(struct session_role *role)
{
    if (!session_role_is_valid(role))
        credentials_wipe(&role->credentials);
}

struct session_role *
session_learn(struct session *session, const struct record *answer)
{
    struct session_role *role;

    if (answer->kind != RECORD_GRANT && answer->kind != RECORD_NONE &&
        answer->kind != RECORD_PENDING && answer->kind != RECORD_ASK)
        return NULL;
    role = role_answered(session, answer);
    if (role == NULL)
        return NULL;
    learn_roles(session, answer);
    role = name_default(session, role);
    learn_description(role, answer);
    if (role->discard) {
        learn_nothing(role, answer);
    } else if (answer->kind == RECORD_GRANT) {
        learn_grant(role, answer);
    } else if (answer->kind == RECORD_NONE) {
        learn_none(session, role, answer);
    } else if (answer->kind == RECORD_ASK) {
        copy_text(role->prompt, sizeof role->prompt, record_text(answer, FIELD_PROMPT));
        copy_text(role->url, sizeof role->url, record_text(answer, FIELD_URL));
        learn_failure(role, RECORD_ASK, 0,
                      record_has(answer, FIELD_WHY) ? record_text(answer, FIELD_WHY)
                                                    : NEEDS_PERSON);
    } else {
        learn_failure(role, RECORD_PENDING, record_number(answer, FIELD_CLASS),
                      record_text(answer, FIELD_WHY));
    }
    wipe_expired(role);
    return role;
}

void
session_forget(struct session *session)
{
    struct session_role **link = &session->first;

    while (*link != NULL) {
        struct session_role *role = *link;

        if (!refresh_is_under_way(&role->refresh)) {
            role_remove(session, link);
            continue;
        }
        credentials_wipe(&role->credentials);
        role->last_error[0] = '\0';
        role->outcome = 0;
        role->discard = 1;
        link = &role->next;
    }
}
