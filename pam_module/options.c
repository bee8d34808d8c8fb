/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/options.h"

#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "common/protocol.h"
#include "pam_module/module_log.h"

/* Each takes the value behind `=` ("" without one); 0 when it is wrong. */
static int
take_config(struct options *options, const char *value)
{
    if (value[0] != '/' || strlen(value) > RECORD_PATH_MAX)
        return 0;
    options->config = value;
    return 1;
}

static int
take_debug(struct options *options, const char *value)
{
    options->debug = 1;
    return value[0] == '\0';
}

static int
take_timeout(struct options *options, const char *value)
{
    unsigned int seconds = 0;

    for (const char *c = value; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || seconds > OPTIONS_TIMEOUT_MAX)
            return 0;
        seconds = seconds * 10 + (unsigned int)(*c - '0');
    }
    if (seconds < 1 || seconds > OPTIONS_TIMEOUT_MAX)
        return 0;
    options->timeout = seconds;
    return 1;
}

static const struct {
    const char *name;
    int (*take)(struct options *options, const char *value);
    const char *mend;
} known[] = {
    {"config", take_config, "config= takes an absolute path"},
    {"debug", take_debug, "debug takes no value"},
    {"timeout", take_timeout, "timeout= takes a number of seconds from 1 to 60"},
};

static void
take_word(pam_handle_t *pamh, struct options *options, const char *word)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : "";

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) != length || strncmp(known[i].name, word, length) != 0)
            continue;
        if (!known[i].take(options, value))
            module_log(pamh, LOG_ERR, "option ignored, its value is wrong", "option", word, "mend",
                       known[i].mend, NULL);
        return;
    }
    module_log(pamh, LOG_ERR, "unknown option ignored", "option", word, NULL);
}

void
options_parse(pam_handle_t *pamh, int argc, const char **argv, struct options *options)
{
    *options = (struct options){.timeout = OPTIONS_TIMEOUT_DEFAULT};
    for (int i = 0; i < argc; i++)
        take_word(pamh, options, argv[i]);
}
