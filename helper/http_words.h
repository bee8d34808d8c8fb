/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_HTTP_WORDS_H
#define AWS_ROLE_HELPER_HTTP_WORDS_H

#include "helper/failure.h"

/* Why no answer came, for helper/http.c alone. */

enum http_fault_kind {
    HTTP_FAULT_OTHER,
    HTTP_FAULT_MEMORY,
    HTTP_FAULT_GONE,        /* who waits for the answer went away */
    HTTP_FAULT_URL,         /* no https or http URL */
    HTTP_FAULT_PLAIN,       /* http to another host */
    HTTP_FAULT_NAME,        /* no address for the host */
    HTTP_FAULT_PROXY_NAME,  /* no address for the proxy */
    HTTP_FAULT_PROXY,       /* the proxy refused */
    HTTP_FAULT_CONNECT,     /* no connection */
    HTTP_FAULT_TIME,        /* no connection or no answer in time */
    HTTP_FAULT_AUTHORITIES, /* the authorities' file cannot be used */
    HTTP_FAULT_CERTIFICATE, /* the server's certificate does not verify */
    HTTP_FAULT_TLS,         /* no TLS */
    HTTP_FAULT_BROKEN,      /* the connection ended before the answer did */
    HTTP_FAULT_NOT_HTTP,
    HTTP_FAULT_TOO_BIG,
};

struct http_fault {
    enum http_fault_kind kind;
    const char *name;        /* of the host */
    const char *proxy;       /* NULL: none */
    const char *authorities; /* file or folder they were looked for in; NULL: none was found */
    const char *detail;      /* the library's own words; "" */
    int os_error;            /* errno of connect(2); 0 */
    long verify_result;      /* X509_V_ERR_* of openssl/x509_vfy.h */
    long proxy_status;       /* the proxy's answer to CONNECT; 0 */
    int connected;           /* 1: there was a connection */
    int milliseconds;        /* how long the request took */
};

/* Tells it in words and returns its class. */
int http_words_explain(const struct http_fault *fault, struct failure *why);

/* 1 when the same request may succeed later. */
int http_words_transient(enum http_fault_kind kind);

#endif
