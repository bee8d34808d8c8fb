/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever is in a configuration file: the parser keeps its promises, and what passes the checks
 * makes plans that the protocol takes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "policy/config_check.h"
#include "policy/config_sections.h"
#include "policy/plan.h"
#include "policy/syntax.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int promise)
{
    if (!promise)
        abort();
}

/* What every string has to be that comes out of the parser. */
static void
require_text(const char *text)
{
    for (; *text != '\0'; text++)
        require((unsigned char)*text >= 0x20 || *text == '\t');
}

static int
take_section(void *context, const char *kind, const char *name, unsigned int line)
{
    (void)context;
    require(line > 0 && kind[0] != '\0');
    require_text(kind);
    require_text(name);
    return 0;
}

static int
take_entry(void *context, const char *key, const char *value, unsigned int line)
{
    (void)context;
    require(line > 0 && key[0] != '\0' && strpbrk(key, " \t=") == NULL);
    require(strlen(value) <= SYNTAX_LINE_MAX);
    require_text(value);
    return 0;
}

static void
parse(const uint8_t *data, size_t size)
{
    const struct syntax_handler handler = {take_section, take_entry, NULL};
    struct problems problems = {.count = 0};
    struct secret content = SECRET_EMPTY;
    int r;

    require(secret_set(&content, data, size) == 0);
    r = size == 0 ? 0 : syntax_parse("fuzz", content.data, content.size, &handler, &problems);
    require((r == 0) == (problems_count(&problems) == 0));
    for (size_t i = 0; i < problems.count; i++)
        require_text(problems.list[i].what);
    problems_free(&problems);
    secret_wipe(&content);
}

static void
plan_all(const struct config *config)
{
    static const struct session_context contexts[] = {
        {.user = "a b", .uid = 1000, .login = "l", .host = "h", .service = "s", .tty = "t",
         .rhost = "r"},
        {.user = "x", .uid = 4294967294},
        {.for_display = 1},
    };
    static struct plan plan;
    char why[PLAN_WHY_MAX], line[256];

    for (size_t i = 0; i < config->section_count; i++) {
        if (config->sections[i].kind != SECTION_ROLE)
            continue;
        for (size_t j = 0; j < sizeof contexts / sizeof contexts[0]; j++) {
            int r = plan_make(config, NULL, &contexts[j], config->sections[i].name, 1, &plan, why);

            require(r == 0 || why[0] != '\0');
            require((r == 0) == (plan.count >= 2));
            for (size_t k = 0; k < plan.count; k++) {
                require(record_check(&plan.steps[k]) == 0);
                plan_describe_step(&plan.steps[k], line, sizeof line);
            }
            plan_wipe(&plan);
        }
    }
}

static void
load(const uint8_t *data, size_t size)
{
    struct problems problems = {.count = 0};
    struct config *config = calloc(1, sizeof *config);
    int r;

    require(config != NULL);
    config->files = calloc(1, sizeof *config->files);
    config->credentials_file = strdup("/etc/aws-role/credentials");
    require(config->files != NULL && config->credentials_file != NULL);
    config->files[0].path = strdup("fuzz");
    config->file_count = 1;
    require(config->files[0].path != NULL &&
            secret_set(&config->files[0].content, data, size) == 0);
    r = config_sections_parse(config, &problems);
    if (r == 0 || r == AWS_ROLE_ERR_CONFIG) {
        int checked = config_check(config, &problems);

        require((r == 0 && checked == 0) == (problems_count(&problems) == 0));
        if (r == 0 && checked == 0)
            plan_all(config);
    }
    problems_free(&problems);
    config_free(config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, size);
    load(data, size);
    return 0;
}
