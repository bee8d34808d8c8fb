/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define ROOM_MIN 512

void
buffer_start(struct buffer *buffer, size_t size_max)
{
    *buffer = (struct buffer){.size_max = size_max};
}

/* Makes room for `size` more bytes and a NUL. Not realloc(3): that frees what it moves unwiped. */
static int
grow(struct buffer *buffer, size_t size)
{
    size_t room = buffer->room == 0 ? ROOM_MIN : buffer->room;
    char *data;

    if (buffer->failed != 0)
        return buffer->failed;
    if (size > buffer->size_max - buffer->size)
        return buffer->failed = AWS_ROLE_ERR_TOO_BIG;
    if (buffer->data != NULL && buffer->size + size < buffer->room)
        return 0;
    while (room <= buffer->size + size)
        room *= 2;
    data = malloc(room);
    if (data == NULL)
        return buffer->failed = AWS_ROLE_ERR_MEMORY;
    if (buffer->data != NULL) {
        memcpy(data, buffer->data, buffer->size);
        explicit_bzero(buffer->data, buffer->room);
        free(buffer->data);
    }
    buffer->data = data;
    buffer->room = room;
    return 0;
}

void
buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
    if (grow(buffer, size) != 0)
        return;
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void
buffer_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

/* RFC 3986, 2.3. */
static int
is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

void
buffer_uri(struct buffer *buffer, const char *bytes, size_t size, const char *keep)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];

        if (is_unreserved(c) || (c != '\0' && strchr(keep, c) != NULL)) {
            buffer_add(buffer, &c, 1);
        } else {
            unsigned char byte = (unsigned char)c;
            char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};

            buffer_add(buffer, encoded, sizeof encoded);
        }
    }
}

void
buffer_hex(struct buffer *buffer, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        char encoded[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

        buffer_add(buffer, encoded, sizeof encoded);
    }
}

const char *
buffer_string(const struct buffer *buffer)
{
    return buffer->data == NULL ? "" : buffer->data;
}

void
buffer_wipe(struct buffer *buffer)
{
    if (buffer->data != NULL) {
        explicit_bzero(buffer->data, buffer->room);
        free(buffer->data);
    }
    buffer_start(buffer, buffer->size_max);
}
