/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/config_check.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/protocol.h"
#include "policy/config_chain.h"
#include "policy/expand.h"
#include "policy/list.h"
#include "policy/shape.h"

/* STS API reference, AssumeRole, DurationSeconds: the most for a role taken with a role. */
#define CHAINED_DURATION_MAX 3600

struct checker {
    const struct config *config;
    struct problems *problems;
    int elsewhere; /* 1: the STS is not AWS's own, [defaults] sts_endpoint */
    struct config_chain *chain;
};

/* What makes a [source], and which keys of a role its call does not carry. */
static const struct source_kind {
    enum config_key key;
    int is_role;   /* 1: it takes the role_arn of the role that names it */
    int is_person; /* 1: its credentials may be an IAM user's, who may have an MFA device */
    enum config_key not_carried[8];
    size_t not_carried_count;
} source_kinds[] = {
    {KEY_CREDENTIAL_SOURCE, 0, 0, {0}, 0},
    {KEY_PROFILE, 0, 1, {0}, 0},
    {KEY_CREDENTIAL_PROCESS, 0, 1, {0}, 0},
    {KEY_WEB_IDENTITY_TOKEN_FILE, 1, 0,
     {KEY_EXTERNAL_ID, KEY_SOURCE_IDENTITY, KEY_TAGS, KEY_TRANSITIVE_TAG_KEYS}, 4},
    {KEY_TRUST_ANCHOR_ARN, 1, 0,
     {KEY_EXTERNAL_ID, KEY_SOURCE_IDENTITY, KEY_TAGS, KEY_TRANSITIVE_TAG_KEYS, KEY_POLICY,
      KEY_POLICY_ARNS}, 6},
    {KEY_LOGIN_SESSION, 0, 0, {0}, 0}, /* STS gives its credentials no session token */
};

#define SOURCE_KINDS (sizeof source_kinds / sizeof source_kinds[0])

static const struct source_kind *
kind_of_source(const struct config *config, const struct config_section *source)
{
    for (size_t i = 0; i < SOURCE_KINDS; i++)
        if (config_own(config, source, source_kinds[i].key) != NULL)
            return &source_kinds[i];
    return NULL;
}

/* The keys that are nothing without another one of their section. */
static void
check_companion(struct checker *checker, const struct config_section *source, enum config_key key,
                enum config_key needs)
{
    const struct config_entry *entry = config_own(checker->config, source, key);

    if (entry != NULL && config_own(checker->config, source, needs) == NULL)
        problem_add(checker->problems, entry->file, entry->line,
                    "[source %s] has %s and no %s\nwrite both, or neither", source->name,
                    config_keys_name(key), config_keys_name(needs));
}

static void
check_source(struct checker *checker, const struct config_section *source)
{
    static const enum config_key anywhere[] = {KEY_TRUST_ANCHOR_ARN, KEY_PROFILE_ARN,
                                               KEY_CERTIFICATE, KEY_PRIVATE_KEY};
    const struct config *config = checker->config;
    const struct source_kind *kind = kind_of_source(config, source);
    const struct config_entry *mfa = config_own(config, source, KEY_MFA_SERIAL);

    for (size_t i = 0; i < sizeof anywhere / sizeof anywhere[0]; i++)
        check_companion(checker, source, anywhere[i], anywhere[(i + 1) % 4]);
    check_companion(checker, source, KEY_CREDENTIALS_FILE, KEY_PROFILE);
    if (config_own(config, source, KEY_PROFILE) == NULL) /* whose file may name the device */
        check_companion(checker, source, KEY_MFA_SESSION_SECONDS, KEY_MFA_SERIAL);
    if (kind == NULL) {
        if (!source->is_cut)
            problem_add(checker->problems, source->file, source->line,
                        "[source %s] does not say where its credentials are\nwrite "
                        "credential_source = Ec2InstanceMetadata, profile = NAME or "
                        "login_session = ARN", source->name);
        return;
    }
    for (const struct source_kind *other = kind + 1; other < source_kinds + SOURCE_KINDS; other++) {
        const struct config_entry *entry = config_own(config, source, other->key);

        if (entry != NULL)
            problem_add(checker->problems, entry->file, entry->line,
                        "[source %s] has %s beside %s\nkeep one, and make a [source] of its own "
                        "of the other", source->name, config_keys_name(other->key),
                        config_keys_name(kind->key));
    }
    if (mfa != NULL && !kind->is_person)
        problem_add(checker->problems, mfa->file, mfa->line,
                    "mfa_serial beside %s, whose credentials are no IAM user's\nremove it",
                    config_keys_name(kind->key));
}

