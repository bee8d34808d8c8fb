/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* The length of the host at the start of `text`; 0 when there is none. */
static size_t
name_length(const char *text)
{
    size_t length;

    if (text[0] != '[')
        return strspn(text, LETTERS_AND_DIGITS "-._");
    length = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
    return length > 2 && text[length] == ']' ? length + 1 : 0;
}

/* Takes `:PORT`, if it is there, and moves `*text` behind it. `port` is 0 when it is not. */
static int
take_port(const char **text, unsigned long *port)
{
    size_t digits;

    *port = 0;
    if (**text != ':')
        return 0;
    digits = strspn(*text + 1, "0123456789");
    if (digits == 0 || digits > 5)
        return AWS_ROLE_ERR_REFUSED;
    *port = strtoul(*text + 1, NULL, 10);
    *text += 1 + digits;
    return *port == 0 || *port > 65535 ? AWS_ROLE_ERR_REFUSED : 0;
}

static int
take_path(const char *text, char *path)
{
    size_t length = strlen(text);

    if (length > URL_PATH_MAX || (length > 0 && text[0] != '/'))
        return AWS_ROLE_ERR_REFUSED;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || strchr("?#\\\"<>^`{|}", text[i]) != NULL)
            return AWS_ROLE_ERR_REFUSED;
    memcpy(path, length == 0 ? "/" : text, length == 0 ? 2 : length + 1);
    return 0;
}

int
url_split(const char *text, struct url *url)
{
    unsigned long port;
    size_t length;
    int r;

    url->tls = strncmp(text, "https://", 8) == 0;
    if (!url->tls && strncmp(text, "http://", 7) != 0)
        return AWS_ROLE_ERR_REFUSED;
    text += url->tls ? 8 : 7;
    length = name_length(text);
    if (length == 0 || length > URL_NAME_MAX)
        return AWS_ROLE_ERR_REFUSED;
    memcpy(url->name, text, length);
    url->name[length] = '\0';
    text += length;
    if ((r = take_port(&text, &port)) != 0)
        return r;
    if (port == 0 || port == (url->tls ? 443 : 80))
        snprintf(url->host, sizeof url->host, "%s", url->name);
    else
        snprintf(url->host, sizeof url->host, "%s:%lu", url->name, port);
    return take_path(text, url->path);
}

static int
is_one_of(const char *address, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(address, list[i]) == 0)
            return 1;
    return 0;
}

int
url_is_local(const struct sockaddr *address)
{
    static const char *const v4[] = {"169.254.169.254", "169.254.170.2", "169.254.170.23"};
    static const char *const v6[] = {"::1", "fd00:ec2::254", "fd00:ec2::23"};
    char text[INET6_ADDRSTRLEN];

    if (address->sa_family == AF_INET) {
        struct in_addr in = ((const struct sockaddr_in *)(const void *)address)->sin_addr;

        return (ntohl(in.s_addr) >> 24) == 127 ||
               (inet_ntop(AF_INET, &in, text, sizeof text) != NULL &&
                is_one_of(text, v4, sizeof v4 / sizeof v4[0]));
    }
    if (address->sa_family == AF_INET6) {
        struct in6_addr in = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

        return inet_ntop(AF_INET6, &in, text, sizeof text) != NULL &&
               is_one_of(text, v6, sizeof v6 / sizeof v6[0]);
    }
    return 0;
}
