/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sigv4_canonical.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/error.h"

#define PATH_SEGMENTS_MAX 64

/* Insertion, because qsort(3) does not promise to keep the order of equal names. */
int
sigv4_canonical_sort(const struct http_header *headers, size_t count, struct sigv4_headers *sorted)
{
    if (count > SIGV4_HEADERS_MAX - sorted->count)
        return AWS_ROLE_ERR_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        size_t at = sorted->count++;

        for (; at > 0 && strcasecmp(sorted->list[at - 1].name, headers[i].name) > 0; at--)
            sorted->list[at] = sorted->list[at - 1];
        sorted->list[at] = headers[i];
    }
    return 0;
}

static void
add_lower(struct buffer *out, const char *name)
{
    for (; *name != '\0'; name++) {
        char c = *name;

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        buffer_add(out, &c, 1);
    }
}

static int
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without blanks at the ends, and with one where there were several. */
static void
add_trimmed(struct buffer *out, const char *value)
{
    int blank = 0, started = 0;

    for (; *value != '\0'; value++) {
        if (is_blank(*value)) {
            blank = started;
            continue;
        }
        if (blank)
            buffer_text(out, " ");
        buffer_add(out, value, 1);
        blank = 0;
        started = 1;
    }
}

static int
continues(const struct sigv4_headers *headers, size_t i)
{
    return i > 0 && strcasecmp(headers->list[i].name, headers->list[i - 1].name) == 0;
}

void
sigv4_canonical_names(struct buffer *out, const struct sigv4_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (continues(headers, i))
            continue;
        if (i > 0)
            buffer_text(out, ";");
        add_lower(out, headers->list[i].name);
    }
}

static void
add_headers(struct buffer *out, const struct sigv4_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (continues(headers, i)) {
            buffer_text(out, ",");
        } else {
            if (i > 0)
                buffer_text(out, "\n");
            add_lower(out, headers->list[i].name);
            buffer_text(out, ":");
        }
        add_trimmed(out, headers->list[i].value);
    }
    buffer_text(out, "\n");
}

/* One segment of a path and its length. */
struct part {
    const char *at;
    size_t length;
};

/* RFC 3986, 5.2.4, and empty segments are dropped too. */
static int
add_normalized(struct buffer *out, const char *path)
{
    struct part parts[PATH_SEGMENTS_MAX];
    size_t count = 0, length;
    const char *at = path;

    for (; *at != '\0'; at += length) {
        at += strspn(at, "/");
        length = strcspn(at, "/");
        if (length == 0 || (length == 1 && at[0] == '.'))
            continue;
        if (length == 2 && at[0] == '.' && at[1] == '.') {
            count -= count > 0;
            continue;
        }
        if (count == PATH_SEGMENTS_MAX)
            return AWS_ROLE_ERR_ARGUMENT;
        parts[count++] = (struct part){at, length};
    }
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, "/");
        buffer_uri(out, parts[i].at, parts[i].length, "");
    }
    if (count == 0 || at[-1] == '/')
        buffer_text(out, "/");
    return 0;
}

static int
add_path(struct buffer *out, const struct sigv4_request *request)
{
    const char *path = request->path == NULL || request->path[0] == '\0' ? "/" : request->path;

    if (request->normalize_path)
        return add_normalized(out, path);
    buffer_uri(out, path, strlen(path), "/");
    return 0;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Adds what may be percent-encoded already, encoded exactly once. */
static void
add_encoded_once(struct buffer *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (c == '%' && length - i > 2 && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        buffer_uri(out, &c, 1, "");
    }
}

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds `name=value` of one query part and a NUL. */
static void
add_query_part(struct buffer *out, const char *part, size_t length)
{
    const char *equals = memchr(part, '=', length);
    size_t name = equals == NULL ? length : (size_t)(equals - part);

    add_encoded_once(out, part, name);
    /* `=` sorts behind what may be in a name; the lowest byte keeps `Param` before `Param-3`. */
    buffer_text(out, "\001");
    if (equals != NULL)
        add_encoded_once(out, equals + 1, length - name - 1);
    buffer_add(out, "", 1);
}

static void
add_sorted(struct buffer *out, char *encoded, size_t count)
{
    char *parts[SIGV4_QUERY_MAX];

    for (size_t i = 0; i < count; i++) {
        parts[i] = encoded;
        encoded += strlen(encoded) + 1;
    }
    qsort(parts, count, sizeof parts[0], compare_text);
    for (size_t i = 0; i < count; i++) {
        *strchr(parts[i], '\001') = '=';
        if (i > 0)
            buffer_text(out, "&");
        buffer_text(out, parts[i]);
    }
}

static int
add_query(struct buffer *out, const char *query)
{
    struct buffer encoded;
    size_t count = 0, length;
    int r = 0;

    buffer_start(&encoded, out->size_max);
    for (; query != NULL && *query != '\0'; query += length + (query[length] == '&')) {
        length = strcspn(query, "&");
        if (length == 0)
            continue;
        if (count++ == SIGV4_QUERY_MAX)
            r = AWS_ROLE_ERR_ARGUMENT;
        if (r != 0)
            break;
        add_query_part(&encoded, query, length);
    }
    if (r == 0 && (r = encoded.failed) == 0 && count > 0)
        add_sorted(out, encoded.data, count);
    buffer_wipe(&encoded);
    return r;
}

int
sigv4_canonical_request(struct buffer *out, const struct sigv4_request *request,
                        const struct sigv4_headers *headers, const unsigned char digest[32])
{
    int r;

    buffer_text(out, request->method);
    buffer_text(out, "\n");
    if ((r = add_path(out, request)) != 0)
        return r;
    buffer_text(out, "\n");
    if ((r = add_query(out, request->query)) != 0)
        return r;
    buffer_text(out, "\n");
    add_headers(out, headers);
    buffer_text(out, "\n");
    sigv4_canonical_names(out, headers);
    buffer_text(out, "\n");
    buffer_hex(out, digest, 32);
    return out->failed;
}
