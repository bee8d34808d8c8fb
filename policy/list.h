/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_LIST_H
#define AWS_ROLE_POLICY_LIST_H

#include <stddef.h>

/*
 * Values that are lists: `one, two` and `key=value, key=value`. They are split first and expanded
 * afterwards, so what an expansion puts in cannot add an item.
 */

#define LIST_WHY_MAX 512
#define LIST_ITEM_MAX 4096 /* bytes of one item, before it is expanded */

/* An item, and its halves where it is a pair. Copies, so that each is a string. */
struct list_item {
    char text[LIST_ITEM_MAX + 1];
    char key[LIST_ITEM_MAX + 1];   /* before the first `=`; all of it where there is none */
    char value[LIST_ITEM_MAX + 1]; /* behind it; "" where there is none */
    int is_pair;                   /* 1: there is a `=` */
};

/*
 * Takes the item at `*list`, without the blanks around it and its halves, and moves on: 1, or 0
 * behind the last one. An item that is longer than LIST_ITEM_MAX is cut; list_check refuses it.
 */
int list_next(const char **list, struct list_item *item);

/*
 * 0 when `list` has at most `count_max` items, none empty, too long or there twice (case does not
 * make a difference: IAM user guide, "Session tags"; keys alone are compared in a list of pairs).
 * Otherwise AWS_ROLE_ERR_CONFIG, and `why` holds what is wrong, a newline, and how to mend it.
 */
int list_check(const char *list, size_t count_max, int of_pairs, char *why);

/* 1 when an item of `list` has that key, case aside. */
int list_has_key(const char *list, const char *key);

#endif
