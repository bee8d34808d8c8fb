/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/dpop.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "common/error.h"
#include "helper/base64.h"
#include "helper/json_out.h"
#include "helper/random.h"

#define COORDINATE 32             /* of P-256, RFC 7518 6.2.1.2 */
#define POINT (2 * COORDINATE)    /* x, y; also r, s of RFC 7518 3.4 */
#define SIGNATURE_MAX 72          /* of ECDSA on P-256 in DER */
#define PROOF_MAX 4096

int
dpop_key_new(struct secret *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    unsigned char bytes[DPOP_KEY_MAX], *end = bytes;
    EVP_PKEY *made = NULL;
    int length = 0, r = AWS_ROLE_ERR_SYSTEM;

    if (context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1 &&
        EVP_PKEY_keygen(context, &made) == 1)
        length = i2d_PrivateKey(made, NULL);
    if (length > 0 && length <= DPOP_KEY_MAX && i2d_PrivateKey(made, &end) == length)
        r = secret_set(key, bytes, (size_t)length);
    explicit_bzero(bytes, sizeof bytes);
    EVP_PKEY_free(made);
    EVP_PKEY_CTX_free(context);
    return r;
}

static EVP_PKEY *
read_key(const struct secret *key)
{
    const unsigned char *at = (const unsigned char *)key->data;

    return key->size == 0 ? NULL : d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)key->size);
}

/* x and y: a SubjectPublicKeyInfo ends in the point, 4 x y (RFC 5480 2.2, SEC 1 2.3.3). */
static int
read_point(EVP_PKEY *key, unsigned char point[POINT])
{
    unsigned char *bytes = NULL;
    int length = i2d_PUBKEY(key, &bytes), r = AWS_ROLE_ERR_SYSTEM;

    if (length > POINT && bytes[length - POINT - 1] == 4) {
        memcpy(point, bytes + length - POINT, POINT);
        r = 0;
    }
    OPENSSL_free(bytes);
    return r;
}

static void
add_coordinate(struct buffer *text, const unsigned char *bytes)
{
    buffer_start(text, PROOF_MAX);
    base64_add_url(text, bytes, COORDINATE);
}

/* The JOSE header, RFC 9449 4.2. */
static void
add_header(struct buffer *json, const unsigned char point[POINT])
{
    struct buffer x, y;

    add_coordinate(&x, point);
    add_coordinate(&y, point + COORDINATE);
    json_out_add(json, json_pack("{ss ss s{ss ss ss ss}}", "typ", "dpop+jwt", "alg", "ES256", "jwk",
                                 "kty", "EC", "crv", "P-256", "x", buffer_string(&x), "y",
                                 buffer_string(&y)));
    buffer_wipe(&x);
    buffer_wipe(&y);
}

static void
add_claims(struct buffer *json, const char *method, const char *url, int64_t now)
{
    char number[RANDOM_UUID_SIZE];

    if (random_uuid(number) != 0 && json->failed == 0)
        json->failed = AWS_ROLE_ERR_SYSTEM;
    json_out_add(json, json_pack("{ss ss sI ss}", "htm", method, "htu", url, "iat",
                                 (json_int_t)now, "jti", number));
}

/* r and s, each as 32 bytes, of a signature in DER. */
static int
flatten(const unsigned char *der, size_t size, unsigned char flat[POINT])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    int good = signature != NULL &&
               BN_bn2binpad(ECDSA_SIG_get0_r(signature), flat, COORDINATE) == COORDINATE &&
               BN_bn2binpad(ECDSA_SIG_get0_s(signature), flat + COORDINATE, COORDINATE) ==
                   COORDINATE;

    ECDSA_SIG_free(signature);
    return good ? 0 : AWS_ROLE_ERR_SYSTEM;
}

static int
sign(EVP_PKEY *key, const struct buffer *text, unsigned char flat[POINT])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char der[SIGNATURE_MAX];
    size_t size = sizeof der;
    int r = AWS_ROLE_ERR_SYSTEM;

    if (context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, der, &size, (const unsigned char *)buffer_string(text),
                       text->size) == 1)
        r = flatten(der, size, flat);
    EVP_MD_CTX_free(context);
    return r;
}

/* The first two parts of the JWT, which are what is signed. */
static void
add_parts(struct buffer *proof, const unsigned char point[POINT], const char *method,
          const char *url, int64_t now)
{
    struct buffer header, claims;

    json_out_begin();
    buffer_start(&header, PROOF_MAX);
    buffer_start(&claims, PROOF_MAX);
    add_header(&header, point);
    add_claims(&claims, method, url, now);
    base64_add_url(proof, buffer_string(&header), header.size);
    buffer_text(proof, ".");
    base64_add_url(proof, buffer_string(&claims), claims.size);
    if (proof->failed == 0)
        proof->failed = header.failed != 0 ? header.failed : claims.failed;
    buffer_wipe(&header);
    buffer_wipe(&claims);
}

int
dpop_proof(const struct secret *key, const char *method, const char *url, int64_t now,
           struct buffer *proof)
{
    unsigned char point[POINT], flat[POINT];
    EVP_PKEY *read = read_key(key);
    int r = AWS_ROLE_ERR_ARGUMENT;

    if (read == NULL)
        return r;
    r = read_point(read, point);
    if (r == 0) {
        add_parts(proof, point, method, url, now);
        r = proof->failed;
    }
    if (r == 0)
        r = sign(read, proof, flat);
    EVP_PKEY_free(read);
    if (r != 0)
        return r;
    buffer_text(proof, ".");
    base64_add_url(proof, flat, sizeof flat);
    return proof->failed;
}
