/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/browser.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/browser_reply.h"
#include "agent/local_http.h"
#include "common/error.h"

#define SEGMENT_BYTES 16
#define CALLBACK "/oauth/callback" /* AWS Sign-In takes no other path of the same device */
#define QUERY_MAX 4096             /* what an ANSWER takes */
#define STATE_MAX 256
/* The last reply has so long to be on its way; so often a held answer is tried again. */
#define CLOSING_SECONDS GATE_SILENCE_SECONDS
#define STATUS_FORBIDDEN 403 /* RFC 9110 */

#define TAKEN "You may close this window; see the terminal."
#define FOREIGN "This is not the sign-in that aws-role login waits for. Nothing was taken of it."
#define NOT_HERE "There is nothing here."

enum stage {
    STAGE_IDLE,
    STAGE_ASKED, /* the broker, for the page */
    STAGE_WAITS, /* for the browser */
    STAGE_TAKEN, /* the answer, which goes to the broker; the port is about to close */
};

struct browser {
    struct event_base *base;
    struct session *session;
    struct broker *broker;
    struct timeval wait;
    struct browser_events events;
    struct event *limit;
    struct local_http http;
    enum stage stage;
    char role[RECORD_ROLE_NAME_MAX + 1];
    char segment[2 * SEGMENT_BYTES + 1];
    char url[64 + 2 * SEGMENT_BYTES];
    char page[RECORD_URL_MAX + 1]; /* AWS's; "": not known yet */
    struct secret answer;          /* taken, and not handed over yet */
};

static void
set_limit(struct browser *browser, const struct timeval *limit)
{
    if (evtimer_add(browser->limit, limit) != 0) /* without one it could stay for ever */
        event_active(browser->limit, EV_TIMEOUT, 0);
}

/* 1 when what is waited for is about `role`. */
static int
is_about(const struct browser *browser, const struct session_role *role)
{
    return browser->stage != STAGE_IDLE && session_role(browser->session, browser->role) == role;
}

/* What was taken goes to the broker, unless a question about the role is under way. */
static void
hand_over(struct browser *browser)
{
    struct session_role *role = session_role(browser->session, browser->role);

    if (browser->answer.size > 0 &&
        (role == NULL || broker_ask(browser->broker, role, RECORD_ANSWER, &browser->answer)))
        secret_wipe(&browser->answer);
}

/* The parameter `state` of a query, decoded; AWS_ROLE_ERR_NOT_FOUND. */
static int
read_state(const char *query, char state[STATE_MAX])
{
    struct evkeyvalq pairs = {0};
    const char *value = NULL;
    int found;

    if (query != NULL && evhttp_parse_query_str(query, &pairs) == 0)
        value = evhttp_find_header(&pairs, "state");
    found = value != NULL && value[0] != '\0' && strlen(value) < STATE_MAX;
    if (found)
        memcpy(state, value, strlen(value) + 1);
    evhttp_clear_headers(&pairs);
    return found ? 0 : AWS_ROLE_ERR_NOT_FOUND;
}

/* 1 when the query came from the page that was opened here. */
static int
is_of_page(const struct browser *browser, const char *query)
{
    struct evhttp_uri *page = evhttp_uri_parse(browser->page);
    char wanted[STATE_MAX], given[STATE_MAX];
    int same = page != NULL && strlen(query) <= QUERY_MAX &&
               read_state(evhttp_uri_get_query(page), wanted) == 0 &&
               read_state(query, given) == 0 && strcmp(wanted, given) == 0;

    if (page != NULL)
        evhttp_uri_free(page);
    return same;
}

/* The page has been sent: the port closes, not from inside of HTTP. */
static void
on_told(struct evhttp_request *request, void *context)
{
    const struct timeval now = {0, 0};

    (void)request;
    set_limit(context, &now);
}

static void
take(struct browser *browser, struct evhttp_request *request, const char *query)
{
    const struct timeval closing = {CLOSING_SECONDS, 0};

    if (!is_of_page(browser, query) ||
        secret_set(&browser->answer, query, strlen(query)) != 0) {
        browser_reply_page(request, HTTP_BADREQUEST, FOREIGN);
        return;
    }
    browser->stage = STAGE_TAKEN;
    hand_over(browser);
    evhttp_request_set_on_complete_cb(request, on_told, browser);
    set_limit(browser, &closing);
    browser_reply_page(request, HTTP_OK, TAKEN);
}

/*
 * The callback is reached from AWS's page, which a browser may name in Referer; what has an Origin
 * is a script's or a form's.
 */
static int
is_foreign(struct browser *browser, struct evhttp_request *request)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);

    return local_http_objection(&browser->http, request) != NULL ||
           evhttp_find_header(headers, "Origin") != NULL ||
           evhttp_find_header(headers, "X-Forwarded-For") != NULL;
}

/* The path of a GET in the form that a browser sends; "" for anything else. */
static const char *
read_path(const struct evhttp_uri *uri)
{
    const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);

    if (path == NULL || evhttp_uri_get_scheme(uri) != NULL || evhttp_uri_get_host(uri) != NULL ||
        evhttp_uri_get_fragment(uri) != NULL)
        return "";
    return path;
}

