/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/module_log.h"

#include <security/pam_ext.h>
#include <stdarg.h>

#include "common/log.h"

void
module_log(pam_handle_t *pamh, int priority, const char *sentence, ...)
{
    char line[LOG_LINE_MAX];
    va_list pairs;

    va_start(pairs, sentence);
    log_format(line, sizeof line, sentence, pairs);
    va_end(pairs);
    pam_syslog(pamh, priority, "%s", line);
}
