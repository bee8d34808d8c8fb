/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_REGION_H
#define AWS_ROLE_HELPER_REGION_H

#include "helper/failure.h"

/*
 * Where STS and AWS Sign-In are for a region: the partitions and endpoint rules of botocore's
 * endpoint rule sets (data/sts/2011-06-15/endpoint-rule-set-1.json, the one of signin/2023-01-01,
 * and data/partitions.json).
 */

#define REGION_NAME_MAX 63
#define REGION_URL_MAX 2048

struct region_partition {
    const char *name;              /* as in arn:NAME:… */
    const char *prefixes;          /* its regions are PREFIX-word-number; separated by blanks */
    const char *dns_suffix;
    const char *dual_stack_suffix;
    const char *sign_in;           /* its domain of AWS Sign-In */
    const char *region;            /* where its global services are */
};

/* What chooses the endpoint; text may be NULL or "" where it is not set. */
struct region_choice {
    const char *region;   /* configured, or the instance's own */
    const char *arn;      /* what it is for: chooses the partition when no region does */
    const char *endpoint; /* sts_endpoint */
    int use_fips;
    int use_dualstack;
};

struct region_endpoint {
    char url[REGION_URL_MAX + 1];
    char region[REGION_NAME_MAX + 1]; /* to sign with */
};

/* The partition of a region, never NULL: what no partition claims is in `aws`. */
const struct region_partition *region_partition(const char *region);

/*
 * The endpoint of STS. No region and no endpoint is the global endpoint, signed us-east-1, or the
 * partition's own region outside `aws`. A custom endpoint is signed for the region, or us-east-1.
 * AWS_ROLE_ERR_REFUSED, told in `why`: a region that is no host name; a role in another partition
 * than the region; FIPS or dual stack with a custom endpoint.
 */
int region_endpoint(const struct region_choice *choice, struct region_endpoint *endpoint,
                    struct failure *why);

/*
 * AWS Sign-In's base URL, without a path. It has no global endpoint: without a region it is that of
 * the partition's global services. Dual stack changes nothing. AWS_ROLE_ERR_REFUSED as above, and
 * for FIPS, of which the service has none for its tokens; `endpoint` is not looked at.
 */
int region_sign_in(const struct region_choice *choice, struct region_endpoint *endpoint,
                   struct failure *why);

#endif
