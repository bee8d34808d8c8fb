/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "helper/region.h"

#define ROLE(partition) "arn:" partition ":iam::123456789012:role/Developer"

static const struct {
    const char *region, *partition;
} regions[] = {
    {"us-east-1", "aws"},
    {"ap-northeast-1", "aws"},
    {"mx-central-1", "aws"},
    {"eu-new-12", "aws"},
    {"aws-global", "aws"},
    {"cn-north-1", "aws-cn"},
    {"aws-cn-global", "aws-cn"},
    {"eusc-de-east-1", "aws-eusc"},
    {"us-iso-east-1", "aws-iso"},
    {"us-isob-west-1", "aws-iso-b"},
    {"eu-isoe-west-1", "aws-iso-e"},
    {"us-isof-south-1", "aws-iso-f"},
    {"us-gov-west-1", "aws-us-gov"},
    {"nowhere", "aws"},
    {"us-", "aws"},
    {"", "aws"},
};

static void
knows_every_partition(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        assert_string_equal(region_partition(regions[i].region)->name, regions[i].partition);
}

/* The table that the one in region.c was made from, where it is present. */
static void
agrees_with_the_published_table(void **state)
{
    char path[4096], line[4096];
    const char *data = getenv("SHARED_DATA"), *source = getenv("srcdir");
    int rows = 0;
    FILE *file;

    (void)state;
    if (data != NULL)
        snprintf(path, sizeof path, "%s/partitions.tsv", data);
    else
        snprintf(path, sizeof path, "%s/../shared/data/partitions.tsv",
                 source == NULL ? "." : source);
    file = fopen(path, "r");
    if (file == NULL) {
        print_message("skipped: the table is not at %s (SHARED_DATA)\n", path);
        skip();
    }
    assert_non_null(fgets(line, sizeof line, file)); /* the columns' names */
    while (fgets(line, sizeof line, file) != NULL) {
        char *columns[6], *rest = line;

        for (size_t i = 0; i < 6; i++)
            columns[i] = strsep(&rest, "\t\n");
        for (char *region; (region = strsep(&columns[5], ",")) != NULL;) {
            const struct region_partition *partition = region_partition(region);

            assert_string_equal(partition->name, columns[0]);
            assert_string_equal(partition->dns_suffix, columns[2]);
            assert_string_equal(partition->dual_stack_suffix, columns[3]);
            assert_string_equal(partition->region, columns[4]);
        }
        rows++;
    }
    fclose(file);
    assert_true(rows >= 8);
}

static const struct {
    struct region_choice choice;
    const char *url, *region;
} endpoints[] = {
    {{"eu-west-1", ROLE("aws"), NULL, 0, 0}, "https://sts.eu-west-1.amazonaws.com", "eu-west-1"},
    {{NULL, ROLE("aws"), NULL, 0, 0}, "https://sts.amazonaws.com", "us-east-1"},
    {{"", ROLE("aws"), "", 0, 0}, "https://sts.amazonaws.com", "us-east-1"},
    {{"aws-global", NULL, NULL, 0, 0}, "https://sts.amazonaws.com", "us-east-1"},
    {{NULL, NULL, NULL, 0, 0}, "https://sts.amazonaws.com", "us-east-1"},
    {{NULL, ROLE("aws-cn"), NULL, 0, 0},
     "https://sts.cn-northwest-1.amazonaws.com.cn",
     "cn-northwest-1"},
    {{"cn-north-1", ROLE("aws-cn"), NULL, 0, 0},
     "https://sts.cn-north-1.amazonaws.com.cn",
     "cn-north-1"},
    {{"us-west-2", ROLE("aws"), NULL, 1, 0},
     "https://sts-fips.us-west-2.amazonaws.com",
     "us-west-2"},
    {{"us-west-2", ROLE("aws"), NULL, 0, 1}, "https://sts.us-west-2.api.aws", "us-west-2"},
    {{"us-west-2", ROLE("aws"), NULL, 1, 1}, "https://sts-fips.us-west-2.api.aws", "us-west-2"},
    {{NULL, ROLE("aws"), NULL, 1, 0}, "https://sts-fips.us-east-1.amazonaws.com", "us-east-1"},
    {{"us-gov-west-1", ROLE("aws-us-gov"), NULL, 1, 0},
     "https://sts.us-gov-west-1.amazonaws.com",
     "us-gov-west-1"},
    {{"us-gov-east-1", ROLE("aws-us-gov"), NULL, 1, 1},
     "https://sts-fips.us-gov-east-1.api.aws",
     "us-gov-east-1"},
    {{NULL, ROLE("aws"), "http://127.0.0.1:8000", 0, 0}, "http://127.0.0.1:8000", "us-east-1"},
    {{"home", "arn:aws:iam:::role/lab", "https://rgw.example/", 0, 0},
     "https://rgw.example/",
     "home"},
    {{"eu-west-1", ROLE("aws-cn"), "https://proxy.example", 0, 0},
     "https://proxy.example",
     "eu-west-1"},
};

static void
finds_the_endpoint(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        struct region_endpoint endpoint;
        struct failure why = {.class = 0};

        assert_int_equal(region_endpoint(&endpoints[i].choice, &endpoint, &why), 0);
        assert_string_equal(endpoint.url, endpoints[i].url);
        assert_string_equal(endpoint.region, endpoints[i].region);
    }
}

