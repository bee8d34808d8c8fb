/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_COMMON_PROTOCOL_H
#define AWS_ROLE_COMMON_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/credentials.h"
#include "common/deadline.h"
#include "common/secret.h"

/*
 * What the module and the four programs say to each other, all of it.
 *
 * A record is one packet of an AF_UNIX SOCK_SEQPACKET socket, 2 bytes to 64 KiB: a version, a kind,
 * then fields, each a tag (1 byte), a length (2 bytes, most significant first) and a value. Text
 * carries its NUL, so that it can be used where it lies; a number is 8 bytes, most significant
 * first; secrets and byte strings are as they are. A record is refused whole when its version or
 * kind is unknown, when a field is unknown, repeated, not one of its kind's, missing, empty, too
 * long, or holds a NUL in text, and when a length does not add up.
 *
 *   module → broker   WHO (read by root), OPEN (after the drop), ANSWER; CLOSE
 *   broker → module   GRANT, NONE, PENDING, ASK
 *   broker → helper   OBTAIN, FROM?, then for each step STEP, KEPT?, BEGUN?, ANSWER?
 *   helper → broker   DONE for each step done, or ASK or FAIL for the one that ends it; END
 *   broker → stub     SERVE, once
 *   agent → broker    ROLE, REFRESH, LOGIN, ANSWER, FORGET
 *   broker → agent    GRANT, NONE, PENDING, ASK; each names its role
 *   cli → agent       GET, ROLES, STATUS, REFRESH, LOGIN, ANSWER, LOGOUT
 *   agent → cli       GRANT, NONE, PENDING, ASK, ROLE_LIST, STATE
 *
 * ENTRY is the record of the cache, HELD that of a session's ledger: what their files hold. PLAN
 * and the STEPs behind it are what a broker remembers of a question, see broker/answer.h.
 */
#define RECORD_VERSION 1
#define RECORD_SIZE_MAX 65536

enum record_kind {
    RECORD_WHO = 1,   /* USER */
    RECORD_OPEN,      /* SERVICE REPLY_BY, TTY? RHOST? AUTH_INFO? CONFIG? */
    RECORD_ANSWER,    /* ANSWER, ROLE? */
    RECORD_GRANT,     /* ROLE REFRESH_AT, credentials or endpoint, and what describes them */
    RECORD_NONE,      /* nobody gives this: WHY? ROLE? ROLES? SOCKET? */
    RECORD_PENDING,   /* not now: WHY, CLASS? ROLE? ROLES? ROLE_ARN? SOURCE? SOCKET?, endpoint? */
    RECORD_ASK,       /* PROMPT, STEP? WHY? URL? BEGUN? ROLE? INDEX? SOCKET?, endpoint? */
    RECORD_OBTAIN,    /* GIVE_UP CLOCK_OFFSET STEPS, PERSON? PORT? */
    RECORD_STEP,      /* STEP and what that step takes */
    RECORD_KEPT,      /* KEPT */
    RECORD_FROM,      /* credentials, STEP: the kind of the plan's first step */
    RECORD_DONE,      /* INDEX, credentials?, KEPT? KEPT_UNTIL? */
    RECORD_FAIL,      /* INDEX CLASS TEXT, CODE? REQUEST_ID? */
    RECORD_END,       /* CLOCK_OFFSET, CLASS?: why the configuration does not load */
    RECORD_ENTRY,     /* KEY, credentials? KEPT? KEPT_UNTIL?, or CLASS TEXT FRESH_UNTIL … */
    RECORD_ROLE,      /* ROLE?: the session's own when absent */
    RECORD_REFRESH,   /* ROLE? */
    RECORD_FORGET,    /* nothing */
    RECORD_GET,       /* ROLE? EXPORT?: the session's own when absent */
    RECORD_ROLES,     /* nothing */
    RECORD_STATUS,    /* ROLE? */
    RECORD_LOGIN,     /* ROLE? PORT? BROWSER?: a person is there to answer */
    RECORD_LOGOUT,    /* nothing */
    RECORD_ROLE_LIST, /* ROLES REGIONS?, ROLE?: the default */
    RECORD_STATE,     /* USER, what is known of the role, LAST_ERROR? */
    RECORD_HELD,      /* USER UID, what is known of the session, and of a role that it holds;
                         LINGER? once it has been closed */
    RECORD_PLAN,      /* ROLE ROLE_ARN EXPORT STEPS, and what describes the role */
    RECORD_SERVE,     /* EXPORT?: not known yet when absent */
    RECORD_CLOSE,     /* nothing */
    RECORD_BEGUN,     /* BEGUN */
    RECORD_KIND_COUNT
};

