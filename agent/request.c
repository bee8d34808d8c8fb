/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/request.h"

#include <string.h>

#include "agent/session_put.h"
#include "common/error.h"
#include "common/role_name.h"

#define NOT_YET "there is no answer from AWS yet; it is being waited for, ask again"
#define NO_NAME "a role's name has 1 to 64 letters, digits, dots, dashes and underscores"
#define NO_ROOM "too many roles are in use at once; ask again later"
#define BUSY "a question about this role is under way; answer again"
#define NO_PORT "this session has no endpoint: no port of 127.0.0.1 could be had for it"
#define FORGOTTEN "the session's credentials are forgotten"
#define NO_BROWSER_PORT "no port of 127.0.0.1 could be had; sign in without --browser"
#define GIVEN_UP "the sign-in in the browser is not waited for any more; try again"
#define NOT_TOLD "the session's broker could not be told; try again"

int
request_read(struct request *request, const struct record *record)
{
    const char *role = record_text(record, FIELD_ROLE);

    memset(request, 0, sizeof *request);
    switch (record->kind) {
    case RECORD_GET:
    case RECORD_ROLES:
    case RECORD_STATUS:
    case RECORD_REFRESH:
    case RECORD_LOGIN:
    case RECORD_ANSWER:
    case RECORD_LOGOUT:
        break;
    default:
        return AWS_ROLE_ERR_PROTOCOL;
    }
    request->kind = record->kind;
    request->export_as = (enum export)record_number(record, FIELD_EXPORT);
    request->browser = (enum browser_wish)record_number(record, FIELD_BROWSER);
    if (role != NULL)
        memcpy(request->role, role, strlen(role) + 1); /* bounded by the table of fields */
    return 0;
}

static int
names_good_role(const struct request *request)
{
    return request->role[0] == '\0' || role_name_is_good(request->role);
}

static int
is_by_hand(const struct request *request)
{
    return request->kind == RECORD_REFRESH || request->kind == RECORD_LOGIN ||
           request->kind == RECORD_ANSWER;
}

static int
begin_logout(struct session *session, struct broker *broker, struct browser *browser)
{
    /* Ours goes first: whatever becomes of the broker, this process holds nothing any more. */
    browser_end(browser, NULL);
    session_forget(session);
    if (broker_forget(broker) != 0) {
        struct session_role *role = session_add_role(session, NULL);

        if (role != NULL)
            session_fail(role, NOT_TOLD);
    }
    return 0;
}

static void
begin_answer(struct request *request, const struct record *record, struct session_role *role,
             struct broker *broker)
{
    struct secret answer = SECRET_EMPTY;

    request->refused = record_get_secret(record, FIELD_ANSWER, &answer) != 0 ||
                       !broker_ask(broker, role, RECORD_ANSWER, &answer);
    secret_wipe(&answer);
}

/* A person is there. Who types gets a page of their own, and the browser's is of no use then. */
static void
begin_login(struct request *request, struct session_role *role, struct broker *broker,
            struct browser *browser)
{
    int r = 0;

    if (request->browser == BROWSER_WAIT ||
        (session_role_is_valid(role) && credentials_are_fresh(&role->credentials)))
        return;
    if (request->browser != 0) {
        r = browser_begin(browser, role);
    } else {
        browser_end(browser, role);
        (void)broker_ask(broker, role, RECORD_LOGIN, NULL);
    }
    request->refused = r == AWS_ROLE_ERR_BUSY;
    if (r != 0 && !request->refused)
        session_fail(role, NO_BROWSER_PORT);
}

/* What a person wants now, or has answered: the broker is asked, whatever is held. */
static int
begin_by_hand(struct request *request, const struct record *record, struct session_role *role,
              struct broker *broker, struct browser *browser)
{
    if (request->kind == RECORD_ANSWER)
        begin_answer(request, record, role, broker);
    else if (request->kind == RECORD_LOGIN)
        begin_login(request, role, broker, browser);
    else
        (void)broker_ask(broker, role, request->kind, NULL);
    return !request->refused && !request_is_done(request, role, browser);
}

int
request_begin(struct request *request, const struct record *record, struct session *session,
              struct broker *broker, struct browser *browser)
{
    struct session_role *role;

    if (request->kind == RECORD_LOGOUT)
        return begin_logout(session, broker, browser);
    if (!names_good_role(request))
        return 0;
    if (request->kind == RECORD_ROLES && session->roles_size != 0)
        return 0;
    role = session_add_role(session, request->role);
    if (role == NULL)
        return 0;
    memcpy(request->role, role->name, sizeof request->role);
    if (is_by_hand(request))
        return begin_by_hand(request, record, role, broker, browser);
    if (!session_role_is_valid(role)) {
        (void)broker_ask(broker, role, RECORD_ROLE, NULL);
        return refresh_is_under_way(&role->refresh);
    }
    if (!credentials_are_fresh(&role->credentials))
        (void)broker_ask(broker, role, RECORD_ROLE, NULL);
    return 0;
}

