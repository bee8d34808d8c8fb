/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/http.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"
#include "common/wiping.h"
#include "helper/http_words.h"
#include "helper/tls_store.h"
#include "helper/url.h"

/* All header lines of an answer together. */
#define HEADERS_SIZE_MAX ((size_t)64 * 1024)

struct http {
    CURL *easy;
    int watch_fd;
};

/* One request under way. */
struct transfer {
    struct http *http;
    const struct url *url;
    struct http_response *response;
    size_t headers_size;
    int too_big;
    int plain_elsewhere; /* plain http would have left this host */
    int peer_gone;
};

int
http_open(struct http **http, int watch_fd)
{
    *http = NULL;
    /* libcurl keeps copies of headers and bodies, which hold keys: they are wiped when freed. */
    if (curl_global_init_mem(CURL_GLOBAL_SSL, wiping_malloc, wiping_free, wiping_realloc,
                             wiping_strdup, wiping_calloc) != CURLE_OK)
        return AWS_ROLE_ERR_MEMORY;
    *http = calloc(1, sizeof **http);
    if (*http == NULL)
        return AWS_ROLE_ERR_MEMORY;
    (*http)->watch_fd = watch_fd;
    (*http)->easy = curl_easy_init();
    if ((*http)->easy == NULL) {
        http_close(*http);
        *http = NULL;
        return AWS_ROLE_ERR_MEMORY;
    }
    return 0;
}

void
http_close(struct http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->easy);
    curl_global_cleanup();
    free(http);
}

void
http_response_wipe(struct http_response *response)
{
    buffer_wipe(&response->body);
    explicit_bzero(response, sizeof *response);
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    buffer_add(&transfer->response->body, bytes, size * count);
    if (transfer->response->body.failed != 0)
        transfer->too_big = 1;
    return transfer->response->body.failed != 0 ? 0 : size * count;
}

/* The value of a header line when it is `name`'s, cleaned; `value` stays as it is when not. */
static void
take_header(const char *line, size_t length, const char *name, char *value, size_t size)
{
    size_t name_length = strlen(name);

    if (length > name_length && strncasecmp(line, name, name_length) == 0 &&
        line[name_length] == ':')
        failure_clean(value, size, line + name_length + 1, length - name_length - 1);
}

static size_t
on_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    char date[64] = "";

    transfer->headers_size += size * count;
    if (transfer->headers_size > HEADERS_SIZE_MAX) {
        transfer->too_big = 1;
        return 0;
    }
    take_header(line, size * count, "x-amzn-RequestId", transfer->response->request_id,
                sizeof transfer->response->request_id);
    take_header(line, size * count, "Date", date, sizeof date);
    if (date[0] != '\0')
        transfer->response->date = curl_getdate(date, NULL);
    return size * count;
}

/* Called once a second and more: the moment to see that nobody waits for the answer any more. */
static int
on_progress(void *context, curl_off_t download_total, curl_off_t download_now,
            curl_off_t upload_total, curl_off_t upload_now)
{
    struct transfer *transfer = context;
    struct pollfd peer = {.fd = transfer->http->watch_fd};

    (void)download_total, (void)download_now, (void)upload_total, (void)upload_now;
    if (peer.fd >= 0 && poll(&peer, 1, 0) > 0 && (peer.revents & (POLLHUP | POLLERR)) != 0)
        transfer->peer_gone = 1;
    return transfer->peer_gone;
}

/* Asked for the address that is going to be connected to, so no name can lead plain http away. */
static curl_socket_t
on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;

    (void)purpose;
    if (!transfer->url->tls && !url_is_local(&address->addr)) {
        transfer->plain_elsewhere = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void
set_trust(CURL *easy, const char *folder, const char *file)
{
    curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
    curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, folder);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, file);
}

/* Returns the name of what was chosen, for people; NULL: there is nothing. */
static const char *
set_tls(CURL *easy, const struct http_request *request)
{
    struct tls_store store = {NULL, NULL};

    if (request->ca_bundle != NULL)
        store.file = request->ca_bundle;
    else
        store = tls_store_find();
    set_trust(easy, store.folder, store.file);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    return store.folder != NULL ? store.folder : store.file;
}

static void
set_protocols(CURL *easy, int tls)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP);
#endif
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
#if LIBCURL_VERSION_NUM >= 0x074000
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
#endif
}

static void
set_body(CURL *easy, const struct http_request *request)
{
    if (strcmp(request->method, "GET") == 0) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
                     request->body == NULL ? 0L : (long)request->body->size);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                     request->body == NULL ? "" : buffer_string(request->body));
}

static void
set_limits(CURL *easy, const struct http_request *request, int milliseconds)
{
    int connect = request->connect_ms < milliseconds ? request->connect_ms : milliseconds;

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)milliseconds);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)request->fresh);
}

static void
set_callbacks(CURL *easy, struct transfer *transfer)
{
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

/* Header lines, in memory that is wiped: a session token and a signature are among them. */
struct header_list {
    struct curl_slist nodes[HTTP_HEADERS_MAX + 2];
    struct buffer lines;
};

#define HEADER_LINES_MAX ((size_t)64 * 1024)

static int
build_headers(struct header_list *list, const struct http_request *request)
{
    /* libcurl would add these two by itself, and neither is wanted. */
    static char no_expect[] = "Expect:", no_type[] = "Content-Type:";
    size_t at[HTTP_HEADERS_MAX], count = request->header_count;
    int typed = 0;

    buffer_start(&list->lines, HEADER_LINES_MAX);
    if (count > HTTP_HEADERS_MAX)
        return AWS_ROLE_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        at[i] = list->lines.size;
        typed |= strcasecmp(request->headers[i].name, "Content-Type") == 0;
        buffer_text(&list->lines, request->headers[i].name);
        buffer_text(&list->lines, ": ");
        buffer_text(&list->lines, request->headers[i].value);
        buffer_add(&list->lines, "", 1);
    }
    if (list->lines.failed != 0)
        return list->lines.failed;
    for (size_t i = 0; i < count; i++)
        list->nodes[i] = (struct curl_slist){list->lines.data + at[i], &list->nodes[i + 1]};
    list->nodes[count] = (struct curl_slist){no_expect, typed ? NULL : &list->nodes[count + 1]};
    list->nodes[count + 1] = (struct curl_slist){no_type, NULL};
    return 0;
}

