/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sign_in_code.h"

#include <string.h>

#include "common/error.h"
#include "helper/base64.h"

/* Leaves out white space, where it lies. */
static void
squeeze(struct secret *text)
{
    size_t used = 0;

    for (size_t i = 0; i < text->size; i++)
        if (strchr(" \t\r\n", text->data[i]) == NULL || text->data[i] == '\0')
            text->data[used++] = text->data[i];
    memset(text->data + used, 0, text->size - used);
    text->size = used;
}

/* The value of a hexadecimal digit; -1: it is none. */
static int
digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes a value where it lies (RFC 3986 2.1), to printable ASCII; its new size, or 0. */
static size_t
decode(char *value, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        int high = -1, low = -1, byte = value[i];

        if (byte == '%' && i + 2 < size) {
            high = digit(value[i + 1]);
            low = digit(value[i + 2]);
        }
        if (byte == '%') {
            if (high < 0 || low < 0)
                return 0;
            byte = high * 16 + low;
            i += 2;
        }
        if (byte <= 0x20 || byte >= 0x7f)
            return 0;
        value[used++] = (char)byte;
    }
    return used;
}

/* Takes one `name=value`; one that is not ours is left alone, as RFC 6749 4.1.2 has it. */
static int
take(char *pair, size_t size, struct sign_in_code *code)
{
    struct secret *to = NULL;
    size_t name = 0, value;

    while (name < size && pair[name] != '=')
        name++;
    if (name == strlen("code") && memcmp(pair, "code", name) == 0)
        to = &code->code;
    else if (name == strlen("state") && memcmp(pair, "state", name) == 0)
        to = &code->state;
    if (to == NULL)
        return 0;
    if (to->size > 0 || name == size)
        return AWS_ROLE_ERR_ANSWER;
    value = decode(pair + name + 1, size - name - 1);
    return value == 0 ? AWS_ROLE_ERR_ANSWER : secret_set(to, pair + name + 1, value);
}

static int
read_query(struct secret *query, struct sign_in_code *code)
{
    int r = 0;

    for (size_t start = 0, end; r == 0 && start <= query->size; start = end + 1) {
        const char *next = query->size == start
                               ? NULL
                               : memchr(query->data + start, '&', query->size - start);

        end = next == NULL ? query->size : (size_t)(next - query->data);
        r = take(query->data + start, end - start, code);
    }
    return r == 0 && (code->code.size == 0 || code->state.size == 0) ? AWS_ROLE_ERR_ANSWER : r;
}

int
sign_in_code_read(const struct secret *answer, struct sign_in_code *code)
{
    struct secret text = SECRET_EMPTY;
    size_t room = answer->size;
    int r;

    memset(code, 0, sizeof *code);
    r = secret_copy(&text, answer);
    if (r == 0 && text.size > 0)
        squeeze(&text);
    if (r == 0 && (text.size == 0 || memchr(text.data, '&', text.size) == NULL)) {
        struct secret query = SECRET_EMPTY;

        r = base64_read(text.data, text.size, &query);
        if (r == AWS_ROLE_ERR_ARGUMENT)
            r = AWS_ROLE_ERR_ANSWER;
        if (r == 0)
            r = read_query(&query, code);
        secret_wipe(&query);
    } else if (r == 0) {
        r = read_query(&text, code);
    }
    text.size = room;
    secret_wipe(&text);
    if (r != 0)
        sign_in_code_wipe(code);
    return r;
}

void
sign_in_code_wipe(struct sign_in_code *code)
{
    secret_wipe(&code->code);
    secret_wipe(&code->state);
}
