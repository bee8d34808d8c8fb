/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/cache.h"
#include "broker/sweep.h"
#include "common/error.h"
#include "tests/unit/temporary.h"

static const char *folder;
static char soonest[CACHE_NAME_MAX];
static char why[512];
static struct cache *cache;

/* /dev/shm is tmpfs on every Linux with glibc (shm_overview(7)): where files may be used. */
static int
open_shared(void **state)
{
    (void)state;
    folder = temporary_folder("/dev/shm");
    cache = cache_open(folder, why);
    return cache == NULL;
}

static int
open_memory(void **state)
{
    (void)state;
    folder = temporary_folder("/dev/shm");
    assert_int_equal(chmod(folder, 0755), 0); /* not ours alone */
    cache = cache_open(folder, why);
    return cache == NULL;
}

static int
close_cache(void **state)
{
    (void)state;
    cache_close(cache);
    temporary_remove();
    return 0;
}

static struct cache_key
key_of(const char *text, const char *owner)
{
    return (struct cache_key){.bytes = text, .size = strlen(text), .owner = owner};
}

/* An entry of `key_text` whose text is `text`. */
static void
make_entry(struct record *entry, const char *key_text, const char *text)
{
    record_start(entry, RECORD_ENTRY);
    record_put_bytes(entry, FIELD_KEY, key_text, strlen(key_text));
    record_put_text(entry, FIELD_TEXT, text);
}

static int
store(const char *key_text, const char *owner, const char *text, deadline_t until)
{
    const struct cache_key key = key_of(key_text, owner);
    struct record entry;
    int r;

    make_entry(&entry, key_text, text);
    r = cache_store(cache, &key, &entry, until);
    record_wipe(&entry);
    return r;
}

static void
holds(const char *key_text, const char *owner, const char *text)
{
    const struct cache_key key = key_of(key_text, owner);
    struct record entry;

    assert_int_equal(cache_find(cache, &key, &entry), 0);
    assert_string_equal(record_text(&entry, FIELD_TEXT), text);
    record_wipe(&entry);
}

static void
holds_nothing(const char *key_text, const char *owner)
{
    const struct cache_key key = key_of(key_text, owner);
    struct record entry;

    assert_int_equal(cache_find(cache, &key, &entry), AWS_ROLE_ERR_NOT_FOUND);
}

static void
what_is_stored_is_found_by_its_key_alone(void **state)
{
    (void)state;
    holds_nothing("key", "1000");
    assert_int_equal(store("key", "1000", "first", deadline_in(60000)), 0);
    holds("key", "1000", "first");
    holds_nothing("kez", "1000");
    assert_int_equal(store("key", "1000", "second", deadline_in(60000)), 0);
    holds("key", "1000", "second");
}

static void
files_are_used_on_tmpfs(void **state)
{
    (void)state;
    assert_string_equal(why, "");
    assert_true(cache_is_shared(cache));
}

static void
owners_have_files_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(store("key", "1000", "x", deadline_in(60000)), 0);
    holds_nothing("key", "1001");
    holds_nothing("key", "machine");
}

/* Two keys with one index: the file of one is offered to the other. */
static void
an_entry_of_another_key_is_none(void **state)
{
    const struct cache_key key = key_of("key", "1000"), other = key_of("other", "1000");
    char name[CACHE_NAME_MAX], other_name[CACHE_NAME_MAX];

    (void)state;
    assert_int_equal(store("key", "1000", "x", deadline_in(60000)), 0);
    cache_name(&key, name);
    cache_name(&other, other_name);
    assert_int_equal(renameat(cache_folder(cache), name, cache_folder(cache), other_name), 0);
    holds_nothing("other", "1000");
}

