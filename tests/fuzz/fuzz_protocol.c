/* SPDX-License-Identifier: BSD-3-Clause */
/* Whatever record_decode takes keeps the protocol's promises, and comes back as it was. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int promise)
{
    if (!promise)
        abort();
}

static void
check_lists(const struct record *record, enum record_field field)
{
    const char *string = NULL;
    size_t size, read = 0;

    (void)record_bytes(record, field, &size);
    while ((string = record_next_string(record, field, string)) != NULL)
        read += strlen(string) + 1;
    require(read == size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct credentials credentials = {0};
    struct record record;

    if (record_decode(&record, data, size) != 0) {
        require(record.bytes.data == NULL);
        return 0;
    }
    require(record_check(&record) == 0);
    require(record.bytes.size == size && memcmp(record.bytes.data, data, size) == 0);
    for (unsigned int field = 1; field < RECORD_FIELD_COUNT; field++) {
        const char *text = record_text(&record, field);

        if (text != NULL)
            require(strlen(text) > 0 && strlen(text) + 1 == record.size[field]);
        (void)record_number(&record, field);
    }
    check_lists(&record, FIELD_ROLES);
    check_lists(&record, FIELD_TAGS);
    (void)record_get_credentials(&record, &credentials);
    credentials_wipe(&credentials);
    record_wipe(&record);
    return 0;
}