enum record_field {
    FIELD_USER = 1,          /* text */
    FIELD_SERVICE,           /* text */
    FIELD_TTY,               /* text */
    FIELD_RHOST,             /* text */
    FIELD_AUTH_INFO,         /* text: SSH_AUTH_INFO_0 of sshd_config(5) ExposeAuthInfo */
    FIELD_REPLY_BY,          /* number: deadline_t */
    FIELD_CONFIG,            /* text: path of the configuration file */
    FIELD_ANSWER,            /* secret: what a person typed */
    FIELD_PROMPT,            /* text */
    FIELD_WHY,               /* text: a reason for people */
    FIELD_SOCKET,            /* text: path of the agent's socket */
    FIELD_ROLE,              /* text: name of a [role] section */
    FIELD_ROLES,             /* bytes: names of roles, each with its NUL, the first the default */
    FIELD_REGION,            /* text */
    FIELD_REFRESH_AT,        /* number: seconds of this host's wall clock */
    FIELD_ACCESS_KEY_ID,     /* text */
    FIELD_SECRET_ACCESS_KEY, /* secret */
    FIELD_SESSION_TOKEN,     /* secret */
    FIELD_ARN,               /* text: whose the credentials are (assumed-role ARN) */
    FIELD_EXPIRES_AT,        /* number: seconds of the epoch */
    FIELD_VALID_UNTIL,       /* number: deadline_t */
    FIELD_FRESH_UNTIL,       /* number: deadline_t */
    FIELD_ENDPOINT_URI,      /* text */
    FIELD_ENDPOINT_TOKEN,    /* secret */
    FIELD_SOURCE,            /* text: where credentials came from, for people */
    FIELD_GIVE_UP,           /* number: deadline_t */
    FIELD_CLOCK_OFFSET,      /* number: AWS's clock minus ours, seconds, as int64_t */
    FIELD_STEPS,             /* number: how many STEP records follow, 1 to RECORD_STEPS_MAX */
    FIELD_STEP,              /* number: enum step_kind */
    FIELD_INDEX,             /* number: which of the steps of this obtain, from 0 */
    FIELD_PROFILE,           /* text: a profile of the credentials file */
    FIELD_CREDENTIALS_FILE,  /* text: path */
    FIELD_ROLE_ARN,          /* text */
    FIELD_ROLE_SESSION_NAME, /* text */
    FIELD_DURATION_SECONDS,  /* number */
    FIELD_EXTERNAL_ID,       /* text */
    FIELD_SOURCE_IDENTITY,   /* text */
    FIELD_TAGS,              /* bytes: key NUL value NUL, in order */
    FIELD_TRANSITIVE_TAG_KEYS, /* bytes: keys, each with its NUL */
    FIELD_POLICY,            /* text: JSON */
    FIELD_POLICY_ARNS,       /* bytes: ARNs, each with its NUL */
    FIELD_STS_ENDPOINT,      /* text: URL */
    FIELD_USE_FIPS,          /* number: 1, or absent */
    FIELD_USE_DUALSTACK,     /* number: 1, or absent */
    FIELD_CA_BUNDLE,         /* text: path */
    FIELD_HTTPS_PROXY,       /* text: URL without a password */
    FIELD_KEPT,              /* secret: what a step keeps for its next time */
    FIELD_KEPT_UNTIL,        /* number: deadline_t */
    FIELD_CLASS,             /* number: -(enum aws_role_error) */
    FIELD_CODE,              /* text: AWS's error code */
    FIELD_REQUEST_ID,        /* text: AWS's request id */
    FIELD_TEXT,              /* text: what happened and what to do, printable ASCII */
    FIELD_KEY,               /* bytes: the key of a cache entry */
    FIELD_LAST_ERROR,        /* text: the newest failure since the last success */
    FIELD_UID,               /* number */
    FIELD_LOGIN,             /* text: who came in, by the audit login uid */
    FIELD_EXPORT,            /* number: enum export */
    FIELD_LINGER,            /* number: seconds that a session goes on after its end */
    FIELD_REGIONS,           /* bytes: for each of ROLES its region, "-" where none is configured */
    FIELD_MACHINE,           /* number: of a plan's first steps, how many are the machine's own */
    FIELD_MFA_SERIAL,        /* text: ARN or serial number of an MFA device */
    FIELD_LOGIN_SESSION,     /* text: ARN of who is to sign in to the console */
    FIELD_PERSON,            /* number: 1, somebody is there to be asked; or absent */
    FIELD_PORT,              /* number: of 127.0.0.1, where a browser of this host brings a code */
    FIELD_URL,               /* text: the page at which a person finds what to answer */
    FIELD_BEGUN,             /* secret: what a step that asked needs once it is answered */
    FIELD_BROWSER,           /* number: enum browser_wish */
    FIELD_SENT,              /* number: 1, the service may have seen what was answered; or absent */
    RECORD_FIELD_COUNT
};

/* `export` of aws-role.conf(5): how a session has its credentials. */
enum export {
    EXPORT_KEYS = 1,
    EXPORT_ENDPOINT,
};

/* What a LOGIN to the agent wants of a browser of this host; no wish: the person types. */
enum browser_wish {
    BROWSER_OPEN = 1, /* a page of this host that leads a browser to the one that asks */
    BROWSER_WAIT,     /* what has become of that page, begun before; once it has, or soon */
};

