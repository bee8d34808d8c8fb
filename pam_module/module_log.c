/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/module_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "common/log.h"

#define PREFIX_MAX 96 /* the module's name, the service's, and what is around them */

/* The service's name, if it is one: what an application calls itself must not forge a line. */
static const char *
service_name(pam_handle_t *pamh)
{
    const void *service = NULL;

    if (pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS || service == NULL)
        return "";
    for (const char *c = service; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f)
            return "?";
    return service;
}

static void
write_line(pam_handle_t *pamh, const char *type, int priority, const char *sentence,
           va_list pairs)
{
    char text[LOG_LINE_MAX - PREFIX_MAX], line[LOG_LINE_MAX];

    log_format(text, sizeof text, sentence, pairs);
    snprintf(line, sizeof line, "pam_aws_role(%.64s:%s): %s", service_name(pamh), type, text);
    log_write(program_invocation_short_name, priority, line);
}

void
module_log(pam_handle_t *pamh, int priority, const char *sentence, ...)
{
    va_list pairs;

    va_start(pairs, sentence);
    write_line(pamh, "session", priority, sentence, pairs);
    va_end(pairs);
}

void
module_log_auth(pam_handle_t *pamh, int priority, const char *sentence, ...)
{
    va_list pairs;

    va_start(pairs, sentence);
    write_line(pamh, "auth", priority, sentence, pairs);
    va_end(pairs);
}
