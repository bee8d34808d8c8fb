/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_CONFIG_KEYS_H
#define AWS_ROLE_POLICY_CONFIG_KEYS_H

#include <stddef.h>

/* The sections and keys of aws-role.conf(5), and what each key's value may be: one table. */

enum section_kind {
    SECTION_DEFAULTS, /* the one without a name */
    SECTION_SOURCE,
    SECTION_ROLE,
    SECTION_GROUP,
    SECTION_USER,
    SECTION_KIND_COUNT
};

enum config_key {
    KEY_ROLE_ARN,
    KEY_SOURCE,
    KEY_SOURCE_ROLE,
    KEY_DURATION_SECONDS,
    KEY_EXTERNAL_ID,
    KEY_ROLE_SESSION_NAME,
    KEY_SOURCE_IDENTITY,
    KEY_TAGS,
    KEY_TRANSITIVE_TAG_KEYS,
    KEY_POLICY,
    KEY_POLICY_ARNS,
    KEY_REGION,
    KEY_EXPORT,
    KEY_STS_ENDPOINT,
    KEY_USE_FIPS_ENDPOINT,
    KEY_USE_DUALSTACK_ENDPOINT,
    KEY_CA_BUNDLE,
    KEY_HTTPS_PROXY,
    KEY_LINGER_SECONDS,
    KEY_CREDENTIAL_SOURCE,
    KEY_PROFILE,
    KEY_CREDENTIALS_FILE,
    KEY_CREDENTIAL_PROCESS,
    KEY_WEB_IDENTITY_TOKEN_FILE,
    KEY_TRUST_ANCHOR_ARN,
    KEY_PROFILE_ARN,
    KEY_CERTIFICATE,
    KEY_PRIVATE_KEY,
    KEY_LOGIN_SESSION,
    KEY_MFA_SERIAL,
    KEY_MFA_SESSION_SECONDS,
    KEY_ROLES,
    CONFIG_KEY_COUNT
};

#define CONFIG_KEYS_WHY_MAX 512

/* "defaults", "role", …: as written between the brackets. */
const char *config_keys_kind_name(enum section_kind kind);

/* The kind of that name, or -1. */
int config_keys_kind(const char *name);

/* The key as written in the file. */
const char *config_keys_name(enum config_key key);

/* The key of that name, or -1. */
int config_keys_find(const char *name);

/* 1 when sections of `kind` may hold `key`. */
int config_keys_allow(enum section_kind kind, enum config_key key);

/* The key of `kind` that `name` was probably meant to be, or NULL. */
const char *config_keys_nearest(enum section_kind kind, const char *name);

/*
 * 0 when `value` is one that `key` can have by itself. Otherwise AWS_ROLE_ERR_CONFIG, and `why`
 * (CONFIG_KEYS_WHY_MAX bytes) holds what is wrong, a newline, and how to mend it. A value that may
 * hold a secret is not repeated there.
 */
int config_keys_check(enum config_key key, const char *value, char *why);

#endif