/* A request of our own user's, for this port. */
static void
serve(struct browser *browser, struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = read_path(uri);
    const char *query = uri == NULL ? NULL : evhttp_uri_get_query(uri);
    int open = evhttp_request_get_command(request) == EVHTTP_REQ_GET &&
               browser->page[0] != '\0' && browser->stage != STAGE_TAKEN;

    if (open && query == NULL && path[0] == '/' && strcmp(path + 1, browser->segment) == 0)
        browser_reply_redirect(request, browser->page);
    else if (open && query != NULL && strcmp(path, CALLBACK) == 0)
        take(browser, request, query);
    else
        browser_reply_page(request, HTTP_NOTFOUND, NOT_HERE);
}

static void
on_request(struct evhttp_request *request, void *context)
{
    struct browser *browser = context;

    if (is_foreign(browser, request))
        browser_reply_page(request, STATUS_FORBIDDEN, NOT_HERE);
    else
        serve(browser, request);
}

/* After the wait nothing is left; after an answer only what could not be handed over yet. */
static void
on_limit(evutil_socket_t fd, short what, void *context)
{
    const struct timeval again = {CLOSING_SECONDS, 0};
    struct browser *browser = context;

    (void)fd;
    (void)what;
    hand_over(browser);
    if (browser->answer.size == 0) {
        browser_end(browser, NULL);
        return;
    }
    local_http_close(&browser->http);
    set_limit(browser, &again);
}

/* Who is there: nobody is counted, since the port's time is. */
static void
on_callers(void *context, size_t count)
{
    (void)context;
    (void)count;
}

static int
choose_segment(struct browser *browser)
{
    unsigned char random[SEGMENT_BYTES];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return AWS_ROLE_ERR_SYSTEM;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(browser->segment + 2 * i, 3, "%02x", random[i]);
    return 0;
}

/* Any port of 127.0.0.1 that is free. */
static int
open_port(struct browser *browser)
{
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct gate_events on_gate = {on_callers, NULL};
    int fd, r = choose_segment(browser);

    if (r != 0)
        return r;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return AWS_ROLE_ERR_SYSTEM;
    if (bind(fd, (const struct sockaddr *)&any, sizeof any) != 0)
        r = AWS_ROLE_ERR_SYSTEM;
    if (r == 0)
        r = local_http_open(&browser->http, browser->base, fd, &on_gate, on_request, browser);
    close(fd);
    if (r == 0)
        snprintf(browser->url, sizeof browser->url, "http://127.0.0.1:%u/%s", browser->http.port,
                 browser->segment);
    return r;
}

int
browser_begin(struct browser *browser, struct session_role *role)
{
    int r = 0;

    if (refresh_is_under_way(&role->refresh))
        return is_about(browser, role) && browser->stage == STAGE_ASKED ? 0 : AWS_ROLE_ERR_BUSY;
    if (!is_about(browser, role) || browser->stage == STAGE_TAKEN) {
        browser_end(browser, NULL);
        r = open_port(browser);
    }
    if (r != 0)
        return r;
    memcpy(browser->role, role->name, sizeof browser->role);
    browser->stage = STAGE_ASKED;
    browser->events.waits(browser->events.context, 1);
    set_limit(browser, &browser->wait);
    (void)broker_ask_browser(browser->broker, role, browser->http.port);
    if (!refresh_is_under_way(&role->refresh)) /* the broker is not there: the role says why */
        browser_end(browser, NULL);
    return 0;
}

void
browser_end(struct browser *browser, const struct session_role *role)
{
    if (browser->stage == STAGE_IDLE || (role != NULL && !is_about(browser, role)))
        return;
    local_http_close(&browser->http);
    evtimer_del(browser->limit);
    secret_wipe(&browser->answer);
    explicit_bzero(browser->page, sizeof browser->page);
    explicit_bzero(browser->segment, sizeof browser->segment);
    explicit_bzero(browser->url, sizeof browser->url);
    browser->stage = STAGE_IDLE;
    browser->events.waits(browser->events.context, 0);
}

const char *
browser_url(const struct browser *browser, const struct session_role *role)
{
    return is_about(browser, role) && browser->stage == STAGE_WAITS ? browser->url : NULL;
}

void
browser_answered(struct browser *browser, struct session_role *role)
{
    if (!is_about(browser, role) || refresh_is_under_way(&role->refresh))
        return;
    if (browser->stage == STAGE_TAKEN) {
        hand_over(browser);
    } else if (browser->stage == STAGE_ASKED && role->outcome == RECORD_ASK &&
               role->url[0] != '\0') {
        memcpy(browser->page, role->url, sizeof browser->page);
        explicit_bzero(role->url, sizeof role->url);
        browser->stage = STAGE_WAITS;
    } else if (browser->stage == STAGE_ASKED || role->outcome == RECORD_GRANT ||
               role->outcome == RECORD_NONE) {
        browser_end(browser, NULL); /* others' questions have other answers, and it goes on */
    }
}

struct browser *
browser_new(struct event_base *base, struct session *session, struct broker *broker, long limit_ms,
            const struct browser_events *events)
{
    struct browser *browser = calloc(1, sizeof *browser);

    if (browser == NULL)
        return NULL;
    browser->base = base;
    browser->session = session;
    browser->broker = broker;
    browser->wait = (struct timeval){limit_ms / 1000, limit_ms % 1000 * 1000};
    browser->events = *events;
    browser->limit = evtimer_new(base, on_limit, browser);
    if (browser->limit == NULL) {
        browser_free(browser);
        return NULL;
    }
    return browser;
}

void
browser_free(struct browser *browser)
{
    if (browser == NULL)
        return;
    browser_end(browser, NULL);
    if (browser->limit != NULL)
        event_free(browser->limit);
    free(browser);
}
