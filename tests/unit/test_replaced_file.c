/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/replaced_file.h"
#include "common/error.h"
#include "temporary.h"

#define SIZE_MAX_HERE 1000

struct fixture {
    const char *folder;
    char path[PATH_MAX]; /* FOLDER/config */
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->folder = temporary_folder(NULL);
    snprintf(fixture->path, sizeof fixture->path, "%s/config", fixture->folder);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    temporary_remove();
    free(*state);
    return 0;
}

/* A path in the folder; the next call but three takes its memory. */
static const char *
path_of(const struct fixture *fixture, const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned int next;
    char *path = paths[next++ % 4];

    snprintf(path, PATH_MAX, "%s/%s", fixture->folder, name);
    return path;
}

static void
assert_holds(const char *path, const char *expected, mode_t mode)
{
    char text[SIZE_MAX_HERE] = {0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 07777, mode);
    assert_true(read(fd, text, sizeof text - 1) >= 0);
    assert_string_equal(text, expected);
    close(fd);
}

/* Nothing is left beside `count` entries. */
static void
assert_entries(const char *folder, int count)
{
    DIR *list = opendir(folder);
    const struct dirent *entry;

    assert_non_null(list);
    while ((entry = readdir(list)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            count--;
    closedir(list);
    assert_int_equal(count, 0);
}

static void
replace(const char *path, const char *text)
{
    struct replaced_file file;

    assert_int_equal(replaced_file_read(&file, path, SIZE_MAX_HERE), 0);
    assert_int_equal(replaced_file_write(&file, text, strlen(text)), 0);
    replaced_file_close(&file);
}

static void
a_new_file_is_the_persons_alone(void **state)
{
    struct fixture *fixture = *state;
    mode_t mask = umask(0);

    replace(fixture->path, "new");
    umask(0777);
    replace(path_of(fixture, "other"), "covered");
    umask(mask);
    assert_holds(fixture->path, "new", 0600);
    assert_holds(path_of(fixture, "other"), "covered", 0600);
    assert_entries(fixture->folder, 2);
}

static void
a_new_folder_is_the_persons_alone(void **state)
{
    struct fixture *fixture = *state;
    mode_t mask = umask(0);
    struct stat status;

    replace(path_of(fixture, "aws/config"), "x");
    umask(mask);
    assert_holds(path_of(fixture, "aws/config"), "x", 0600);
    assert_entries(path_of(fixture, "aws"), 1);
    assert_int_equal(stat(path_of(fixture, "aws"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

static void
mode_and_owner_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct stat before, after;

    temporary_write(fixture->path, 0640, "old");
    if (geteuid() == 0)
        assert_int_equal(chown(fixture->path, 12345, 54321), 0);
    assert_int_equal(chmod(fixture->path, 0644), 0);
    assert_int_equal(stat(fixture->path, &before), 0);
    replace(fixture->path, "new");
    assert_int_equal(stat(fixture->path, &after), 0);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_true(after.st_ino != before.st_ino);
    assert_holds(fixture->path, "new", 0644);
    assert_entries(fixture->folder, 1);
}

static void
a_link_stays_and_its_target_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    char target[64];

    assert_int_equal(mkdir(path_of(fixture, "dotfiles"), 0700), 0);
    temporary_write(path_of(fixture, "dotfiles/config"), 0600, "old");
    assert_int_equal(symlink("dotfiles/link", fixture->path), 0);
    assert_int_equal(symlink("config", path_of(fixture, "dotfiles/link")), 0);
    replace(fixture->path, "new");
    assert_holds(path_of(fixture, "dotfiles/config"), "new", 0600);
    assert_int_equal(readlink(fixture->path, target, sizeof target), 13);
    assert_entries(path_of(fixture, "dotfiles"), 2);
    assert_entries(fixture->folder, 2);
}

static void
a_link_to_nothing_makes_its_target(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;

    assert_int_equal(symlink(path_of(fixture, "target"), fixture->path), 0);
    replace(fixture->path, "new");
    assert_holds(path_of(fixture, "target"), "new", 0600);
    assert_int_equal(lstat(fixture->path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static void
what_is_no_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct replaced_file file;

    assert_int_equal(replaced_file_read(&file, fixture->folder, SIZE_MAX_HERE),
                     AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    assert_int_equal(replaced_file_read(&file, fixture->path, SIZE_MAX_HERE),
                     AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(replaced_file_read(&file, "/dev/zero", SIZE_MAX_HERE),
                     AWS_ROLE_ERR_UNTRUSTED);
    assert_int_equal(symlink("loop", path_of(fixture, "loop")), 0);
    assert_int_equal(replaced_file_read(&file, path_of(fixture, "loop"), SIZE_MAX_HERE),
                     AWS_ROLE_ERR_SYSTEM);
    assert_int_equal(errno, ELOOP);
    temporary_write(path_of(fixture, "file"), 0600, "x");
    assert_int_equal(replaced_file_read(&file, path_of(fixture, "file/config"), SIZE_MAX_HERE),
                     AWS_ROLE_ERR_SYSTEM);
    assert_int_equal(errno, ENOTDIR);
}

static void
what_is_too_large_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct replaced_file file;

    temporary_write(fixture->path, 0600, "");
    assert_int_equal(truncate(fixture->path, SIZE_MAX_HERE), 0);
    assert_int_equal(replaced_file_read(&file, fixture->path, SIZE_MAX_HERE), 0);
    assert_int_equal(file.size, SIZE_MAX_HERE);
    replaced_file_close(&file);
    assert_int_equal(truncate(fixture->path, SIZE_MAX_HERE + 1), 0);
    assert_int_equal(replaced_file_read(&file, fixture->path, SIZE_MAX_HERE),
                     AWS_ROLE_ERR_TOO_BIG);
    assert_int_equal(truncate(fixture->path, 100L * 1024 * 1024 * 1024), 0);
    assert_int_equal(replaced_file_read(&file, fixture->path, SIZE_MAX_HERE),
                     AWS_ROLE_ERR_TOO_BIG);
    assert_null(file.text);
}

static void
somebody_elses_change_is_not_lost(void **state)
{
    struct fixture *fixture = *state;
    struct replaced_file file;

    temporary_write(fixture->path, 0600, "old");
    assert_int_equal(replaced_file_read(&file, fixture->path, SIZE_MAX_HERE), 0);
    assert_int_equal(unlink(fixture->path), 0);
    temporary_write(fixture->path, 0600, "theirs");
    assert_int_equal(replaced_file_write(&file, "ours", 4), AWS_ROLE_ERR_BUSY);
    assert_holds(fixture->path, "theirs", 0600);
    replaced_file_close(&file);
    /* One that was not there before, and one that is gone. */
    assert_int_equal(replaced_file_read(&file, path_of(fixture, "new"), SIZE_MAX_HERE), 0);
    temporary_write(path_of(fixture, "new"), 0600, "theirs");
    assert_int_equal(replaced_file_write(&file, "ours", 4), AWS_ROLE_ERR_BUSY);
    assert_holds(path_of(fixture, "new"), "theirs", 0600);
    replaced_file_close(&file);
    assert_int_equal(replaced_file_read(&file, fixture->path, SIZE_MAX_HERE), 0);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(replaced_file_write(&file, "ours", 4), AWS_ROLE_ERR_BUSY);
    replaced_file_close(&file);
    assert_entries(fixture->folder, 1);
}

/* A disk that is full, as far as one process is concerned. */
static void
what_cannot_be_written_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    int status = -1;
    pid_t pid;

    temporary_write(fixture->path, 0600, "old");
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit limit = {2, 2};
        struct replaced_file file;

        signal(SIGXFSZ, SIG_IGN);
        if (replaced_file_read(&file, fixture->path, SIZE_MAX_HERE) != 0 ||
            setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        _exit(replaced_file_write(&file, "new text", 8) == AWS_ROLE_ERR_SYSTEM && errno == EFBIG
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_holds(fixture->path, "old", 0600);
    assert_entries(fixture->folder, 1);
}

static void
a_folder_that_cannot_be_made_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct replaced_file file;

    assert_int_equal(replaced_file_read(&file, path_of(fixture, "a/b/config"), SIZE_MAX_HERE), 0);
    assert_int_equal(replaced_file_write(&file, "x", 1), AWS_ROLE_ERR_SYSTEM);
    assert_int_equal(errno, ENOENT);
    assert_entries(fixture->folder, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_the_persons_alone),
        TEST(a_new_folder_is_the_persons_alone),
        TEST(mode_and_owner_are_kept),
        TEST(a_link_stays_and_its_target_is_replaced),
        TEST(a_link_to_nothing_makes_its_target),
        TEST(what_is_no_file_is_refused),
        TEST(what_is_too_large_is_refused),
        TEST(somebody_elses_change_is_not_lost),
        TEST(what_cannot_be_written_changes_nothing),
        TEST(a_folder_that_cannot_be_made_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
