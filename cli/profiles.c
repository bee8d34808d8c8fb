/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/profiles.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/aws_config.h"
#include "cli/own_session.h"
#include "cli/replaced_file.h"
#include "cli/role_list.h"
#include "cli/terminal.h"
#include "cli/usage.h"
#include "common/error.h"
#include "common/wiping.h"

#define ANSWER_MS 5000
#define FILE_MAX (1024 * 1024)
#define DEFAULT "default"

static const char usage[] =
    "usage: aws-role profiles [--write]\n"
    "\n"
    "Prints what makes your roles profiles of ~/.aws/config, for programs that run without the\n"
    "session's variables: [profile NAME] for each role that you may take, and [default] for this\n"
    "shell's. AWS's tools then get the credentials by 'aws-role credential-process'.\n"
    "\n"
    "  --write  write them into ~/.aws/config, or the file that AWS_CONFIG_FILE names. Those of\n"
    "           an earlier time are replaced, all else stays as it is: where you have a profile\n"
    "           of the same name, yours is kept and ours left out.\n"
    "  --help   this text\n"
    "\n"
    "Exit status: 0 it is done, 1 it is not, 2 wrong usage, 3 no session of yours on this host\n"
    "holds a role.\n";

/* One of the two files of AWS: where it is, what it holds. */
struct source {
    char path[PATH_MAX];
    struct replaced_file file;
    struct aws_config config;
};

struct profiles {
    const struct record *list;
    char command[2 * PATH_MAX]; /* what runs aws-role, quoted */
    struct source config;
    struct source credentials;
    char *block;
    size_t count; /* of profiles in it */
    struct terminal errors;
};

static void
tell(const struct profiles *profiles, const char *path, const char *what)
{
    terminal_line(&profiles->errors, TERMINAL_PLAIN, "aws-role profiles: %s%s%s", path,
                  path[0] != '\0' ? ": " : "", what);
}

/* The person's home, as AWS's programs find it; "" when it is not known. */
static const char *
home(void)
{
    const char *folder = getenv("HOME");
    const struct passwd *user = NULL;

    if (folder == NULL || folder[0] == '\0')
        user = getpwuid(geteuid());
    if (user != NULL)
        folder = user->pw_dir;
    return folder != NULL ? folder : "";
}

/* The path of a file: `given`, with ~ for the home, or its usual place. 0: there is none. */
static int
find_path(struct source *source, const char *given, const char *name)
{
    int length;

    if (given == NULL || given[0] == '\0')
        length = snprintf(source->path, sizeof source->path, "%s/.aws/%s", home(), name);
    else if (given[0] == '~' && given[1] == '/')
        length = snprintf(source->path, sizeof source->path, "%s%s", home(), given + 1);
    else
        length = snprintf(source->path, sizeof source->path, "%s", given);
    return length > 0 && (size_t)length < sizeof source->path && source->path[0] != '\0';
}

/* A reason for people why a file cannot be used. */
static const char *
reason(int error)
{
    switch (error) {
    case AWS_ROLE_ERR_UNTRUSTED:
        return "is no regular file";
    case AWS_ROLE_ERR_TOO_BIG:
        return "is larger than 1 MiB, as no configuration is; nothing is changed";
    case AWS_ROLE_ERR_BUSY:
        return "was changed by somebody else at the same time; try again";
    case AWS_ROLE_ERR_SYSTEM:
        return strerror(errno);
    default:
        return error_text(error);
    }
}

/* Reads a file and finds what is ours in it. 0: it cannot be used, and that is said. */
static int
read_source(const struct profiles *profiles, struct source *source, enum aws_config_kind kind)
{
    int r = replaced_file_read(&source->file, source->path, FILE_MAX);
    char path[PATH_MAX + 16];
    unsigned int line;
    const char *why;

    if (r != 0) {
        tell(profiles, source->path, reason(r));
        return 0;
    }
    if (aws_config_read(&source->config, kind, source->file.text, source->file.size, &line,
                        &why) == 0)
        return 1;
    snprintf(path, sizeof path, line > 0 ? "%s:%u" : "%s", source->path, line);
    tell(profiles, path, why);
    return 0;
}