int
request_is_done(const struct request *request, const struct session_role *role,
                const struct browser *browser)
{
    if (request->browser == BROWSER_WAIT && browser_url(browser, role) != NULL)
        return 0;
    /* Credentials to go on with come before the answer, and are not what a person waits for. */
    return !refresh_is_under_way(&role->refresh) ||
           (!is_by_hand(request) && session_role_is_valid(role));
}

static void
answer_why(enum record_kind kind, const struct request *request, const char *why,
           struct record *answer)
{
    record_start(answer, kind);
    if (names_good_role(request))
        record_put_text(answer, FIELD_ROLE, request->role);
    record_put_text(answer, FIELD_WHY, why);
}

/* What the role asks, with the page that leads a browser there. */
static void
answer_browser(const struct session_role *role, const char *url, struct record *answer)
{
    record_start(answer, RECORD_ASK);
    record_put_text(answer, FIELD_ROLE, role->name);
    record_put_text(answer, FIELD_PROMPT, role->prompt);
    record_put_text(answer, FIELD_URL, url);
}

/* What the broker said last, also while there are still valid credentials. */
static void
answer_by_hand(const struct request *request, const struct session *session,
               const struct session_role *role, const struct browser *browser, int late,
               struct record *answer)
{
    const char *url = request->browser == 0 ? NULL : browser_url(browser, role);

    if (request->refused) {
        answer_why(RECORD_PENDING, request, BUSY, answer);
        record_put_number(answer, FIELD_CLASS, -AWS_ROLE_ERR_BUSY);
    } else if (url != NULL) {
        answer_browser(role, url, answer);
    } else if (late && (session_role_is_valid(role) || role->outcome == RECORD_ASK)) {
        answer_why(RECORD_PENDING, request, NOT_YET, answer);
    } else if (request->browser == BROWSER_WAIT && !session_role_is_valid(role) &&
               (role->outcome == RECORD_ASK || role->outcome == 0)) {
        answer_why(RECORD_PENDING, request, GIVEN_UP, answer);
    } else if (role->outcome == RECORD_ASK && request->kind != RECORD_REFRESH) {
        session_put_failure(session, role, NOT_YET, answer);
    } else if (session_role_is_valid(role) && role->last_error[0] != '\0') {
        session_put_failure(session, role, NOT_YET, answer);
    } else {
        session_put_role(session, role, EXPORT_KEYS, NOT_YET, answer);
    }
}

static void
answer_logout(const struct request *request, struct session *session, struct record *answer)
{
    const struct session_role *role = session_role(session, NULL);

    if (role != NULL && role->outcome == RECORD_PENDING)
        answer_why(RECORD_PENDING, request, role->last_error, answer);
    else
        answer_why(RECORD_NONE, request, FORGOTTEN, answer);
}

/* What a GET is to give: what it asks for, else what the session exports, else the role. */
static enum export
export_for(const struct request *request, const struct session *session,
           const struct session_role *role)
{
    if (request->kind != RECORD_GET)
        return EXPORT_KEYS;
    if (request->export_as != 0)
        return request->export_as;
    if (session->export_as != 0)
        return session->export_as;
    return role != NULL && role->export_as != 0 ? role->export_as : EXPORT_KEYS;
}

/* What the session has of the role, in the way that was asked for. */
static void
answer_role(const struct request *request, const struct session *session,
            const struct session_role *role, struct endpoint *endpoint, struct record *answer)
{
    enum export export_as = export_for(request, session, role);
    const char *name = role == NULL ? "" : role->name;

    session_put_role(session, role, export_as, role == NULL ? NO_ROOM : NOT_YET, answer);
    if (answer->kind != RECORD_GRANT || export_as != EXPORT_ENDPOINT)
        return;
    if (strcmp(name, session->default_role) == 0)
        name = "";
    if (endpoint_offer(endpoint, name, answer) == 0)
        return;
    record_wipe(answer);
    answer_why(RECORD_PENDING, request, NO_PORT, answer);
}

void
request_answer(const struct request *request, struct session *session, struct endpoint *endpoint,
               const struct browser *browser, int late, struct record *answer)
{
    const struct session_role *role = session_role(session, request->role);

    if (!names_good_role(request))
        answer_why(RECORD_NONE, request, NO_NAME, answer);
    else if (request->kind == RECORD_LOGOUT)
        answer_logout(request, session, answer);
    else if (request->kind == RECORD_STATUS)
        session_put_state(session, role, answer);
    else if (request->kind == RECORD_ROLES && session_put_role_list(session, answer) == 0)
        return;
    else if (is_by_hand(request) && role != NULL)
        answer_by_hand(request, session, role, browser, late, answer);
    else
        answer_role(request, session, role, endpoint, answer);
}