static void
check_defaults(struct checker *checker, const struct config_section *defaults)
{
    static const enum config_key flags[] = {KEY_USE_FIPS_ENDPOINT, KEY_USE_DUALSTACK_ENDPOINT};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const struct config_entry *flag = config_own(checker->config, defaults, flags[i]);

        if (flag != NULL && checker->elsewhere && strcmp(flag->value, "true") == 0)
            problem_add(checker->problems, flag->file, flag->line,
                        "%s beside sts_endpoint\nremove one: an endpoint of your own is used as "
                        "it is written", config_keys_name(flags[i]));
    }
}

/* 1 for an entry that is there and about whose value nothing has been said yet. */
static int
is_good(const struct config_entry *entry)
{
    char why[CONFIG_KEYS_WHY_MAX];

    return entry != NULL && config_keys_check(entry->key, entry->value, why) == 0;
}

/* One ARN or a list of them, which has to be AWS's. */
static void
check_arns(struct checker *checker, const struct config_entry *entry)
{
    const char *list = is_good(entry) ? entry->value : NULL;
    char why[SHAPE_WHY_MAX];
    struct shape_arn fields;
    struct list_item item;

    while (list_next(&list, &item))
        if (shape_split_arn(item.text, &fields) && shape_arn_at_aws(&fields, why) != 0)
            problem_add(checker->problems, entry->file, entry->line, "%s: %s",
                        config_keys_name(entry->key), why);
}

/* [defaults] and [role]s, each by itself: what depends on whose STS it is. */
static void
check_values(struct checker *checker, const struct config_section *section)
{
    const struct config_entry *region = config_own(checker->config, section, KEY_REGION);
    const struct config_entry *source = config_own(checker->config, section, KEY_SOURCE);
    const struct config_entry *chained = config_own(checker->config, section, KEY_SOURCE_ROLE);
    char why[SHAPE_WHY_MAX];

    if (!checker->elsewhere && is_good(region) && shape_region(region->value, 0, why) != 0)
        problem_add(checker->problems, region->file, region->line, "region: %s", why);
    if (!checker->elsewhere) {
        check_arns(checker, config_own(checker->config, section, KEY_ROLE_ARN));
        check_arns(checker, config_own(checker->config, section, KEY_POLICY_ARNS));
    }
    if (source != NULL && chained != NULL)
        problem_add(checker->problems, chained->file, chained->line,
                    "source_role beside source in line %u\nkeep the one that the role is taken "
                    "with", source->line);
}

static void
check_partition(struct checker *checker, const struct config_section *role,
                const struct config_entry *arn)
{
    const char *region = config_value(checker->config, role, KEY_REGION), *partition;
    struct shape_arn fields;
    size_t length;

    if (checker->elsewhere || !shape_split_arn(arn->value, &fields))
        return;
    partition = shape_partition(region);
    length = fields.length[SHAPE_ARN_PARTITION];
    if (strlen(partition) == length &&
        strncmp(partition, fields.field[SHAPE_ARN_PARTITION], length) == 0)
        return;
    problem_add(checker->problems, arn->file, arn->line,
                "[role %s] is of the partition %.*s, its region %s of %s\nwrite a region of the "
                "role's partition", role->name, (int)(length > 64 ? 64 : length),
                fields.field[SHAPE_ARN_PARTITION], region, partition);
}

