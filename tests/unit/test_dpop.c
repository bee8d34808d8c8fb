/* SPDX-License-Identifier: BSD-3-Clause */
/* Proofs, which the peer has checked by cryptography; what is in one, by its own parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "helper/base64.h"
#include "helper/dpop.h"
#include "helper/exchange.h"
#include "helper/random.h"
#include "tests/unit/peer_process.h"

#define PROOF_MAX 4096
#define PROVED "The provided authorization grant is invalid"
/* A refresh that gets as far as its proof is good for. */
#define BODY                                                                                       \
    "{\"clientId\":\"arn:aws:signin:::devtools/cross-device\",\"grantType\":\"refresh_token\","    \
    "\"refreshToken\":\"none\"}"

static struct secret key;
static struct buffer proof;
static char url[128];

static int
prove(const char *method, const char *to, int64_t now)
{
    buffer_wipe(&proof);
    buffer_start(&proof, PROOF_MAX);
    return dpop_proof(&key, method, to, now, &proof);
}

static void
prove_now(void)
{
    assert_int_equal(prove("POST", url, (int64_t)time(NULL)), 0);
}

/* What the peer says to a request with `proof`. */
static void
expect_said(const char *code, const char *words)
{
    struct http_header header = {"DPoP", buffer_string(&proof)};
    struct http_response response;
    struct exchange exchange;
    struct reply_error error;
    struct failure why = {.class = 0};
    struct buffer body;

    buffer_start(&body, sizeof BODY);
    buffer_text(&body, BODY);
    exchange_start(&exchange, deadline_in(30000), 0, -1);
    (void)exchange_run(&exchange,
                       &(struct exchange_call){.method = "POST",
                                               .url = url,
                                               .content_type = "application/json",
                                               .extra = &header,
                                               .extra_count = 1,
                                               .body = &body,
                                               .connect_ms = 5000,
                                               .try_ms = 10000,
                                               .attempts = 1},
                       &response, &error, &why);
    exchange_end(&exchange);
    buffer_wipe(&body);
    http_response_wipe(&response);
    if (strcmp(error.code, code) != 0 || strstr(error.message, words) == NULL)
        fail_msg("%s, %s (%s), not %s, %s", error.code, error.message, why.text, code, words);
}

/* A part of the proof, of three, as JSON. The caller decrefs it. */
static json_t *
part(size_t number)
{
    const char *at = buffer_string(&proof);
    struct secret text = SECRET_EMPTY;
    json_t *read;

    while (number-- > 0)
        at = strchr(at, '.') + 1;
    assert_int_equal(base64_read(at, strcspn(at, "."), &text), 0);
    read = json_loadb(text.data, text.size, 0, NULL);
    assert_non_null(read);
    secret_wipe(&text);
    return read;
}

static void
expect_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(object, name));

    assert_non_null(value);
    assert_string_equal(value, text);
}

static void
proves(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        prove_now();
        expect_said("INVALID_REQUEST", PROVED);
    }
}

/* 1 when the proof's r and s, 32 bytes each, sign its first two parts. */
static int
is_signed(void)
{
    const unsigned char *at = (const unsigned char *)key.data, *flat;
    const char *end = strrchr(proof.data, '.');
    EVP_PKEY *read = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)key.size);
    EVP_MD_CTX *verify = EVP_MD_CTX_new();
    ECDSA_SIG *pair = ECDSA_SIG_new();
    struct secret bytes = SECRET_EMPTY;
    unsigned char *der = NULL;
    int length, good;

    assert_int_equal(base64_read(end + 1, strlen(end + 1), &bytes), 0);
    assert_int_equal(bytes.size, 64);
    flat = (const unsigned char *)bytes.data;
    assert_int_equal(
        ECDSA_SIG_set0(pair, BN_bin2bn(flat, 32, NULL), BN_bin2bn(flat + 32, 32, NULL)), 1);
    length = i2d_ECDSA_SIG(pair, &der);
    assert_int_equal(EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, read), 1);
    good = EVP_DigestVerify(verify, der, (size_t)length, (const unsigned char *)proof.data,
                            (size_t)(end - proof.data)) == 1;
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(verify);
    EVP_PKEY_free(read);
    secret_wipe(&bytes);
    return good;
}

/* One signature in 128 has a half that is shorter as a number. */
static void
signs_with_any_numbers(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(prove("POST", url, i), 0);
        assert_true(is_signed());
    }
}

/* 1 when a coordinate of the key begins with eight bits that are 0. */
static int
is_short(const char *name)
{
    json_t *header = part(0);
    const char *text = json_string_value(json_object_get(json_object_get(header, "jwk"), name));
    int is = text[0] == 'A' && text[1] >= 'A' && text[1] <= 'P';

    assert_int_equal(strlen(text), 43);
    json_decref(header);
    return is;
}

/* One key in 128 has a coordinate that is shorter as a number. */
static void
proves_with_any_key(void **state)
{
    int short_ones = 0;

    (void)state;
    for (int i = 0; i < 5000 && short_ones < 2; i++) {
        assert_int_equal(dpop_key_new(&key), 0);
        prove_now();
        if (is_short("x") || is_short("y")) {
            short_ones++;
            expect_said("INVALID_REQUEST", PROVED);
        }
    }
    assert_int_equal(short_ones, 2);
}

