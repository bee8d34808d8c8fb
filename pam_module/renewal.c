/* SPDX-License-Identifier: BSD-3-Clause */
#include "pam_module/renewal.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/agent_socket.h"

#define DATA_NAME "pam_aws_role renewal"
#define PAUSE_MS 10000 /* sshd(8) sets credentials right after it has opened the session */
#define ROOT 0

struct renewal {
    char *user;
    char *service;
    unsigned int exported;
    uint64_t refresh_at; /* seconds of the epoch, as in AWS_ROLE_REFRESH_AT */
    deadline_t not_before;
};

static void
free_renewal(struct renewal *renewal)
{
    free(renewal->user);
    free(renewal->service);
    free(renewal);
}

static void
clean_up(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    free_renewal(data);
}

/* An item's text, "" without. */
static const char *
item(pam_handle_t *pamh, int type)
{
    const void *text = NULL;

    return pam_get_item(pamh, type, &text) == PAM_SUCCESS && text != NULL ? text : "";
}

int
renewal_remember(pam_handle_t *pamh, const struct record *reply, unsigned int exported)
{
    struct renewal *renewal = calloc(1, sizeof *renewal);

    if (renewal == NULL)
        return PAM_SESSION_ERR;
    renewal->user = strdup(item(pamh, PAM_USER));
    renewal->service = strdup(item(pamh, PAM_SERVICE));
    renewal->exported = exported;
    renewal->refresh_at = record_number(reply, FIELD_REFRESH_AT);
    renewal->not_before = deadline_in(PAUSE_MS);
    if (renewal->user == NULL || renewal->service == NULL ||
        pam_set_data(pamh, DATA_NAME, renewal, clean_up) != PAM_SUCCESS) {
        free_renewal(renewal);
        return PAM_SESSION_ERR;
    }
    return PAM_SUCCESS;
}

static struct renewal *
find_renewal(pam_handle_t *pamh)
{
    const void *data = NULL;

    if (pam_get_data(pamh, DATA_NAME, &data) != PAM_SUCCESS)
        return NULL;
    return (struct renewal *)(uintptr_t)data;
}

unsigned int
renewal_exported(pam_handle_t *pamh)
{
    const struct renewal *renewal = find_renewal(pamh);

    return renewal == NULL ? 0 : renewal->exported;
}

int
renewal_is_due(pam_handle_t *pamh)
{
    struct renewal *renewal = find_renewal(pamh);
    time_t now = time(NULL);

    if (renewal == NULL)
        return 0;
    if (strcmp(renewal->user, item(pamh, PAM_USER)) != 0 ||
        strcmp(renewal->service, item(pamh, PAM_SERVICE)) != 0)
        return 0;
    if (now < 0 || (uint64_t)now < renewal->refresh_at || deadline_left(renewal->not_before) > 0)
        return 0;
    renewal->not_before = deadline_in(PAUSE_MS);
    return 1;
}

int
renewal_ask(const char *socket, deadline_t until, struct record *answer)
{
    struct record request;
    int fd, r = agent_socket_connect(socket, ROOT, until, &fd);

    if (r != 0)
        return r;
    record_start(&request, RECORD_GET);
    r = record_send(fd, &request, until);
    if (r == 0)
        r = record_receive(fd, answer, until);
    record_wipe(&request);
    close(fd);
    return r;
}

void
renewal_drop(pam_handle_t *pamh)
{
    if (find_renewal(pamh) != NULL)
        (void)pam_set_data(pamh, DATA_NAME, NULL, NULL); /* runs clean_up on what it replaces */
}