static void
write_in_place(const char *name, const char *bytes, size_t size)
{
    int fd = openat(cache_folder(cache), name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

static void
what_is_no_entry_is_none(void **state)
{
    static char huge[RECORD_SIZE_MAX + 1];
    const struct cache_key key = key_of("key", "1000");
    char name[CACHE_NAME_MAX];

    (void)state;
    cache_name(&key, name);
    write_in_place(name, "", 0);
    holds_nothing("key", "1000");
    write_in_place(name, "garbage", 7);
    holds_nothing("key", "1000");
    write_in_place(name, huge, sizeof huge);
    holds_nothing("key", "1000");
    assert_int_equal(unlinkat(cache_folder(cache), name, 0), 0);
    assert_int_equal(symlinkat("elsewhere", cache_folder(cache), name), 0);
    holds_nothing("key", "1000");
    assert_int_equal(unlinkat(cache_folder(cache), name, 0), 0);
    assert_int_equal(mkfifoat(cache_folder(cache), name, 0600), 0);
    holds_nothing("key", "1000"); /* and does not wait for a writer */
}

/* What ends first makes room, and no other. */
static void
entries_of_one_owner_are_bounded(void **state)
{
    char key[32];

    (void)state;
    for (int i = 0; i < CACHE_ENTRIES_MAX; i++) {
        snprintf(key, sizeof key, "key %d", i);
        assert_int_equal(store(key, "1000", "x", deadline_in(i == 7 ? 60000 : 120000)), 0);
    }
    assert_int_equal(store("key 0", "1000", "again", deadline_in(30000)), 0);
    holds("key 0", "1000", "again");
    holds("key 7", "1000", "x");
    assert_int_equal(store("one more", "1000", "x", deadline_in(240000)), 0);
    holds_nothing("key 0", "1000");
    assert_int_equal(store("and one", "1000", "x", deadline_in(240000)), 0);
    holds_nothing("key 7", "1000");
    for (int i = 1; i < CACHE_ENTRIES_MAX; i++) {
        snprintf(key, sizeof key, "key %d", i);
        if (i != 7)
            holds(key, "1000", "x");
    }
    holds("one more", "1000", "x");
}

static void
other_owners_are_not_bounded_by_one(void **state)
{
    entries_of_one_owner_are_bounded(state);
    assert_int_equal(store("one more", "1001", "x", deadline_in(30000)), 0);
    assert_int_equal(store("one more", "1000", "y", deadline_in(240000)), 0);
    holds("one more", "1001", "x");
}

static unsigned int
count_files(void)
{
    DIR *list = opendir(folder);
    const struct dirent *entry;
    unsigned int count = 0;

    while ((entry = readdir(list)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

static void
a_store_sweeps_what_is_over(void **state)
{
    (void)state;
    assert_int_equal(store("old", "1000", "x", deadline_now() - 1), 0);
    assert_int_equal(store("new", "1000", "x", deadline_in(60000)), 0);
    holds_nothing("old", "1000");
    holds("new", "1000", "x");
    assert_int_equal(count_files(), 1);
}

static void
a_sweep_removes_what_a_killed_writer_left(void **state)
{
    static const char successor[] = "1000-0123456789abcdef.7" SWEEP_NEW_SUFFIX;
    const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

    (void)state;
    write_in_place(successor, "x", 1);
    write_in_place("1000-0123456789abcdef" SWEEP_LOCK_SUFFIX, "", 0);
    assert_int_equal(sweep_cache(cache_folder(cache), "1000", "", soonest), 0);
    assert_int_equal(count_files(), 1); /* its writer may be at work */
    assert_int_equal(utimensat(cache_folder(cache), successor, long_ago, 0), 0);
    assert_int_equal(sweep_cache(cache_folder(cache), "1000", "", soonest), 0);
    assert_int_equal(count_files(), 0);
}

static void
what_is_forgotten_is_one_persons(void **state)
{
    (void)state;
    assert_int_equal(store("a", "1000", "x", deadline_in(60000)), 0);
    assert_int_equal(store("a", "100", "y", deadline_in(60000)), 0);
    assert_int_equal(store("a", "machine", "z", deadline_in(60000)), 0);
    cache_forget(cache, 1000);
    holds_nothing("a", "1000");
    holds("a", "100", "y");
    holds("a", "machine", "z");
}

static void
elsewhere_it_is_memory(void **state)
{
    (void)state;
    assert_false(cache_is_shared(cache));
    assert_non_null(strstr(why, folder));
    assert_int_equal(store("key", "1000", "x", deadline_in(60000)), 0);
    assert_int_equal(count_files(), 0);
    cache_forget(cache, 1000);
    holds_nothing("key", "1000");
}

#define SHARED(name) cmocka_unit_test_setup_teardown(name, open_shared, close_cache)
#define MEMORY(name) cmocka_unit_test_setup_teardown(name, open_memory, close_cache)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SHARED(files_are_used_on_tmpfs),
        SHARED(what_is_stored_is_found_by_its_key_alone),
        MEMORY(what_is_stored_is_found_by_its_key_alone),
        SHARED(owners_have_files_of_their_own),
        SHARED(an_entry_of_another_key_is_none),
        SHARED(what_is_no_entry_is_none),
        SHARED(other_owners_are_not_bounded_by_one),
        MEMORY(entries_of_one_owner_are_bounded),
        SHARED(a_store_sweeps_what_is_over),
        SHARED(a_sweep_removes_what_a_killed_writer_left),
        SHARED(what_is_forgotten_is_one_persons),
        MEMORY(elsewhere_it_is_memory),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