/* The rows of DESIGN's table of steps that have a room in helper/steps/. */
enum step_kind {
    STEP_STATIC_KEYS = 1,   /* PROFILE CREDENTIALS_FILE */
    STEP_INSTANCE_METADATA, /* nothing */
    STEP_ASSUME_ROLE,       /* ROLE_ARN ROLE_SESSION_NAME, DURATION_SECONDS? EXTERNAL_ID? … */
    STEP_SESSION_TOKEN,     /* MFA_SERIAL DURATION_SECONDS; a person's code as ANSWER */
    STEP_CONSOLE_SIGN_IN,   /* LOGIN_SESSION; what the page of the URL asked for shows, as ANSWER */
    STEP_KIND_COUNT
};

#define RECORD_STEPS_MAX 16
#define RECORD_ROLES_MAX 64
#define RECORD_ROLE_NAME_MAX 64
#define RECORD_TEXT_MAX 512
#define RECORD_PATH_MAX 4095
#define RECORD_URL_MAX 2047

/*
 * One record, being built or received. `bytes` is the record as it travels, with the credentials in
 * it: record_wipe wipes it. Initialise with record_start, record_decode or record_receive.
 */
struct record {
    enum record_kind kind;
    struct secret bytes;
    uint16_t at[RECORD_FIELD_COUNT];   /* where the value of a field lies in `bytes`; 0: absent */
    uint16_t size[RECORD_FIELD_COUNT]; /* its length, the NUL of text included */
    int failed; /* the first error of a record_put_*, reported by record_send */
};

/* Starts an empty record of `kind`. Whatever `record` held is not wiped. */
void record_start(struct record *record, enum record_kind kind);

/*
 * Each of these adds a field. They return nothing: the first failure (a field twice, of another
 * type, too long, out of memory) is kept in `failed`. NULL or "" for text, an empty secret and
 * size 0 add no field.
 */
void record_put_text(struct record *record, enum record_field field, const char *text);
void record_put_number(struct record *record, enum record_field field, uint64_t number);
void record_put_secret(struct record *record, enum record_field field,
                       const struct secret *secret);
void record_put_bytes(struct record *record, enum record_field field, const void *bytes,
                      size_t size);

/* Adds a copy of a field of another record, if it is there. */
void record_put_from(struct record *record, enum record_field field, const struct record *from);

/*
 * Adds ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN, ARN, EXPIRES_AT, VALID_UNTIL, FRESH_UNTIL.
 */
void record_put_credentials(struct record *record, const struct credentials *credentials);

/* The field's value, lying in the record and valid as long as it; NULL when it is absent. */
const char *record_text(const struct record *record, enum record_field field);

/* The field's value; 0 when it is absent. */
uint64_t record_number(const struct record *record, enum record_field field);

/* The field's value and its size, not copied; NULL and 0 when it is absent. */
const void *record_bytes(const struct record *record, enum record_field field, size_t *size);

/* 1 when the field is there. */
int record_has(const struct record *record, enum record_field field);

/* Copies a secret field into `secret`; an absent one makes it empty. AWS_ROLE_ERR_MEMORY. */
int record_get_secret(const struct record *record, enum record_field field,
                      struct secret *secret);

/*
 * Copies the credentials of a record. AWS_ROLE_ERR_NOT_FOUND when it has none (no ACCESS_KEY_ID or
 * no SECRET_ACCESS_KEY), AWS_ROLE_ERR_MEMORY.
 */
int record_get_credentials(const struct record *record, struct credentials *credentials);

/*
 * The next of the NUL-ended strings of a bytes field, after `previous` (NULL: the first); NULL
 * after the last one.
 */
const char *record_next_string(const struct record *record, enum record_field field,
                               const char *previous);

/*
 * Checks what was built against the rules of its kind. 0, the `failed` of a record_put_*, or
 * AWS_ROLE_ERR_PROTOCOL. record_send does it too.
 */
int record_check(const struct record *record);

/*
 * Reads a record from memory, which is copied. AWS_ROLE_ERR_PROTOCOL, AWS_ROLE_ERR_MEMORY; the
 * record is empty then. Whatever `record` held is not wiped.
 */
int record_decode(struct record *record, const void *bytes, size_t size);

/*
 * Sends a record, waiting for room in the peer's queue until `deadline`. Never raises SIGPIPE.
 * AWS_ROLE_ERR_PROTOCOL (the record breaks its own rules), AWS_ROLE_ERR_PEER_GONE,
 * AWS_ROLE_ERR_DEADLINE, AWS_ROLE_ERR_SYSTEM.
 */
int record_send(int fd, const struct record *record, deadline_t deadline);

/*
 * Receives one record, waiting for it until `deadline`. Whatever `record` held is not wiped.
 * Descriptors that came along are closed and refuse the record. AWS_ROLE_ERR_PEER_GONE,
 * AWS_ROLE_ERR_PROTOCOL, AWS_ROLE_ERR_DEADLINE, AWS_ROLE_ERR_MEMORY, AWS_ROLE_ERR_SYSTEM; the
 * record is empty then.
 */
int record_receive(int fd, struct record *record, deadline_t deadline);

/* Wipes and frees; the record is empty afterwards. NULL is allowed. */
void record_wipe(struct record *record);

/* The kind's name for logs ("GRANT"); "?" for an unknown one. */
const char *record_kind_name(enum record_kind kind);

#endif
