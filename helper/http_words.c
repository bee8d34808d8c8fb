/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/http_words.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stddef.h>
#include <string.h>

#include "common/error.h"

static int
explain_connect(const struct http_fault *fault, struct failure *why)
{
    const char *peer = fault->proxy != NULL ? fault->proxy : fault->name;

    switch (fault->os_error) {
    case ECONNREFUSED:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "connection refused by %s", peer);
    case ENETUNREACH:
    case EHOSTUNREACH:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "no route to %s: check this host's network and security groups", peer);
    case 0:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "no connection to %s: %s", peer,
                           fault->detail);
    default:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "no connection to %s: %s", peer,
                           strerror(fault->os_error));
    }
}

static int
explain_time(const struct http_fault *fault, struct failure *why)
{
    int seconds = (fault->milliseconds + 999) / 1000;

    if (fault->connected)
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "no answer from %s within %d s",
                           fault->name, seconds);
    return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                       "no connection to %s within %d s: check that this host may reach it",
                       fault->proxy != NULL ? fault->proxy : fault->name, seconds);
}

static int
explain_certificate(const struct http_fault *fault, struct failure *why)
{
    switch (fault->verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "the certificate of %s has expired, or this host's clock is ahead",
                           fault->name);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "the certificate of %s is not valid yet: this host's clock is behind",
                           fault->name);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        if (fault->authorities == NULL)
            return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                               "this host has no certificate authorities to check %s against: "
                               "install ca-certificates, or set ca_bundle",
                               fault->name);
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "the certificate of %s is not signed by an authority in %s: set "
                           "ca_bundle to a file with the one that signed it",
                           fault->name, fault->authorities);
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED: /* what libcurl reports when its own check of the name fails */
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "the certificate shown by %s is for another name", fault->name);
    default:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "the certificate of %s: %s", fault->name,
                           X509_verify_cert_error_string(fault->verify_result));
    }
}

static int
explain_broken(const struct http_fault *fault, struct failure *why)
{
    return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                       "%s closed the connection before its answer was complete", fault->name);
}

static int
explain_proxy(const struct http_fault *fault, struct failure *why)
{
    return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                       "the proxy %s answered %ld when asked for %s: check https_proxy and what "
                       "the proxy lets this host reach",
                       fault->proxy, fault->proxy_status, fault->name);
}

int
http_words_explain(const struct http_fault *fault, struct failure *why)
{
    switch (fault->kind) {
    case HTTP_FAULT_MEMORY:
        return failure_set(why, AWS_ROLE_ERR_MEMORY, "out of memory");
    case HTTP_FAULT_GONE:
        return failure_set(why, AWS_ROLE_ERR_PEER_GONE, "nobody waits for the answer");
    case HTTP_FAULT_URL:
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "the endpoint or proxy is no https:// URL of a host, a port and a path");
    case HTTP_FAULT_PLAIN:
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "plain http is for loopback addresses only: reach %s by https",
                           fault->name);
    case HTTP_FAULT_NAME:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "no address for %s: check the region and this host's name service",
                           fault->name);
    case HTTP_FAULT_PROXY_NAME:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE,
                           "no address for the proxy %s: check https_proxy", fault->proxy);
    case HTTP_FAULT_PROXY:
        return explain_proxy(fault, why);
    case HTTP_FAULT_CONNECT:
        return explain_connect(fault, why);
    case HTTP_FAULT_TIME:
        return explain_time(fault, why);
    case HTTP_FAULT_AUTHORITIES:
        return failure_set(why, AWS_ROLE_ERR_REFUSED,
                           "%s cannot be read, or holds no certificate: correct ca_bundle",
                           fault->authorities == NULL ? "ca_bundle" : fault->authorities);
    case HTTP_FAULT_CERTIFICATE:
        return explain_certificate(fault, why);
    case HTTP_FAULT_TLS:
        return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "no TLS with %s: %s", fault->name,
                           fault->detail);
    case HTTP_FAULT_BROKEN:
        return explain_broken(fault, why);
    case HTTP_FAULT_NOT_HTTP:
        return failure_set(why, AWS_ROLE_ERR_NOT_AWS, "%s does not speak HTTP", fault->name);
    case HTTP_FAULT_TOO_BIG:
        return failure_set(why, AWS_ROLE_ERR_NOT_AWS, "%s answered more than any answer of AWS",
                           fault->name);
    case HTTP_FAULT_OTHER:
        break;
    }
    return failure_set(why, AWS_ROLE_ERR_UNREACHABLE, "no answer from %s: %s", fault->name,
                       fault->detail);
}

int
http_words_transient(enum http_fault_kind kind)
{
    return kind == HTTP_FAULT_NAME || kind == HTTP_FAULT_PROXY_NAME ||
           kind == HTTP_FAULT_CONNECT || kind == HTTP_FAULT_TIME || kind == HTTP_FAULT_TLS ||
           kind == HTTP_FAULT_BROKEN || kind == HTTP_FAULT_PROXY || kind == HTTP_FAULT_OTHER;
}
