/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_BROKER_QUESTION_H
#define AWS_ROLE_BROKER_QUESTION_H

#include <stdint.h>

#include "broker/cache.h"
#include "broker/kept_plan.h"
#include "broker/person.h"
#include "common/deadline.h"

/* A login as the broker knows it: fixed when it began, whatever is asked later. */
struct login {
    struct person_identity person;
    char *config;    /* the module's config=PATH; NULL: the installed places */
    char *service;   /* PAM_SERVICE */
    char *tty;       /* PAM_TTY, NULL without */
    char *rhost;     /* PAM_RHOST, NULL without */
    uid_t login_uid; /* proc(5) loginuid: who came in; (uid_t)-1 when nobody knows */
    char login_name[PERSON_NAME_MAX + 1]; /* their name; "" when nobody knows */
};

/* What is installed where; from main. */
struct answer_paths {
    const char *main_file, *drop_in_folder, *vendor_file, *credentials_file;
    const char *helper;
};

/* One question: which role, and with what. */
struct question {
    const struct login *login;
    const struct answer_paths *paths;
    gid_t secret_group; /* of the service user: who may read secret files beside root */
    struct cache *cache;
    const char *role; /* NULL: the first of the person's */
    int at_login;     /* 1: the person has just been looked up; 0: they may have changed since */
    int refresh;
    int person;         /* 1: somebody is there to be asked */
    unsigned int port;  /* of 127.0.0.1, where a browser of theirs brings the answer; 0: none */
    const struct secret *begun;  /* what this role's plan began when it asked; NULL: nothing */
    const struct secret *answer; /* a person's, to what this role's plan asks; NULL: none */
    int asking; /* nothing is obtained but for what a person has to answer, or has answered */
    int over; /* the session is: nothing more is asked of AWS, what the cache has is given */
    const struct kept_plan *kept; /* for when the configuration does not load; NULL: none */
    const struct kept_plans *all_kept;
    int config_told;              /* 1: that it does not load is in the log already */
    deadline_t began; /* when it was put: what is forgotten after that is not stored */
    deadline_t give_up;
    int64_t clock_offset;
    int to; /* where the records go */
};

#endif