static const struct {
    struct region_choice choice;
    const char *words;
} refusals[] = {
    {{"eu-west-1", ROLE("aws-cn"), NULL, 0, 0}, "set a region of the role's partition"},
    {{"cn-north-1", ROLE("aws"), NULL, 0, 0}, "region cn-north-1 is in the partition aws-cn"},
    {{"eu-west-1.evil.example/", ROLE("aws"), NULL, 0, 0}, "is not a region"},
    {{"EU-WEST-1", ROLE("aws"), NULL, 0, 0}, "is not a region"},
    {{"-a", ROLE("aws"), NULL, 0, 0}, "is not a region"},
    {{"a-", NULL, NULL, 0, 0}, "is not a region"},
    {{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, NULL, 0, 0},
     "is not a region"},
    {{"eu-west-1", NULL, "https://sts.example", 1, 0}, "sts_endpoint is set"},
    {{"eu-west-1", NULL, "https://sts.example", 0, 1}, "sts_endpoint is set"},
};

static void
refuses_what_cannot_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct region_endpoint endpoint;
        struct failure why = {.class = 0};

        assert_int_equal(region_endpoint(&refusals[i].choice, &endpoint, &why),
                         AWS_ROLE_ERR_REFUSED);
        assert_int_equal(why.class, AWS_ROLE_ERR_REFUSED);
        assert_non_null(strstr(why.text, refusals[i].words));
    }
}

static const struct {
    struct region_choice choice;
    const char *url, *region;
} pages[] = {
    {{"eu-west-1", ROLE("aws"), NULL, 0, 0}, "https://eu-west-1.signin.aws.amazon.com",
     "eu-west-1"},
    {{"ap-northeast-1", NULL, NULL, 0, 0}, "https://ap-northeast-1.signin.aws.amazon.com",
     "ap-northeast-1"},
    {{NULL, NULL, NULL, 0, 0}, "https://us-east-1.signin.aws.amazon.com", "us-east-1"},
    {{"", "", "", 0, 0}, "https://us-east-1.signin.aws.amazon.com", "us-east-1"},
    {{NULL, ROLE("aws"), NULL, 0, 0}, "https://us-east-1.signin.aws.amazon.com", "us-east-1"},
    {{"aws-global", ROLE("aws"), NULL, 0, 0}, "https://us-east-1.signin.aws.amazon.com",
     "us-east-1"},
    {{"eu-west-1", NULL, NULL, 0, 1}, "https://eu-west-1.signin.aws.amazon.com", "eu-west-1"},
    {{"eu-west-1", NULL, "https://sts.example", 0, 0}, "https://eu-west-1.signin.aws.amazon.com",
     "eu-west-1"},
    {{"cn-north-1", ROLE("aws-cn"), NULL, 0, 0}, "https://cn-north-1.signin.amazonaws.cn",
     "cn-north-1"},
    {{NULL, ROLE("aws-cn"), NULL, 0, 0}, "https://cn-northwest-1.signin.amazonaws.cn",
     "cn-northwest-1"},
    {{"aws-cn-global", NULL, NULL, 0, 0}, "https://cn-northwest-1.signin.amazonaws.cn",
     "cn-northwest-1"},
    {{NULL, ROLE("aws-us-gov"), NULL, 0, 0}, "https://us-gov-west-1.signin.amazonaws-us-gov.com",
     "us-gov-west-1"},
    {{"us-gov-east-1", NULL, NULL, 0, 1}, "https://us-gov-east-1.signin.amazonaws-us-gov.com",
     "us-gov-east-1"},
    {{NULL, ROLE("aws-eusc"), NULL, 0, 0}, "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
     "eusc-de-east-1"},
    {{NULL, ROLE("aws-iso"), NULL, 0, 0}, "https://us-iso-east-1.signin.c2shome.ic.gov",
     "us-iso-east-1"},
    {{NULL, ROLE("aws-iso-b"), NULL, 0, 0}, "https://us-isob-east-1.signin.sc2shome.sgov.gov",
     "us-isob-east-1"},
    {{NULL, ROLE("aws-iso-e"), NULL, 0, 0}, "https://eu-isoe-west-1.signin.csphome.adc-e.uk",
     "eu-isoe-west-1"},
    {{NULL, ROLE("aws-iso-f"), NULL, 0, 0}, "https://us-isof-south-1.signin.csphome.hci.ic.gov",
     "us-isof-south-1"},
};

static void
finds_the_sign_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct region_endpoint endpoint;
        struct failure why = {.class = 0};

        assert_int_equal(region_sign_in(&pages[i].choice, &endpoint, &why), 0);
        assert_string_equal(endpoint.url, pages[i].url);
        assert_string_equal(endpoint.region, pages[i].region);
    }
}

static const struct {
    struct region_choice choice;
    const char *words;
} without_page[] = {
    {{"eu-west-1", NULL, NULL, 1, 0}, "no FIPS endpoint for a console sign-in"},
    {{NULL, ROLE("aws-us-gov"), NULL, 1, 1}, "set use_fips_endpoint = false"},
    {{"eu-west-1", ROLE("aws-cn"), NULL, 0, 0}, "set a region of the role's partition"},
    {{"eu-west-1.evil.example/", NULL, NULL, 0, 0}, "is not a region"},
    {{"a@b", NULL, NULL, 0, 0}, "is not a region"},
};

static void
refuses_what_has_no_sign_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof without_page / sizeof without_page[0]; i++) {
        struct region_endpoint endpoint;
        struct failure why = {.class = 0};

        assert_int_equal(region_sign_in(&without_page[i].choice, &endpoint, &why),
                         AWS_ROLE_ERR_REFUSED);
        assert_int_equal(why.class, AWS_ROLE_ERR_REFUSED);
        assert_non_null(strstr(why.text, without_page[i].words));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_partition),
        cmocka_unit_test(agrees_with_the_published_table),
        cmocka_unit_test(finds_the_endpoint),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(finds_the_sign_in),
        cmocka_unit_test(refuses_what_has_no_sign_in),
    };

    return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
