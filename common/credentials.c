/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/credentials.h"

#include <string.h>
#include <time.h>

#include "common/error.h"

#define LONG_LIFETIME 3600
#define REFRESH_MARGIN (20 * 60)
#define USABLE_MARGIN_MS 10000
#define CLOCKS_AGREE 5

/* Longer than AWS issues anything for (36 hours), so that no arithmetic below can overflow. */
#define LIFETIME_MAX (366 * 24 * 3600)

void
credentials_set_expiry(struct credentials *credentials, int64_t expires_at, int64_t issuer_now)
{
    uint64_t lifetime, fresh;

    credentials->expires_at = expires_at;
    if (expires_at == 0) {
        credentials->valid_until = UINT64_MAX;
        credentials->fresh_until = UINT64_MAX;
        return;
    }
    if (expires_at <= issuer_now || issuer_now < 0) {
        credentials->valid_until = 0;
        credentials->fresh_until = 0;
        return;
    }
    lifetime = (uint64_t)(expires_at - issuer_now);
    if (lifetime > LIFETIME_MAX)
        lifetime = LIFETIME_MAX;
    fresh = lifetime < LONG_LIFETIME ? lifetime * 2 / 3 : lifetime - REFRESH_MARGIN;
    credentials->valid_until = deadline_in(lifetime * 1000);
    credentials->fresh_until = deadline_in(fresh * 1000);
}

/* A deadline in seconds of the wall clock as it is now. */
static int64_t
wall_clock_at(deadline_t deadline)
{
    deadline_t now = deadline_now();
    int64_t wall = (int64_t)time(NULL);

    if (deadline >= now)
        return wall + (int64_t)((deadline - now) / 1000);
    return wall - (int64_t)((now - deadline) / 1000);
}

int64_t
credentials_expiry_here(const struct credentials *credentials)
{
    int64_t here;

    if (credentials->expires_at == 0)
        return 0;
    here = wall_clock_at(credentials->valid_until);
    if (here >= credentials->expires_at - CLOCKS_AGREE &&
        here <= credentials->expires_at + CLOCKS_AGREE)
        return credentials->expires_at;
    return here;
}

int64_t
credentials_refresh_at(const struct credentials *credentials)
{
    return credentials->expires_at == 0 ? 0 : wall_clock_at(credentials->fresh_until);
}

deadline_t
credentials_usable_until(const struct credentials *credentials)
{
    if (credentials->access_key_id[0] == '\0' || credentials->valid_until <= USABLE_MARGIN_MS)
        return 0;
    return credentials->valid_until == UINT64_MAX ? UINT64_MAX
                                                  : credentials->valid_until - USABLE_MARGIN_MS;
}

int
credentials_are_valid(const struct credentials *credentials)
{
    return credentials_usable_until(credentials) > deadline_now();
}

int
credentials_are_fresh(const struct credentials *credentials)
{
    return credentials->access_key_id[0] != '\0' && credentials->fresh_until > deadline_now();
}

int
credentials_copy(struct credentials *credentials, const struct credentials *from)
{
    int r;

    credentials_wipe(credentials);
    if ((r = secret_copy(&credentials->secret_access_key, &from->secret_access_key)) != 0)
        goto out;
    if ((r = secret_copy(&credentials->session_token, &from->session_token)) != 0)
        goto out;
    memcpy(credentials->access_key_id, from->access_key_id, sizeof credentials->access_key_id);
    memcpy(credentials->arn, from->arn, sizeof credentials->arn);
    credentials->expires_at = from->expires_at;
    credentials->valid_until = from->valid_until;
    credentials->fresh_until = from->fresh_until;
out:
    if (r != 0)
        credentials_wipe(credentials);
    return r;
}

void
credentials_wipe(struct credentials *credentials)
{
    if (credentials == NULL)
        return;
    secret_wipe(&credentials->secret_access_key);
    secret_wipe(&credentials->session_token);
    explicit_bzero(credentials, sizeof *credentials);
}

void
credentials_account(const char *arn, char account[13])
{
    const char *field = arn;
    size_t length;

    account[0] = '\0';
    if (strncmp(arn, "arn:", 4) != 0)
        return;
    for (int colons = 0; colons < 4; colons++) {
        field = strchr(field, ':');
        if (field == NULL)
            return;
        field++;
    }
    length = strcspn(field, ":");
    if (length > 12 || field[length] != ':')
        return;
    memcpy(account, field, length);
    account[length] = '\0';
}
