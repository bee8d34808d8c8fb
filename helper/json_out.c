/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/json_out.h"

#include <string.h>

#include "common/error.h"
#include "common/wiping.h"

void
json_out_begin(void)
{
    json_set_alloc_funcs(wiping_malloc, wiping_free);
}

void
json_out_add(struct buffer *text, json_t *value)
{
    char *line = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

    if (line == NULL && text->failed == 0)
        text->failed = AWS_ROLE_ERR_MEMORY;
    if (line != NULL)
        buffer_text(text, line);
    wiping_free(line);
    json_decref(value);
}
