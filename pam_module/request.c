/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/request.h"

#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "common/error.h"
#include "pam_module/module_log.h"

#define ITEM_MAX 256
#define AUTH_INFO_MAX 8192 /* the field's own cap */

/* An item's text; NULL when it is absent, empty or longer than its field. */
static const char *
text_item(pam_handle_t *pamh, int type)
{
    const void *item = NULL;
    const char *text;

    if (pam_get_item(pamh, type, &item) != PAM_SUCCESS || item == NULL)
        return NULL;
    text = item;
    return text[0] == '\0' || strnlen(text, ITEM_MAX + 1) > ITEM_MAX ? NULL : text;
}

int
request_make(pam_handle_t *pamh, const char *config, deadline_t reply_by, struct record *who,
             struct record *open)
{
    const char *user = text_item(pamh, PAM_USER);
    const char *service = text_item(pamh, PAM_SERVICE);
    const char *auth_info = pam_getenv(pamh, "SSH_AUTH_INFO_0");

    record_start(who, RECORD_WHO);
    record_start(open, RECORD_OPEN);
    if (user == NULL) {
        module_log(pamh, LOG_ERR, "no AWS role: PAM names no user, or one longer than any may be",
                   NULL);
        return PAM_ABORT;
    }
    record_put_text(who, FIELD_USER, user);
    record_put_text(open, FIELD_SERVICE, service == NULL ? "unknown" : service);
    record_put_number(open, FIELD_REPLY_BY, reply_by);
    record_put_text(open, FIELD_TTY, text_item(pamh, PAM_TTY));
    record_put_text(open, FIELD_RHOST, text_item(pamh, PAM_RHOST));
    if (auth_info != NULL && strlen(auth_info) <= AUTH_INFO_MAX)
        record_put_text(open, FIELD_AUTH_INFO, auth_info);
    record_put_text(open, FIELD_CONFIG, config);
    return PAM_SUCCESS;
}

int
request_ask(int fd, const struct record *who, const struct record *open, deadline_t until,
            struct record *reply)
{
    int r = record_send(fd, who, until);

    if (r == 0)
        r = record_send(fd, open, until);
    /* A broker that replied and died is heard; one that only died is not waited for. */
    if (r == 0 || r == AWS_ROLE_ERR_PEER_GONE)
        r = record_receive(fd, reply, until);
    return r;
}
