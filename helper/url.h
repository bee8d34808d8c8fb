/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_URL_H
#define AWS_ROLE_HELPER_URL_H

#include <sys/socket.h>

/* Where a request goes. */

#define URL_NAME_MAX 255
#define URL_PATH_MAX 1023

/* A URL in the parts that are signed and spoken of. */
struct url {
    int tls;
    char name[URL_NAME_MAX + 1];     /* the host, for people; IPv6 in brackets */
    char host[URL_NAME_MAX + 6 + 1]; /* as the Host header has it, with a port that is unusual */
    char path[URL_PATH_MAX + 1];     /* at least "/" */
};

/*
 * Splits https://HOST[:PORT][/PATH], or the same with http. HOST is a name, an IPv4 address or an
 * IPv6 address in brackets. Nothing else may be there: no user, query, fragment, blank or byte that
 * is not printable ASCII. AWS_ROLE_ERR_REFUSED.
 */
int url_split(const char *text, struct url *url);

/* 1 for loopback and for the metadata services' addresses of EC2, ECS and EKS. */
int url_is_local(const struct sockaddr *address);

#endif
