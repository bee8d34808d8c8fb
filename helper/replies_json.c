/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/replies_json.h"

#include <jansson.h>
#include <stdio.h>

#include "common/error.h"
#include "common/wiping.h"

static int walk(const json_t *object, const char *path, int depth, struct replies_values *values);

static int
take_member(const json_t *value, const char *path, int depth, struct replies_values *values)
{
    if (json_is_string(value))
        return replies_value_take(values, path, json_string_value(value),
                                  json_string_length(value));
    if (json_is_number(value))
        return replies_value_take_number(values, path, json_number_value(value));
    if (json_is_object(value))
        return walk(value, path, depth + 1, values);
    return 0; /* null, true, false, arrays: nothing that is known is one */
}

static int
walk(const json_t *object, const char *path, int depth, struct replies_values *values)
{
    void *at;

    if (depth > REPLIES_DEPTH_MAX)
        return AWS_ROLE_ERR_NOT_AWS;
    /* jansson takes objects it does not change as json_t *, and iterators likewise. */
    at = json_object_iter((json_t *)(uintptr_t)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        char inner[REPLIES_PATH_MAX];
        int n = snprintf(inner, sizeof inner, "%s%s%s", path, path[0] == '\0' ? "" : "/",
                         json_object_iter_key(at));
        int r;

        if (n < 0 || (size_t)n >= sizeof inner)
            continue; /* longer than any path that is known */
        if ((r = take_member(json_object_iter_value(at), inner, depth, values)) != 0)
            return r;
    }
    return 0;
}

int
replies_json_read(const char *body, size_t size, struct replies_values *values)
{
    json_t *root;
    int r = AWS_ROLE_ERR_NOT_AWS;

    json_set_alloc_funcs(wiping_malloc, wiping_free);
    root = json_loadb(body, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(root))
        r = walk(root, "", 1, values);
    json_decref(root);
    return r;
}
