/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/list.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/error.h"

#define SHOWN_MAX 128

/* Copies `length` bytes without the blanks at both ends. */
static void
copy_trimmed(char copy[LIST_ITEM_MAX + 1], const char *text, size_t length)
{
    while (length > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length > LIST_ITEM_MAX)
        length = LIST_ITEM_MAX;
    memcpy(copy, text, length);
    copy[length] = '\0';
}

int
list_next(const char **list, struct list_item *item)
{
    const char *start = *list, *equals;
    size_t length, key_length;

    if (start == NULL)
        return 0;
    length = strcspn(start, ",");
    equals = memchr(start, '=', length);
    key_length = equals == NULL ? length : (size_t)(equals - start);
    item->is_pair = equals != NULL;
    copy_trimmed(item->text, start, length);
    copy_trimmed(item->key, start, key_length);
    copy_trimmed(item->value, equals == NULL ? "" : equals + 1,
                 equals == NULL ? 0 : length - key_length - 1);
    *list = start[length] == ',' ? start + length + 1 : NULL;
    return 1;
}

static int
refuse_item(char *why, const char *key, const char *what, const char *mend)
{
    snprintf(why, LIST_WHY_MAX, "\"%.*s\" %s\n%s", SHOWN_MAX, key, what, mend);
    return AWS_ROLE_ERR_CONFIG;
}

/* 1 when one of the first `count` items has the key of `item`. */
static int
is_there_before(const char *list, size_t count, const struct list_item *item)
{
    struct list_item other;

    for (size_t i = 0; i < count && list_next(&list, &other); i++)
        if (strcasecmp(other.key, item->key) == 0)
            return 1;
    return 0;
}

int
list_check(const char *list, size_t count_max, int of_pairs, char *why)
{
    const char *next = list;
    struct list_item item;

    for (size_t count = 0; list_next(&next, &item); count++) {
        if (count == count_max) {
            snprintf(why, LIST_WHY_MAX, "a list of more than %zu items\nwrite fewer", count_max);
            return AWS_ROLE_ERR_CONFIG;
        }
        if (item.key[0] == '\0')
            return refuse_item(why, item.text, "in a list says nothing",
                               "write something between the commas");
        if (strlen(item.text) == LIST_ITEM_MAX)
            return refuse_item(why, item.text, "... is too long", "write it shorter");
        if (of_pairs && !item.is_pair)
            return refuse_item(why, item.text, "has no value", "write key=value, key=value");
        if (is_there_before(list, count, &item))
            return refuse_item(why, item.key, "is there twice", "remove one");
    }
    return 0;
}

int
list_has_key(const char *list, const char *key)
{
    struct list_item item;

    while (list_next(&list, &item))
        if (strcasecmp(item.key, key) == 0)
            return 1;
    return 0;
}
