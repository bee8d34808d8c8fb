/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/region.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"

/* The one global endpoint that STS has (AWS STS API reference, "Endpoints"). */
#define GLOBAL_URL "https://sts.amazonaws.com"
#define GLOBAL_REGION "us-east-1"

static const struct region_partition partitions[] = {
    {"aws", "us eu ap sa ca me af il mx", "amazonaws.com", "api.aws",
     "signin.aws.amazon.com", "us-east-1"},
    {"aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn",
     "signin.amazonaws.cn", "cn-northwest-1"},
    {"aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu",
     "signin.amazonaws-eusc.eu", "eusc-de-east-1"},
    {"aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov",
     "signin.c2shome.ic.gov", "us-iso-east-1"},
    {"aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud",
     "signin.sc2shome.sgov.gov", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk",
     "signin.csphome.adc-e.uk", "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov",
     "signin.csphome.hci.ic.gov", "us-isof-south-1"},
    {"aws-us-gov", "us-gov", "amazonaws.com", "api.aws",
     "signin.amazonaws-us-gov.com", "us-gov-west-1"},
};

#define PARTITION_COUNT (sizeof partitions / sizeof partitions[0])
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* The rule set's ^PREFIX-\w+-\d+$ . */
static int
has_prefix(const char *region, const char *prefix, size_t length)
{
    size_t word, number;

    if (strncmp(region, prefix, length) != 0 || region[length] != '-')
        return 0;
    region += length + 1;
    word = strspn(region, LOWER DIGITS "_");
    if (word == 0 || region[word] != '-')
        return 0;
    region += word + 1;
    number = strspn(region, DIGITS);
    return number > 0 && region[number] == '\0';
}

/* `PARTITION-global`, what SDKs call a partition's services that have no region. */
static int
is_global(const char *region, const struct region_partition *partition)
{
    size_t length = strlen(partition->name);

    return strncmp(region, partition->name, length) == 0 && strcmp(region + length, "-global") == 0;
}

static int
claims(const struct region_partition *partition, const char *region)
{
    const char *prefix = partition->prefixes;

    while (*prefix != '\0') {
        size_t length = strcspn(prefix, " ");

        if (has_prefix(region, prefix, length))
            return 1;
        prefix += length;
        prefix += strspn(prefix, " ");
    }
    return is_global(region, partition);
}

const struct region_partition *
region_partition(const char *region)
{
    for (size_t i = 0; i < PARTITION_COUNT; i++)
        if (claims(&partitions[i], region))
            return &partitions[i];
    return &partitions[0];
}

/* The partition of an ARN; NULL when it is none that is known. */
static const struct region_partition *
partition_of_arn(const char *arn)
{
    if (strncmp(arn, "arn:", 4) != 0)
        return NULL;
    for (size_t i = 0; i < PARTITION_COUNT; i++) {
        size_t length = strlen(partitions[i].name);

        if (strncmp(arn + 4, partitions[i].name, length) == 0 && arn[4 + length] == ':')
            return &partitions[i];
    }
    return NULL;
}

/* A label of a host name: it becomes one. */
static int
is_region_name(const char *region)
{
    size_t length = strspn(region, LOWER DIGITS "-");

    return length > 0 && length <= REGION_NAME_MAX && region[length] == '\0' && region[0] != '-' &&
           region[length - 1] != '-';
}

static int
custom(const struct region_choice *choice, struct region_endpoint *endpoint, struct failure *why)
{
    if (choice->use_fips || choice->use_dualstack)
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "sts_endpoint is set, so use_fips_endpoint and use_dualstack_endpoint "
                           "cannot be: remove them or it");
    if (strlen(choice->endpoint) > REGION_URL_MAX)
        return failure_set(why, AWS_ROLE_ERR_REFUSED, "sts_endpoint is too long");
    snprintf(endpoint->url, sizeof endpoint->url, "%s", choice->endpoint);
    snprintf(endpoint->region, sizeof endpoint->region, "%s",
             choice->region[0] == '\0' ? GLOBAL_REGION : choice->region);
    return 0;
}

