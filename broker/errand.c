/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/errand.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "broker/cache.h"
#include "broker/person.h"
#include "broker/privilege.h"
#include "common/deadline.h"
#include "common/error.h"
#include "common/log.h"
#include "common/process.h"
#include "common/service_user.h"
#include "common/spawn.h"

#define NOBODY 65534 /* of every distribution, and the kernel's overflowuid */
#define PROBE_PORT 80
#define PROBE_MS 1000
#define TELL_FD SPAWN_FIRST_FD
#define TELL_MS 1000
#define NSS_SECONDS 30 /* NSS has no deadline of its own */

static const char *
reason(int error)
{
    return error == AWS_ROLE_ERR_SYSTEM ? strerror(errno) : error_text(error);
}

static int
become_service_user(void)
{
    struct person_identity service;
    int r = privilege_reset();

    if (r != 0)
        return r;
    alarm(NSS_SECONDS);
    r = person_find(SERVICE_USER, &service);
    alarm(0);
    return r == 0 ? privilege_drop(service.uid, service.gid) : r;
}

/* 1 when the caller has given us a socket for records. */
static int
is_told(void)
{
    int type = 0;
    socklen_t size = sizeof type;

    return getsockopt(TELL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/* What is wiped here stays valid at AWS: whose it is and until when, for who can end it there. */
static void
tell(void *context, const struct record *entry)
{
    struct record held;

    (void)context;
    if (record_number(entry, FIELD_VALID_UNTIL) <= deadline_now() || !record_has(entry, FIELD_ARN))
        return;
    record_start(&held, RECORD_HELD);
    record_put_text(&held, FIELD_USER, SERVICE_USER);
    record_put_number(&held, FIELD_UID, geteuid());
    record_put_from(&held, FIELD_ARN, entry);
    record_put_from(&held, FIELD_ACCESS_KEY_ID, entry);
    record_put_from(&held, FIELD_EXPIRES_AT, entry);
    record_put_from(&held, FIELD_VALID_UNTIL, entry);
    (void)record_send(TELL_FD, &held, deadline_in(TELL_MS)); /* it may have gone */
    record_wipe(&held);
}

int
errand_forget(const char *cache_folder, const char *uid)
{
    struct cache *cache = NULL;
    int told = is_told(), r;
    char why[512];
    uid_t owner;

    if (!process_read_uid(uid, &owner))
        return ERRAND_USAGE;
    r = become_service_user();
    if (r == 0)
        cache = cache_open(cache_folder, why);
    if (r == 0 && cache == NULL)
        r = AWS_ROLE_ERR_MEMORY;
    if (r != 0) {
        log_line(LOG_ERR, "the cache of a person cannot be wiped", "uid", uid, "reason", reason(r),
                 NULL);
        return ERRAND_FAILED;
    }
    if (told)
        cache_each(cache, owner, tell, NULL);
    cache_forget(cache, owner); /* one in memory has ended with its broker */
    cache_close(cache);
    return ERRAND_DONE;
}

/* Reads a numeric address of either family; its size, 0 when it is none. */
static socklen_t
read_address(const char *text, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address;

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(PROBE_PORT);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(PROBE_PORT);
        return sizeof *six;
    }
    return 0;
}

/* 1 when a connection is there within the time. Refused, unreachable and silent are the same. */
static int
is_reached(const struct sockaddr_storage *address, socklen_t size)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd connecting = {.fd = fd, .events = POLLOUT};
    socklen_t error_size = sizeof(int);
    int error = ETIMEDOUT, reached;

    if (fd < 0)
        return 0; /* a kernel without this family reaches nothing by it */
    reached = connect(fd, (const struct sockaddr *)address, size) == 0;
    if (!reached && errno == EINPROGRESS && poll(&connecting, 1, PROBE_MS) == 1)
        reached = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 && error == 0;
    close(fd);
    return reached;
}

int
errand_probe(const char *text)
{
    struct sockaddr_storage address;
    socklen_t size = read_address(text, &address);
    int r = 0;

    if (size == 0)
        return ERRAND_USAGE;
    if (geteuid() == 0)
        r = privilege_reset();
    if (r == 0 && geteuid() == 0)
        r = privilege_drop(NOBODY, NOBODY);
    if (r != 0) {
        log_line(LOG_ERR, "an address cannot be tried as an ordinary user", "address", text,
                 "reason", reason(r), NULL);
        return ERRAND_FAILED;
    }
    return is_reached(&address, size) ? ERRAND_ANSWERED : ERRAND_DONE;
}

int
errand_reach(const char *text)
{
    struct sockaddr_storage address;
    socklen_t size = read_address(text, &address);

    if (size == 0)
        return ERRAND_USAGE;
    return is_reached(&address, size) ? ERRAND_ANSWERED : ERRAND_DONE;
}