/* Quotes a path as sh(1) and Python's shlex both read it. 0: it cannot stand in such a file. */
static int
quote(const char *path, char *quoted, size_t size)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789%+,-./:=@_";
    size_t used = 0;

    if (path[0] != '/')
        return 0;
    if (path[strspn(path, plain)] == '\0')
        return (size_t)snprintf(quoted, size, "%s", path) < size;
    quoted[used++] = '\'';
    for (; *path != '\0'; path++) {
        if (*path < ' ' || *path > '~' || used + 8 > size)
            return 0;
        used += (size_t)snprintf(quoted + used, size - used, *path == '\'' ? "'\\''" : "%c", *path);
    }
    quoted[used++] = '\'';
    quoted[used] = '\0';
    return 1;
}

/* The file that has a profile of that name of the person's own; NULL. */
static const struct source *
find_other(const struct profiles *profiles, const char *name)
{
    if (aws_config_has_other(&profiles->config.config, name))
        return &profiles->config;
    if (aws_config_has_other(&profiles->credentials.config, name))
        return &profiles->credentials;
    return NULL;
}

/* Adds a profile to the block, or says why there is none. `role` NULL: that of the shell. */
static void
add_profile(struct profiles *profiles, const char *name, const char *role, const char *region,
            FILE *block)
{
    const struct source *other = find_other(profiles, name);

    if (other != NULL) {
        terminal_line(&profiles->errors, TERMINAL_PLAIN,
                      "note: %s has a profile %s of your own, which stays as it is; with ours it "
                      "would have: credential_process = %s credential-process%s%s",
                      other->path, name, profiles->command, role != NULL ? " --role " : "",
                      role != NULL ? role : "");
        return;
    }
    fprintf(block, "%s[%s%s]\ncredential_process = %s credential-process%s%s\n",
            profiles->count > 0 ? "\n" : "", strcmp(name, DEFAULT) == 0 ? "" : "profile ", name,
            profiles->command, role != NULL ? " --role " : "", role != NULL ? role : "");
    if (region != NULL)
        fprintf(block, "region = %s\n", region);
    profiles->count++;
}

static void
add_profiles(struct profiles *profiles, FILE *block)
{
    const char *standard = record_text(profiles->list, FIELD_ROLE);
    struct role_list role = {0};

    add_profile(profiles, DEFAULT, NULL,
                standard != NULL ? role_list_region(profiles->list, standard) : NULL, block);
    while (role_list_next(&role, profiles->list)) {
        if (strcmp(role.name, DEFAULT) != 0)
            add_profile(profiles, role.name, role.name, role.region, block);
        else
            terminal_line(&profiles->errors, TERMINAL_PLAIN,
                          "note: the role default has no profile: [default] is that of the shell's "
                          "role, and there is no other of this name");
    }
}

/* Makes the block with its two lines, or "" when every profile is the person's own. */
static int
make_block(struct profiles *profiles)
{
    size_t size = 0;
    FILE *block = open_memstream(&profiles->block, &size);

    if (block == NULL)
        return AWS_ROLE_ERR_MEMORY;
    fputs(AWS_CONFIG_BEGIN "\n", block);
    add_profiles(profiles, block);
    fputs(AWS_CONFIG_END "\n", block);
    if (fclose(block) != 0)
        return AWS_ROLE_ERR_MEMORY;
    if (profiles->count == 0)
        profiles->block[0] = '\0';
    return 0;
}

/*
 * Root may be here with somebody else's home or variables, as after su(1) without -l, and should
 * not follow that person's links. 0 when it must not write; what there is to say is said.
 */