static void
regional(const struct region_partition *partition, const struct region_choice *choice,
         const char *region, struct region_endpoint *endpoint)
{
    /* The rule set: GovCloud's plain endpoints are FIPS endpoints. */
    int fips_name = choice->use_fips &&
                    (choice->use_dualstack || strcmp(partition->name, "aws-us-gov") != 0);

    snprintf(endpoint->url, sizeof endpoint->url, "https://sts%s.%s.%s",
             fips_name ? "-fips" : "", region,
             choice->use_dualstack ? partition->dual_stack_suffix : partition->dns_suffix);
    snprintf(endpoint->region, sizeof endpoint->region, "%s", region);
}

static void
global(struct region_endpoint *endpoint)
{
    snprintf(endpoint->url, sizeof endpoint->url, "%s", GLOBAL_URL);
    snprintf(endpoint->region, sizeof endpoint->region, "%s", GLOBAL_REGION);
}

/* The partition of the region, or where there is none of what it is for. */
static int
find_partition(const struct region_choice *choice, const struct region_partition **partition,
               struct failure *why)
{
    const struct region_partition *of_role = partition_of_arn(choice->arn);

    if (choice->region[0] == '\0')
        *partition = of_role != NULL ? of_role : &partitions[0];
    else
        *partition = region_partition(choice->region);
    if (of_role == NULL || of_role == *partition)
        return 0;
    return failure_set(why, AWS_ROLE_ERR_REFUSED,
                       "region %s is in the partition %s and the role in %s: set a region of "
                       "the role's partition, as %s",
                       choice->region, (*partition)->name, of_role->name, of_role->region);
}

static int
choose(const struct region_choice *choice, struct region_endpoint *endpoint, struct failure *why)
{
    const struct region_partition *partition;
    const char *region = choice->region;
    int everywhere, r = find_partition(choice, &partition, why);

    if (r != 0)
        return r;
    everywhere = region[0] == '\0' || is_global(region, partition);
    if (everywhere && partition == &partitions[0] && !choice->use_fips && !choice->use_dualstack)
        global(endpoint);
    else
        regional(partition, choice, everywhere ? partition->region : region, endpoint);
    return 0;
}

static const char *
text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static int
check(const struct region_choice *choice, struct region_choice *set, struct failure *why)
{
    *set = *choice;
    set->region = text_or_empty(choice->region);
    set->arn = text_or_empty(choice->arn);
    set->endpoint = text_or_empty(choice->endpoint);
    if (set->region[0] != '\0' && !is_region_name(set->region))
        return failure_set(why, AWS_ROLE_ERR_REFUSED, "%s is not a region, as eu-west-1 is one",
                           set->region);
    return 0;
}

int
region_endpoint(const struct region_choice *choice, struct region_endpoint *endpoint,
                struct failure *why)
{
    struct region_choice set;
    int r = check(choice, &set, why);

    if (r != 0)
        return r;
    return set.endpoint[0] != '\0' ? custom(&set, endpoint, why) : choose(&set, endpoint, why);
}

int
region_sign_in(const struct region_choice *choice, struct region_endpoint *endpoint,
               struct failure *why)
{
    const struct region_partition *partition;
    struct region_choice set;
    int r = check(choice, &set, why);

    if (r == 0)
        r = find_partition(&set, &partition, why);
    if (r != 0)
        return r;
    if (set.use_fips)
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "AWS Sign-In has no FIPS endpoint for a console sign-in: set "
                           "use_fips_endpoint = false, or name another source");
    snprintf(endpoint->region, sizeof endpoint->region, "%s",
             set.region[0] == '\0' || is_global(set.region, partition) ? partition->region
                                                                       : set.region);
    snprintf(endpoint->url, sizeof endpoint->url, "https://%s.%s", endpoint->region,
             partition->sign_in);
    return 0;
}
