/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "policy/shape.h"

#define HOST_MAX 253 /* RFC 1035, as text */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct url {
    int is_https;
    char host[HOST_MAX + 1]; /* without the brackets of an IPv6 address */
    int is_ipv6;
    const char *path; /* what is behind host and port */
};

static int
refuse(char *why, const char *what_and_mend)
{
    snprintf(why, URL_WHY_MAX, "%s", what_and_mend);
    return AWS_ROLE_ERR_CONFIG;
}

/* Copies `length` bytes of a host and checks them. */
static int
parse_host(struct url *url, const char *host, size_t length)
{
    struct in6_addr address;

    if (length == 0 || length > HOST_MAX)
        return AWS_ROLE_ERR_CONFIG;
    memcpy(url->host, host, length);
    url->host[length] = '\0';
    if (url->is_ipv6)
        return inet_pton(AF_INET6, url->host, &address) == 1 ? 0 : AWS_ROLE_ERR_CONFIG;
    return strspn(url->host, LETTERS DIGITS ".-") == length && url->host[0] != '.' &&
                   url->host[0] != '-'
               ? 0
               : AWS_ROLE_ERR_CONFIG;
}

/* `authority` is host or [host], then :port or nothing; `length` bytes. */
static int
parse_authority(struct url *url, const char *authority, size_t length)
{
    const char *host = authority, *end = authority + length, *host_end;
    char port[8], why[SHAPE_WHY_MAX];
    size_t port_length;

    url->is_ipv6 = length > 0 && authority[0] == '[';
    if (url->is_ipv6) {
        host++;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (host_end == NULL)
            return AWS_ROLE_ERR_CONFIG;
        authority = host_end + 1;
    } else {
        host_end = memchr(host, ':', length);
        if (host_end == NULL)
            host_end = end;
        authority = host_end;
    }
    if (parse_host(url, host, (size_t)(host_end - host)) != 0)
        return AWS_ROLE_ERR_CONFIG;
    if (authority == end)
        return 0;
    port_length = (size_t)(end - authority) - 1;
    if (*authority != ':' || port_length >= sizeof port)
        return AWS_ROLE_ERR_CONFIG;
    memcpy(port, authority + 1, port_length);
    port[port_length] = '\0';
    return shape_number(port, 1, 65535, why);
}

static int
parse(const char *text, struct url *url, char *why)
{
    const char *authority;
    size_t length;

    memset(url, 0, sizeof *url);
    if (strlen(text) > URL_MAX)
        return refuse(why, "an address of more than 2048 bytes\nwrite a shorter one");
    if (strncmp(text, "https://", 8) == 0)
        url->is_https = 1;
    else if (strncmp(text, "http://", 7) != 0)
        return refuse(why, "an address that does not begin with https:// or http://\n"
                           "write it whole, such as https://host.example:8443");
    authority = text + (url->is_https ? 8 : 7);
    length = strcspn(authority, "/?#");
    if (memchr(authority, '@', length) != NULL)
        return refuse(why, "an address with a user or a password in it\n"
                           "write host and port only: users and passwords of proxies are not in "
                           "this version");
    if (parse_authority(url, authority, length) != 0)
        return refuse(why, "an address whose host or port is none\n"
                           "write it as https://host.example:8443");
    url->path = authority + length;
    return 0;
}

/* What "http on this host itself" means: never a name that DNS could answer, but for localhost. */
static int
is_loopback(const struct url *url)
{
    struct in_addr address;

    if (url->is_ipv6)
        return strcmp(url->host, "::1") == 0;
    if (strcmp(url->host, "localhost") == 0)
        return 1;
    return inet_pton(AF_INET, url->host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

int
url_check_sts(const char *text, char *why)
{
    struct url url;
    int r = parse(text, &url, why);

    if (r != 0)
        return r;
    if (!url.is_https && !is_loopback(&url))
        return refuse(why, "an STS without TLS\nwrite https://; http:// is for 127.0.0.1, [::1] "
                           "and localhost only");
    if (url.path[strspn(url.path, LETTERS DIGITS "/._~-")] != '\0')
        return refuse(why, "an address with a query, a fragment or an odd path\n"
                           "write host, port and a plain path only");
    return 0;
}

int
url_check_proxy(const char *text, char *why)
{
    struct url url;
    int r = parse(text, &url, why);

    if (r != 0)
        return r;
    if (strcmp(url.path, "") != 0 && strcmp(url.path, "/") != 0)
        return refuse(why, "a proxy's address with a path\nwrite host and port only, such as "
                           "http://proxy.example:3128");
    return 0;
}