static int
root_may_write(const struct profiles *profiles, const char *given)
{
    struct stat status;

    if (geteuid() != 0)
        return 1;
    if (given != NULL && given[0] != '\0') {
        tell(profiles, given, "root writes its own ~/.aws/config alone: unset AWS_CONFIG_FILE");
        return 0;
    }
    if (stat(home(), &status) == 0 && status.st_uid != 0) {
        tell(profiles, home(), "this is somebody else's home; run it as them");
        return 0;
    }
    return 1;
}

static int
write_file(const struct profiles *profiles)
{
    const struct source *config = &profiles->config;
    struct terminal out;
    size_t size = 0;
    int r, is_same;
    char *text = aws_config_merge(&config->config, profiles->block, &size);

    if (text == NULL) {
        tell(profiles, "", error_text(AWS_ROLE_ERR_MEMORY));
        return VERB_FAILED;
    }
    is_same = size == config->file.size &&
              (size == 0 || memcmp(text, config->file.text, size) == 0);
    r = is_same ? 0 : replaced_file_write(&config->file, text, size);
    wiping_free(text);
    if (r != 0) {
        tell(profiles, config->path, reason(r));
        return VERB_FAILED;
    }
    terminal_open(&out, stdout);
    terminal_line(&out, TERMINAL_PLAIN, "%s %s %zu profile%s for your roles", config->file.path,
                  is_same ? "has, as before," : "now has", profiles->count,
                  profiles->count == 1 ? "" : "s");
    return VERB_OK;
}

static int
do_all(struct profiles *profiles, const struct installed *installed, int write)
{
    const char *given = getenv("AWS_CONFIG_FILE");

    if (!quote(installed->program, profiles->command, sizeof profiles->command)) {
        tell(profiles, installed->program, "a path like this cannot stand in such a file");
        return VERB_FAILED;
    }
    if (!find_path(&profiles->config, given, "config") ||
        !find_path(&profiles->credentials, getenv("AWS_SHARED_CREDENTIALS_FILE"),
                   "credentials")) {
        tell(profiles, "", "the path of ~/.aws/config is too long");
        return VERB_FAILED;
    }
    if (write && !root_may_write(profiles, given))
        return VERB_FAILED;
    if (!read_source(profiles, &profiles->config, AWS_CONFIG_PROFILES) ||
        !read_source(profiles, &profiles->credentials, AWS_CONFIG_CREDENTIALS))
        return VERB_FAILED;
    if (make_block(profiles) != 0) {
        tell(profiles, "", error_text(AWS_ROLE_ERR_MEMORY));
        return VERB_FAILED;
    }
    if (write)
        return write_file(profiles);
    fputs(profiles->block, stdout);
    return VERB_OK;
}

static int
list_and_do(const struct installed *installed, int write)
{
    struct profiles *profiles = calloc(1, sizeof *profiles);
    struct own_session session;
    struct record list;
    int r;

    own_session_open(&session, installed);
    r = own_session_list(&session, &list, deadline_in(ANSWER_MS));
    if (r == VERB_OK && profiles == NULL)
        r = own_session_fail(&session, AWS_ROLE_ERR_MEMORY);
    if (r != VERB_OK) {
        own_session_tell(&session, "profiles", r);
        goto out;
    }
    profiles->list = &list;
    terminal_open(&profiles->errors, stderr);
    r = do_all(profiles, installed, write);
    replaced_file_close(&profiles->config.file);
    replaced_file_close(&profiles->credentials.file);
    free(profiles->block);
out:
    free(profiles);
    record_wipe(&list);
    return r;
}

int
profiles_run(const struct installed *installed, int argc, char **argv)
{
    static const struct option options[] = {
        {"write", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int option, write = 0;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return VERB_OK;
        }
        if (option != 'w')
            return usage_refuse("profiles", usage, NULL, NULL);
        write = 1;
    }
    if (optind != argc)
        return usage_refuse("profiles", usage, "takes no argument", argv[optind]);
    return list_and_do(installed, write);
}