static void
check_tags(struct checker *checker, const struct config_section *role)
{
    const char *tags = config_value(checker->config, role, KEY_TAGS);
    const struct config_entry *entry = config_entry(checker->config, role,
                                                    KEY_TRANSITIVE_TAG_KEYS);
    const char *keys = is_good(entry) ? entry->value : NULL;
    struct list_item item;

    while (keys != NULL && list_next(&keys, &item))
        if (tags == NULL || !list_has_key(tags, item.text))
            problem_add(checker->problems, entry->file, entry->line,
                        "[role %s] has no tag \"%.128s\" to make transitive\nadd it to tags, or "
                        "remove it here", role->name, item.text);
}

/* What the call of the role's source cannot do. */
static void
check_call(struct checker *checker, const struct config_section *role,
           const struct config_section *source, const struct config_entry *base)
{
    const struct source_kind *kind = kind_of_source(checker->config, source);
    const struct config_entry *entry = config_own(checker->config, source, KEY_CREDENTIAL_SOURCE);
    const char *missing = NULL;

    if (kind == NULL)
        return; /* said already */
    if (kind->key == KEY_CREDENTIAL_SOURCE && strcmp(entry->value, "EcsContainer") == 0)
        missing = "credential_source = EcsContainer";
    else if (kind->key != KEY_CREDENTIAL_SOURCE && kind->key != KEY_PROFILE &&
             kind->key != KEY_LOGIN_SESSION)
        missing = config_keys_name(kind->key);
    if (missing != NULL)
        problem_add(checker->problems, base->file, base->line,
                    "[role %s] is taken with [source %s], whose %s is not in this version\nname a "
                    "source with credential_source = Ec2InstanceMetadata, profile or "
                    "login_session",
                    role->name, source->name, missing);
    for (size_t i = 0; i < kind->not_carried_count; i++) {
        entry = config_entry(checker->config, role, kind->not_carried[i]);
        if (entry != NULL)
            problem_add(checker->problems, entry->file, entry->line,
                        "[role %s] is taken with [source %s], whose call cannot carry %s\n"
                        "remove it, or name another source", role->name, source->name,
                        config_keys_name(kind->not_carried[i]));
    }
}

/* 1 when what the role is taken with is a role itself: AWS's cap of an hour then holds. */
static int
is_chained(const struct config *config, const struct config_entry *base,
           const struct config_section *source)
{
    const struct source_kind *kind;

    if (base->key == KEY_SOURCE_ROLE)
        return 1;
    kind = source == NULL ? NULL : kind_of_source(config, source);
    return kind != NULL && kind->key == KEY_CREDENTIAL_SOURCE;
}

static void
check_duration(struct checker *checker, const struct config_section *role)
{
    const struct config_entry *entry = config_entry(checker->config, role, KEY_DURATION_SECONDS);

    if (!is_good(entry) || strtoul(entry->value, NULL, 10) <= CHAINED_DURATION_MAX)
        return;
    problem_add(checker->problems, entry->file, entry->line,
                "[role %s] is taken with a role's credentials, for which AWS allows %d seconds at "
                "most\nwrite duration_seconds = %d into [role %s], or take it with a profile",
                role->name, CHAINED_DURATION_MAX, CHAINED_DURATION_MAX, role->name);
}

static void
check_base(struct checker *checker, const struct config_section *role)
{
    const struct config *config = checker->config;
    const struct config_entry *base = config_base(config, role);
    const struct config_section *section;
    enum section_kind kind;

    if (base == NULL) {
        if (!role->is_cut)
            problem_add(checker->problems, role->file, role->line,
                        "[role %s] does not say what it is taken with\nwrite source = NAME into "
                        "it or into [defaults]", role->name);
        return;
    }
    kind = base->key == KEY_SOURCE ? SECTION_SOURCE : SECTION_ROLE;
    section = config_find(config, kind, base->value);
    if (section == NULL) {
        problem_add(checker->problems, base->file, base->line,
                    "%s: there is no [%s %.80s], which [role %s] is taken with\nwrite that "
                    "section, or the name of one that is there", config_keys_name(base->key),
                    config_keys_kind_name(kind), base->value, role->name);
        return;
    }
    if (kind == SECTION_SOURCE)
        check_call(checker, role, section, base);
    if (is_chained(config, base, section))
        check_duration(checker, role);
}

