/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/browser_reply.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stddef.h>

#define PAGE                                                                                       \
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"                              \
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>aws-role</title>\n"           \
    "<p id=\"said\">%s</p>\n"

static int
put_headers(struct evhttp_request *request)
{
    static const char *const headers[][2] = {
        {"Cache-Control", "no-store"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
        {"Connection", "close"},
    };
    struct evkeyvalq *out = evhttp_request_get_output_headers(request);

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        if (evhttp_add_header(out, headers[i][0], headers[i][1]) != 0)
            return -1;
    return 0;
}

static int
put_header(struct evhttp_request *request, const char *name, const char *value)
{
    return evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

void
browser_reply_redirect(struct evhttp_request *request, const char *url)
{
    if (put_headers(request) == 0 && put_header(request, "Location", url) == 0)
        evhttp_send_reply(request, HTTP_MOVETEMP, NULL, NULL);
    else
        evhttp_send_reply(request, HTTP_INTERNAL, NULL, NULL);
}

void
browser_reply_page(struct evhttp_request *request, int status, const char *text)
{
    struct evbuffer *body = evbuffer_new();

    if (body != NULL && put_headers(request) == 0 &&
        put_header(request, "Content-Type", "text/html; charset=utf-8") == 0 &&
        evbuffer_add_printf(body, PAGE, text) > 0)
        evhttp_send_reply(request, status, NULL, body);
    else
        evhttp_send_reply(request, HTTP_INTERNAL, NULL, NULL);
    if (body != NULL)
        evbuffer_free(body);
}
