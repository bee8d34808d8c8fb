/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/replies_xml.h"

#include <expat.h>
#include <string.h>

#include "common/error.h"
#include "common/wiping.h"
#include "helper/buffer.h"

#define TEXT_MAX ((size_t)64 * 1024)

struct reading {
    XML_Parser parser;
    struct replies_values *values;
    char path[REPLIES_PATH_MAX];
    size_t path_length;
    int depth;
    int too_long;       /* how many of the innermost elements are not in `path` */
    int is_leaf;        /* 1: no child so far in the innermost element */
    struct buffer text; /* of the innermost element */
    int failed;
};

static void
fail(struct reading *reading, int error)
{
    if (reading->failed == 0)
        reading->failed = error;
    XML_StopParser(reading->parser, XML_FALSE);
}

static void
on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    size_t length = strlen(name), slash = reading->path_length > 0;

    (void)attributes;
    if (++reading->depth > REPLIES_DEPTH_MAX) {
        fail(reading, AWS_ROLE_ERR_NOT_AWS);
        return;
    }
    buffer_wipe(&reading->text);
    reading->is_leaf = 1;
    if (reading->too_long > 0 || reading->path_length + slash + length >= sizeof reading->path) {
        reading->too_long++; /* no path that is known is so long */
        return;
    }
    if (slash)
        reading->path[reading->path_length++] = '/';
    memcpy(reading->path + reading->path_length, name, length + 1);
    reading->path_length += length;
}

static void
leave(struct reading *reading)
{
    const char *slash;

    reading->depth--;
    reading->is_leaf = 0;
    if (reading->too_long > 0) {
        reading->too_long--;
        return;
    }
    slash = strrchr(reading->path, '/');
    reading->path_length = slash == NULL ? 0 : (size_t)(slash - reading->path);
    reading->path[reading->path_length] = '\0';
}

static void
on_end(void *context, const char *name)
{
    struct reading *reading = context;
    int r = 0;

    (void)name;
    if (reading->is_leaf && reading->too_long == 0)
        r = replies_value_take(reading->values, reading->path, buffer_string(&reading->text),
                               reading->text.size);
    buffer_wipe(&reading->text);
    leave(reading);
    if (r != 0)
        fail(reading, r);
}

static void
on_text(void *context, const char *text, int length)
{
    struct reading *reading = context;

    if (!reading->is_leaf)
        return;
    buffer_add(&reading->text, text, (size_t)length);
    if (reading->text.failed != 0)
        fail(reading, AWS_ROLE_ERR_NOT_AWS);
}

/* No answer of AWS has one; without it there are no entities to expand or to load. */
static void
on_doctype(void *context, const char *name, const char *system_id, const char *public_id,
           int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    fail(context, AWS_ROLE_ERR_NOT_AWS);
}

int
replies_xml_read(const char *body, size_t size, struct replies_values *values)
{
    static const XML_Memory_Handling_Suite memory = {wiping_malloc, wiping_realloc, wiping_free};
    struct reading reading = {.values = values};
    int r = 0;

    buffer_start(&reading.text, TEXT_MAX);
    reading.parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (reading.parser == NULL)
        return AWS_ROLE_ERR_MEMORY;
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    if (XML_Parse(reading.parser, body, (int)size, XML_TRUE) != XML_STATUS_OK)
        r = reading.failed != 0 ? reading.failed : AWS_ROLE_ERR_NOT_AWS;
    XML_ParserFree(reading.parser);
    buffer_wipe(&reading.text);
    return r;
}