static void
check_role(struct checker *checker, const struct config_section *role)
{
    const struct config_entry *arn = config_entry(checker->config, role, KEY_ROLE_ARN);
    const struct config_entry *region = config_entry(checker->config, role, KEY_REGION);

    if (arn == NULL && !role->is_cut)
        problem_add(checker->problems, role->file, role->line,
                    "[role %s] has no role_arn\nwrite role_arn = arn:aws:iam::ACCOUNT:role/NAME",
                    role->name);
    else if (is_good(arn) && is_good(region))
        check_partition(checker, role, arn);
    check_tags(checker, role);
    check_base(checker, role);
}

/* One name of a `roles`. */
static void
check_name(struct checker *checker, const struct config_section *people,
           const struct config_entry *roles, const char *name)
{
    const struct config_section *role = config_find(checker->config, SECTION_ROLE, name);

    if (role == NULL)
        problem_add(checker->problems, roles->file, roles->line,
                    "roles: there is no [role %.80s]\nwrite that section, or the name of one that "
                    "is there; names are separated by blanks", name);
    else if (people->kind == SECTION_USER && config_chain_uses_group(checker->chain, role))
        problem_add(checker->problems, roles->file, roles->line,
                    "roles: %s needs %%{group}, which a [user] does not have\ngive it to a "
                    "[group], or write the role without %%{group}", name);
}

static void
check_people(struct checker *checker, const struct config_section *people)
{
    const struct config_entry *roles = config_own(checker->config, people, KEY_ROLES);
    char names[RECORD_ROLES_MAX][RECORD_ROLE_NAME_MAX + 2];
    const char *list;
    size_t count = 0;

    if (roles == NULL) {
        problem_add(checker->problems, people->file, people->line,
                    "[%s %.80s] has no roles\nwrite roles = NAME, or roles = for none",
                    config_keys_kind_name(people->kind), people->name);
        return;
    }
    list = roles->value;
    while (count < RECORD_ROLES_MAX &&
           (list = config_next_word(list, names[count], sizeof names[count])) != NULL) {
        check_name(checker, people, roles, names[count]);
        for (size_t i = 0; i < count; i++)
            if (strcmp(names[i], names[count]) == 0)
                problem_add(checker->problems, roles->file, roles->line,
                            "roles: %.80s is there twice\nremove one", names[count]);
        count++;
    }
    if (count == RECORD_ROLES_MAX && list != NULL && list[strspn(list, " \t")] != '\0')
        problem_add(checker->problems, roles->file, roles->line,
                    "roles: more than %d roles\nkeep to %d", RECORD_ROLES_MAX, RECORD_ROLES_MAX);
}

static void
check_section(struct checker *checker, const struct config_section *section)
{
    switch (section->kind) {
    case SECTION_DEFAULTS:
        check_defaults(checker, section);
        check_values(checker, section);
        break;
    case SECTION_SOURCE:
        check_source(checker, section);
        break;
    case SECTION_ROLE:
        check_values(checker, section);
        check_role(checker, section);
        break;
    case SECTION_GROUP:
    case SECTION_USER:
        check_people(checker, section);
        break;
    case SECTION_KIND_COUNT:
        break;
    }
}

int
config_check(const struct config *config, struct problems *problems)
{
    const struct config_section *defaults = config_find(config, SECTION_DEFAULTS, "");
    struct checker checker = {
        .config = config,
        .problems = problems,
        .elsewhere = config_own(config, defaults, KEY_STS_ENDPOINT) != NULL,
    };
    size_t before = problems_count(problems);
    int r = config_chain_make(config, problems, &checker.chain);

    if (r != 0)
        return r;
    for (size_t i = 0; i < config->section_count; i++)
        check_section(&checker, &config->sections[i]);
    config_chain_free(checker.chain);
    return problems_count(problems) > before ? AWS_ROLE_ERR_CONFIG : 0;
}
