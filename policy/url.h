/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_POLICY_URL_H
#define AWS_ROLE_POLICY_URL_H

/*
 * The addresses that a configuration may name (RFC 3986, a small part of it). Each check returns 0,
 * or AWS_ROLE_ERR_CONFIG with `why` (URL_WHY_MAX bytes): what is wrong, a newline, how to mend it.
 * The address is not repeated there: somebody may have written a password into it.
 */
#define URL_WHY_MAX 512
#define URL_MAX 2048

/*
 * The address of an STS: https, or http on this host itself (127.0.0.0/8, [::1], localhost); host,
 * port and path; no user, query or fragment.
 */
int url_check_sts(const char *url, char *why);

/* The address of a proxy: http or https, host and port, no user, password, path or query. */
int url_check_proxy(const char *url, char *why);

#endif
