/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/error.h"
#include "helper/sigv4_canonical.h"

#define DIGEST_SIZE 32
#define SIGNED_MAX ((size_t)512 * 1024)
/* The last second that has a year of four digits. */
#define WHEN_MAX INT64_C(253402300799)

struct key {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    size_t size;
};

static int
sha256(const void *data, size_t size, unsigned char digest[DIGEST_SIZE])
{
    if (EVP_Digest(size == 0 ? "" : data, size, digest, NULL, EVP_sha256(), NULL) != 1)
        return AWS_ROLE_ERR_SYSTEM;
    return 0;
}

/* key := HMAC-SHA256(key, data) */
static int
hmac(struct key *key, const void *data, size_t size)
{
    unsigned char result[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    if (HMAC(EVP_sha256(), key->bytes, (int)key->size, data, size, result, &length) == NULL)
        return AWS_ROLE_ERR_SYSTEM;
    memcpy(key->bytes, result, DIGEST_SIZE);
    key->size = DIGEST_SIZE;
    explicit_bzero(result, sizeof result);
    return 0;
}

/* "AWS4" and the secret key; a longer one than a hash block is hashed by HMAC first. */
static int
first_hmac(struct key *key, const struct secret *secret, const char *day)
{
    struct buffer bytes;
    unsigned int length = 0;
    int r = AWS_ROLE_ERR_SYSTEM;

    buffer_start(&bytes, CREDENTIALS_SECRET_MAX + 4);
    buffer_text(&bytes, "AWS4");
    buffer_add(&bytes, secret->size == 0 ? "" : secret->data, secret->size);
    if (bytes.failed != 0) {
        r = bytes.failed;
    } else if (HMAC(EVP_sha256(), bytes.data, (int)bytes.size, (const unsigned char *)day, 8,
                    key->bytes, &length) != NULL) {
        key->size = length;
        r = 0;
    }
    buffer_wipe(&bytes);
    return r;
}

static int
derive_key(const struct sigv4_request *request, const char *day, struct key *key)
{
    int r;

    if ((r = first_hmac(key, &request->credentials->secret_access_key, day)) != 0 ||
        (r = hmac(key, request->region, strlen(request->region))) != 0 ||
        (r = hmac(key, request->service, strlen(request->service))) != 0)
        return r;
    return hmac(key, "aws4_request", strlen("aws4_request"));
}

static int
format_date(int64_t when, char date[17])
{
    time_t seconds = (time_t)when;
    struct tm utc;

    if (when < 0 || when > WHEN_MAX || gmtime_r(&seconds, &utc) == NULL ||
        strftime(date, 17, "%Y%m%dT%H%M%SZ", &utc) != 16)
        return AWS_ROLE_ERR_ARGUMENT;
    return 0;
}

static int
collect_headers(const struct sigv4_request *request, const char *date,
                struct sigv4_headers *headers)
{
    const struct http_header dated = {"x-amz-date", date};
    const struct http_header token = {"x-amz-security-token",
                                      request->credentials->session_token.data};
    int r, has_host = 0;

    for (size_t i = 0; i < request->header_count; i++)
        has_host |= strcasecmp(request->headers[i].name, "host") == 0;
    if (!has_host)
        return AWS_ROLE_ERR_ARGUMENT;
    if ((r = sigv4_canonical_sort(request->headers, request->header_count, headers)) != 0 ||
        (r = sigv4_canonical_sort(&dated, 1, headers)) != 0)
        return r;
    if (token.value == NULL || request->token_unsigned)
        return 0;
    return sigv4_canonical_sort(&token, 1, headers);
}

static void
add_scope(struct buffer *out, const struct sigv4_request *request, const char *date)
{
    buffer_add(out, date, 8);
    buffer_text(out, "/");
    buffer_text(out, request->region);
    buffer_text(out, "/");
    buffer_text(out, request->service);
    buffer_text(out, "/aws4_request");
}

static int
build_to_sign(const struct sigv4_request *request, struct sigv4_signature *signature)
{
    unsigned char digest[DIGEST_SIZE];
    int r;

    if ((r = sha256(signature->canonical.data, signature->canonical.size, digest)) != 0)
        return r;
    buffer_text(&signature->to_sign, "AWS4-HMAC-SHA256\n");
    buffer_text(&signature->to_sign, signature->date);
    buffer_text(&signature->to_sign, "\n");
    add_scope(&signature->to_sign, request, signature->date);
    buffer_text(&signature->to_sign, "\n");
    buffer_hex(&signature->to_sign, digest, sizeof digest);
    return signature->to_sign.failed;
}

static int
build_authorization(const struct sigv4_request *request, const struct sigv4_headers *headers,
                    struct sigv4_signature *signature)
{
    struct buffer *out = &signature->authorization;
    struct key key = {.size = 0};
    int r;

    if ((r = derive_key(request, signature->date, &key)) != 0 ||
        (r = hmac(&key, signature->to_sign.data, signature->to_sign.size)) != 0)
        goto out;
    buffer_text(out, "AWS4-HMAC-SHA256 Credential=");
    buffer_text(out, request->credentials->access_key_id);
    buffer_text(out, "/");
    add_scope(out, request, signature->date);
    buffer_text(out, ", SignedHeaders=");
    sigv4_canonical_names(out, headers);
    buffer_text(out, ", Signature=");
    buffer_hex(out, key.bytes, key.size);
    r = out->failed;
out:
    explicit_bzero(&key, sizeof key);
    return r;
}

int
sigv4_sign(const struct sigv4_request *request, struct sigv4_signature *signature)
{
    struct sigv4_headers headers = {.count = 0};
    unsigned char digest[DIGEST_SIZE];
    int r;

    buffer_start(&signature->canonical, SIGNED_MAX);
    buffer_start(&signature->to_sign, SIGNED_MAX);
    buffer_start(&signature->authorization, SIGNED_MAX);
    if ((r = format_date(request->when, signature->date)) != 0 ||
        (r = collect_headers(request, signature->date, &headers)) != 0 ||
        (r = sha256(request->body, request->body_size, digest)) != 0 ||
        (r = sigv4_canonical_request(&signature->canonical, request, &headers, digest)) != 0 ||
        (r = build_to_sign(request, signature)) != 0)
        return r;
    return build_authorization(request, &headers, signature);
}

void
sigv4_wipe(struct sigv4_signature *signature)
{
    buffer_wipe(&signature->canonical);
    buffer_wipe(&signature->to_sign);
    buffer_wipe(&signature->authorization);
}
