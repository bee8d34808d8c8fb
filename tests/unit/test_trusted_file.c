/* SPDX-License-Identifier: BSD-3-Clause */
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

#include "common/error.h"
#include "common/trusted_file.h"
#include "tests/unit/temporary.h"

static const char *folder;
static char path[4200], why[TRUSTED_FILE_WHY_MAX];
static struct trust trust;

static int
make_folder(void **state)
{
    (void)state;
    folder = temporary_folder(NULL);
    trust = (struct trust){.owner = geteuid(), .secret_group = getegid(), .below = folder};
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    temporary_remove();
    return 0;
}

static const char *
in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void
write_file(const char *name, const char *content, mode_t mode)
{
    int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int
read_path(const char *name, enum trusted_file_kind kind, size_t size_max)
{
    struct secret content = SECRET_EMPTY;
    struct file_identity identity;
    int r = trusted_file_read(name, kind, &trust, size_max, &content, &identity, why);

    if (r == 0)
        assert_string_equal(content.data, "hello");
    secret_wipe(&content);
    return r;
}

static void
a_file_of_the_owners_is_read(void **state)
{
    (void)state;
    write_file("f", "hello", 0644);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), 0);
    assert_string_equal(why, "");
}

static void
others_may_not_write_it(void **state)
{
    (void)state;
    write_file("f", "hello", 0664);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, "chmod go-w"));
    assert_non_null(strstr(why, path));
    write_file("f", "hello", 0646);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
}

static void
others_may_not_read_a_secret(void **state)
{
    (void)state;
    write_file("f", "hello", 0640);
    assert_int_equal(read_path(path, TRUSTED_FILE_SECRET, 5), 0);
    write_file("f", "hello", 0644);
    assert_int_equal(read_path(path, TRUSTED_FILE_SECRET, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, " has mode 0644, others may read the secrets in it: chown "
                                "root:_aws-role and chmod 0640"));
    write_file("f", "hello", 0640);
    trust.secret_group = getegid() + 1;
    if (getegid() != 0) /* root's group may read it, whatever the service's is */
        assert_int_equal(read_path(path, TRUSTED_FILE_SECRET, 5), AWS_ROLE_ERR_UNTRUSTED);
    if (geteuid() != 0) /* who may not give it to another group */
        return;
    assert_int_equal(chown(path, (uid_t)-1, 4321), 0);
    assert_int_equal(read_path(path, TRUSTED_FILE_SECRET, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, " has mode 0640 and group 4321, others may read the secrets"));
}

static void
another_owner_is_refused(void **state)
{
    (void)state;
    write_file("f", "hello", 0644);
    trust.owner = geteuid() + 1;
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, "chown"));
}

static void
links_are_not_followed(void **state)
{
    char target[4200];

    (void)state;
    write_file("f", "hello", 0644);
    snprintf(target, sizeof target, "%s", path);
    assert_int_equal(symlink(target, in_folder("link")), 0);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, "symbolic link"));
    assert_int_equal(symlink(folder, in_folder("d")), 0);
    assert_int_equal(read_path(in_folder("d/f"), TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
}

static void
a_folder_on_the_way_that_others_write_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("d"), 0755), 0);
    write_file("d/f", "hello", 0644);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), 0);
    assert_int_equal(chmod(in_folder("d"), 0775), 0);
    assert_int_equal(read_path(in_folder("d/f"), TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_non_null(strstr(why, "/d "));
}

static void
what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(in_folder("fifo"), 0644), 0);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(mkdir(in_folder("d"), 0755), 0);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(read_path(in_folder("none"), TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_NOT_FOUND);
}

static void
a_path_is_absolute_and_plain(void **state)
{
    (void)state;
    write_file("f", "hello", 0644);
    assert_int_equal(read_path("f", TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(read_path("", TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(read_path("/", TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(read_path(in_folder("./f"), TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(read_path(in_folder("../f"), TRUSTED_FILE_PUBLIC, 5),
                     AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(read_path(in_folder("f/"), TRUSTED_FILE_PUBLIC, 5), AWS_ROLE_ERR_UNTRUSTED);
}

static void
size_is_bounded(void **state)
{
    (void)state;
    write_file("f", "hello", 0644);
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 4), AWS_ROLE_ERR_TOO_BIG);
    assert_non_null(strstr(why, "4 bytes"));
}

static void
content_can_be_read_wherever_it_lies(void **state)
{
    (void)state;
    write_file("f", "hello", 0666);
    trust.content_only = 1;
    trust.owner = geteuid() + 1;
    assert_int_equal(read_path(path, TRUSTED_FILE_PUBLIC, 5), 0);
    assert_int_equal(read_path(path, TRUSTED_FILE_SECRET, 5), 0);
}

static void
another_file_in_its_place_has_another_identity(void **state)
{
    struct file_identity first, second;
    int fd;

    (void)state;
    write_file("f", "hello", 0644);
    assert_int_equal(trusted_file_open(path, TRUSTED_FILE_PUBLIC, &trust, &fd, &first, why), 0);
    write_file("g", "hello", 0644);
    assert_int_equal(trusted_file_open(path, TRUSTED_FILE_PUBLIC, &trust, &fd, &second, why), 0);
    close(fd);
    assert_memory_not_equal(&first, &second, sizeof first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_of_the_owners_is_read),
        TEST(others_may_not_write_it),
        TEST(others_may_not_read_a_secret),
        TEST(another_owner_is_refused),
        TEST(links_are_not_followed),
        TEST(a_folder_on_the_way_that_others_write_is_refused),
        TEST(what_is_no_file_is_refused),
        TEST(a_path_is_absolute_and_plain),
        TEST(size_is_bounded),
        TEST(content_can_be_read_wherever_it_lies),
        TEST(another_file_in_its_place_has_another_identity),
    };

    return cmocka_run_group_tests_name("trusted_file", tests, NULL, NULL);
}