static enum http_fault_kind
fault_kind(CURLcode code, const struct transfer *transfer, long proxy_status)
{
    static const struct {
        CURLcode code;
        enum http_fault_kind kind;
    } kinds[] = {
        {CURLE_OUT_OF_MEMORY, HTTP_FAULT_MEMORY},
        {CURLE_URL_MALFORMAT, HTTP_FAULT_URL},
        {CURLE_COULDNT_RESOLVE_HOST, HTTP_FAULT_NAME},
        {CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAULT_PROXY_NAME},
        {CURLE_COULDNT_CONNECT, HTTP_FAULT_CONNECT},
        {CURLE_OPERATION_TIMEDOUT, HTTP_FAULT_TIME},
        {CURLE_PEER_FAILED_VERIFICATION, HTTP_FAULT_CERTIFICATE},
        {CURLE_SSL_CACERT, HTTP_FAULT_CERTIFICATE}, /* its name before libcurl 7.62 */
        {CURLE_SSL_CACERT_BADFILE, HTTP_FAULT_AUTHORITIES},
        {CURLE_SSL_CONNECT_ERROR, HTTP_FAULT_TLS},
        {CURLE_GOT_NOTHING, HTTP_FAULT_BROKEN},
        {CURLE_PARTIAL_FILE, HTTP_FAULT_BROKEN},
        {CURLE_RECV_ERROR, HTTP_FAULT_BROKEN},
        {CURLE_SEND_ERROR, HTTP_FAULT_BROKEN},
        {CURLE_UNSUPPORTED_PROTOCOL, HTTP_FAULT_NOT_HTTP},
        {CURLE_WEIRD_SERVER_REPLY, HTTP_FAULT_NOT_HTTP},
    };

    if (transfer->peer_gone)
        return HTTP_FAULT_GONE;
    if (transfer->plain_elsewhere)
        return HTTP_FAULT_PLAIN;
    if (transfer->too_big)
        return HTTP_FAULT_TOO_BIG;
    if (proxy_status >= 300)
        return HTTP_FAULT_PROXY;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].code == code)
            return kinds[i].kind;
    return HTTP_FAULT_OTHER;
}

static int
explain(CURLcode code, const struct transfer *transfer, struct http_fault *fault,
        struct failure *why)
{
    CURL *easy = transfer->http->easy;
    long os_error = 0;
    curl_off_t connected = 0, took = 0;

    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &fault->verify_result);
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &fault->proxy_status);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took);
    fault->kind = fault_kind(code, transfer, fault->proxy_status);
    fault->os_error = (int)os_error;
    fault->connected = connected > 0;
    fault->milliseconds = (int)(took / 1000);
    transfer->response->transient = http_words_transient(fault->kind);
    return http_words_explain(fault, why);
}

static void
take_answer(CURL *easy, struct http_response *response)
{
    const char *type = NULL;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    if (type != NULL)
        failure_clean(response->content_type, sizeof response->content_type, type, strlen(type));
}

static int
perform(struct transfer *transfer, const struct http_request *request,
        const struct header_list *headers, struct failure *why)
{
    CURL *easy = transfer->http->easy;
    char detail[CURL_ERROR_SIZE] = "";
    /* Plain http stays on this host, and so never goes through a proxy. */
    const char *proxy = transfer->url->tls ? request->proxy : NULL;
    struct http_fault fault = {.name = transfer->url->name, .proxy = proxy, .detail = detail};
    int left = deadline_left(request->deadline);
    long request_size = 0;
    CURLcode code;

    curl_easy_reset(easy); /* options go, connections stay */
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers->nodes);
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy == NULL ? "" : proxy);
    set_protocols(easy, transfer->url->tls);
    set_body(easy, request);
    set_limits(easy, request, left == 0 ? 1 : left);
    set_callbacks(easy, transfer);
    if (transfer->url->tls)
        fault.authorities = set_tls(easy, request);
    code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    transfer->response->sent = request_size > 0;
    if (code != CURLE_OK)
        return explain(code, transfer, &fault, why);
    take_answer(easy, transfer->response);
    return 0;
}

/* No SOCKS, and no password in the configuration, which everybody may read. */
static int
is_proxy(const char *proxy)
{
    struct url parts;

    return proxy == NULL || url_split(proxy, &parts) == 0;
}

int
http_send(struct http *http, const struct http_request *request, struct http_response *response,
          struct failure *why)
{
    struct url url = {0};
    struct transfer transfer = {.http = http, .url = &url, .response = response};
    struct header_list headers;
    int r;

    *response = (struct http_response){.date = -1};
    buffer_start(&response->body, HTTP_BODY_MAX);
    if (url_split(request->url, &url) != 0 || !is_proxy(request->proxy))
        return http_words_explain(&(struct http_fault){.kind = HTTP_FAULT_URL}, why);
    if ((r = build_headers(&headers, request)) != 0)
        r = failure_set(why, r, "the request is too big to be sent");
    else
        r = perform(&transfer, request, &headers, why);
    buffer_wipe(&headers.lines);
    return r;
}
