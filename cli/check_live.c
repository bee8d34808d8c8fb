/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/check_live.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/spawn.h"

#define NOBODY 65534 /* whom the probe becomes when root calls */
#define ANSWERED 3   /* ERRAND_ANSWERED of broker/errand.h */
#define LINE_SIZE 512

/* Those of aws-role-fence(8). */
static const struct {
    const char *address, *what;
} services[] = {
    {"169.254.169.254", "an ordinary user gets through to the instance metadata service"},
    {"fd00:ec2::254", "an ordinary user gets through to the instance metadata service"},
    {"169.254.170.2", "an ordinary user gets through to the credentials of ECS"},
    {"169.254.170.23", "an ordinary user gets through to the credentials of EKS"},
    {"fd00:ec2::23", "an ordinary user gets through to the credentials of EKS"},
};
#define SERVICES (sizeof services / sizeof services[0])

/* 0 with the child's `*pid`. */
static int
start_probe(const struct check *check, const char *as, const char *address, pid_t *pid)
{
    char program[] = "aws-role-broker", errand[16], argument[64];
    char *argv[] = {program, errand, argument, NULL};

    snprintf(errand, sizeof errand, "%s", as);
    snprintf(argument, sizeof argument, "%s", address);
    return spawn_child(check->installed->broker, argv, NULL, 0, pid);
}

/* The probe's exit status, -1 when it did not end by itself. */
static int
end_probe(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Is the line the user's name or uid, with at most a comment behind it. */
static int
is_named(char *line, const char *name, const char *uid)
{
    char *rest, *word;

    line[strcspn(line, "#")] = '\0';
    word = strtok_r(line, " \t\r\n", &rest);
    return word != NULL && strtok_r(NULL, " \t\r\n", &rest) == NULL &&
           ((name != NULL && strcmp(word, name) == 0) || strcmp(word, uid) == 0);
}

/* 1 when the file, as far as it may be read, lets the one who tries pass. */
static int
may_pass(const struct check *check)
{
    uid_t tries = geteuid() == 0 ? NOBODY : geteuid();
    const struct passwd *user = getpwuid(tries);
    FILE *file = fopen(check->installed->metadata_users, "re");
    char uid[16], line[LINE_SIZE];
    int found = 0;

    if (file == NULL)
        return 0;
    snprintf(uid, sizeof uid, "%lu", (unsigned long)tries);
    while (!found && fgets(line, sizeof line, file) != NULL)
        found = is_named(line, user == NULL ? NULL : user->pw_name, uid);
    fclose(file);
    return found;
}

/* Tries all of them at once: what each said, -1 when that is not known. */
static void
probe_all(const struct check *check, const char *errand, int *statuses)
{
    pid_t pids[SERVICES];
    int started[SERVICES];

    for (size_t i = 0; i < SERVICES; i++)
        started[i] = start_probe(check, errand, services[i].address, &pids[i]) == 0;
    for (size_t i = 0; i < SERVICES; i++)
        statuses[i] = started[i] ? end_probe(pids[i]) : -1;
}

/* Of one that did not answer. Only root can tell a fence from nobody who listens. */
static void
tell_closed(struct check *check, const char *address, int for_root)
{
    if (geteuid() != 0)
        terminal_line(&check->out, TERMINAL_PLAIN,
                      "%s: does not answer you; whether anything is there, root can tell", address);
    else if (for_root == ANSWERED)
        terminal_line(&check->out, TERMINAL_PLAIN, "%s: closed to ordinary users", address);
    else if (for_root == 0)
        terminal_line(&check->out, TERMINAL_PLAIN, "%s: nothing answers there, not even root",
                      address);
    else
        terminal_line(&check->out, TERMINAL_PLAIN,
                      "%s: does not answer ordinary users; as root it could not be tried", address);
}

static void
tell(struct check *check, size_t i, int status, int for_root)
{
    if (status == ANSWERED && may_pass(check))
        check_note(check, "%s answers %s, whom %s lets pass: this does not tell of other users",
                   services[i].address, geteuid() == 0 ? "nobody" : "you",
                   check->installed->metadata_users);
    else if (status == ANSWERED)
        check_problem(check, services[i].address, 0, services[i].what,
                      "as root, type aws-role-fence apply");
    else if (status == 0)
        tell_closed(check, services[i].address, for_root);
    else
        check_note(check, "%s could not be tried: see the authentication log, and run "
                   "aws-role check without --live", services[i].address);
}

void
check_live(struct check *check)
{
    int statuses[SERVICES], for_root[SERVICES] = {0};

    probe_all(check, "--probe", statuses);
    if (geteuid() == 0)
        probe_all(check, "--reach", for_root);
    for (size_t i = 0; i < SERVICES; i++)
        tell(check, i, statuses[i], for_root[i]);
}

void
check_live_hint(struct check *check)
{
    const struct config *config = check->config;

    if (geteuid() != 0 || config == NULL)
        return;
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_entry *source =
            config_own(config, &config->sections[i], KEY_CREDENTIAL_SOURCE);

        if (config->sections[i].kind == SECTION_SOURCE && source != NULL &&
            strcmp(source->value, "Ec2InstanceMetadata") == 0) {
            check_note(check, "whether ordinary users can ask for the instance's own role is told "
                       "by aws-role check --live");
            return;
        }
    }
}