static void
is_for_one_method_and_url(void **state)
{
    char other[sizeof url + 1];

    (void)state;
    assert_int_equal(prove("GET", url, (int64_t)time(NULL)), 0);
    expect_said("INVALID_REQUEST", "htm is not POST");
    snprintf(other, sizeof other, "%s/", url);
    assert_int_equal(prove("POST", other, (int64_t)time(NULL)), 0);
    expect_said("INVALID_REQUEST", "htu is not");
}

static void
is_good_once(void **state)
{
    (void)state;
    prove_now();
    expect_said("INVALID_REQUEST", PROVED);
    expect_said("INVALID_REQUEST", "a jti for the second time");
}

static void
is_good_at_its_time(void **state)
{
    (void)state;
    assert_int_equal(prove("POST", url, (int64_t)time(NULL) + 60), 0);
    expect_said("TOKEN_EXPIRED", "");
    assert_int_equal(prove("POST", url, (int64_t)time(NULL) - 600), 0);
    expect_said("TOKEN_EXPIRED", "");
}

static void
is_signed_as_a_whole(void **state)
{
    size_t dots[2];

    (void)state;
    prove_now();
    dots[0] = strcspn(proof.data, ".");
    dots[1] = dots[0] + 1 + strcspn(proof.data + dots[0] + 1, ".");
    for (size_t i = 0; i < 3; i++) {
        size_t at = i < 2 ? dots[i] - 2 : proof.size - 5;
        char was = proof.data[at];

        proof.data[at] = was == 'Q' ? 'R' : 'Q';
        expect_said("INVALID_REQUEST", "Invalid DPoP proof");
        proof.data[at] = was;
    }
    expect_said("INVALID_REQUEST", PROVED);
}

static void
says_what_it_is_given(void **state)
{
    static const int64_t times[] = {0, 1, 1700000000, INT64_C(4102444800), -5};

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        json_t *header, *claims;

        assert_int_equal(prove("POST", "https://a.example/\"t\\", times[i]), 0);
        header = part(0);
        claims = part(1);
        expect_text(header, "typ", "dpop+jwt");
        expect_text(header, "alg", "ES256");
        expect_text(json_object_get(header, "jwk"), "kty", "EC");
        expect_text(json_object_get(header, "jwk"), "crv", "P-256");
        assert_int_equal(json_object_size(json_object_get(header, "jwk")), 4);
        assert_int_equal(json_object_size(header), 3);
        expect_text(claims, "htm", "POST");
        expect_text(claims, "htu", "https://a.example/\"t\\");
        assert_true(json_integer_value(json_object_get(claims, "iat")) == times[i]);
        assert_int_equal(strlen(json_string_value(json_object_get(claims, "jti"))),
                         RANDOM_UUID_SIZE - 1);
        assert_int_equal(json_object_size(claims), 4);
        json_decref(header);
        json_decref(claims);
    }
}

static void
no_two_are_the_same(void **state)
{
    json_t *header[2], *claims[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(prove("POST", url, 1700000000), 0);
        header[i] = part(0);
        claims[i] = part(1);
    }
    assert_true(json_equal(header[0], header[1])); /* the key */
    assert_false(json_equal(json_object_get(claims[0], "jti"), json_object_get(claims[1], "jti")));
    for (size_t i = 0; i < 2; i++) {
        json_decref(header[i]);
        json_decref(claims[i]);
    }
}

static void
keys_are_new(void **state)
{
    struct secret other = SECRET_EMPTY;

    (void)state;
    assert_int_equal(dpop_key_new(&other), 0);
    assert_false(secret_equal(&key, &other));
    assert_in_range(key.size, 100, DPOP_KEY_MAX);
    secret_wipe(&other);
}

static void
what_is_no_key_proves_nothing(void **state)
{
    static const char *const none[] = {"", "x", "0", "-----BEGIN EC PRIVATE KEY-----", "\x30\x77"};
    struct secret whole = SECRET_EMPTY;

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(secret_set(&key, none[i], strlen(none[i])), 0);
        assert_int_equal(prove("POST", url, 0), AWS_ROLE_ERR_ARGUMENT);
        assert_null(proof.data);
    }
    assert_int_equal(dpop_key_new(&whole), 0);
    for (size_t size = 0; size < whole.size; size++) {
        assert_int_equal(secret_set(&key, whole.data, size), 0);
        assert_int_equal(prove("POST", url, 0), AWS_ROLE_ERR_ARGUMENT);
    }
    secret_wipe(&whole);
}

static void
what_does_not_fit_is_told(void **state)
{
    (void)state;
    buffer_start(&proof, 200);
    assert_int_equal(dpop_proof(&key, "POST", url, 0, &proof), AWS_ROLE_ERR_TOO_BIG);
}

static int
set_up(void **state)
{
    (void)state;
    peer_process_forget();
    snprintf(url, sizeof url, "%s/v1/token", peer_process_port("signin_plain_url"));
    return dpop_key_new(&key);
}

static int
tear_down(void **state)
{
    (void)state;
    secret_wipe(&key);
    buffer_wipe(&proof);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(proves),
        TEST(signs_with_any_numbers),
        TEST(proves_with_any_key),
        TEST(is_for_one_method_and_url),
        TEST(is_good_once),
        TEST(is_good_at_its_time),
        TEST(is_signed_as_a_whole),
        TEST(says_what_it_is_given),
        TEST(no_two_are_the_same),
        TEST(keys_are_new),
        TEST(what_is_no_key_proves_nothing),
        TEST(what_does_not_fit_is_told),
    };

    if (peer_process_start() != 0)
        return 77; /* automake: skipped */
    return cmocka_run_group_tests_name("dpop", tests, NULL, peer_process_stop);
}
