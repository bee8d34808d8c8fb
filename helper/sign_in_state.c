/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/sign_in_state.h"

#include <openssl/evp.h>
#include <string.h>

#include "common/error.h"
#include "helper/buffer.h"
#include "helper/dpop.h"

#define STATE_VERSION 1
#define BYTES_MAX 16384

/* The bytes as they lie: fixed parts, then the key with its length, then what is left. */
struct begun_head {
    unsigned char version;
    unsigned char step[SIGN_IN_DIGEST];
    uint16_t port;
    char state[RANDOM_UUID_SIZE];
    char verifier[SIGN_IN_VERIFIER_LENGTH + 1];
};

struct kept_head {
    unsigned char version;
    unsigned char same_device;
    uint16_t key_size;
    deadline_t until;
};

static int
digest_of(const struct record *step, unsigned char digest[SIGN_IN_DIGEST])
{
    return EVP_Digest(step->bytes.data, step->bytes.size, digest, NULL, EVP_sha256(), NULL) == 1
               ? 0
               : AWS_ROLE_ERR_SYSTEM;
}

int
sign_in_state_begin(const struct record *step, uint16_t port, struct sign_in_begun *begun)
{
    int r;

    memset(begun, 0, sizeof *begun);
    begun->port = port;
    r = digest_of(step, begun->step);
    if (r == 0)
        r = random_uuid(begun->state);
    if (r == 0)
        r = random_text(begun->verifier, SIGN_IN_VERIFIER_LENGTH);
    if (r == 0)
        r = dpop_key_new(&begun->key);
    if (r != 0)
        sign_in_state_wipe_begun(begun);
    return r;
}

/* Both parts behind each other. */
static int
join(const void *head, size_t head_size, const struct secret *first, const struct secret *second,
     struct secret *bytes)
{
    struct buffer joined;
    int r;

    buffer_start(&joined, BYTES_MAX);
    buffer_add(&joined, head, head_size);
    buffer_add(&joined, first->data, first->size);
    if (second != NULL)
        buffer_add(&joined, second->data, second->size);
    r = joined.failed != 0 ? joined.failed : secret_set(bytes, joined.data, joined.size);
    buffer_wipe(&joined);
    return r;
}

int
sign_in_state_write_begun(const struct sign_in_begun *begun, struct secret *bytes)
{
    struct begun_head head;
    int r;

    memset(&head, 0, sizeof head);
    head.version = STATE_VERSION;
    head.port = begun->port;
    memcpy(head.step, begun->step, sizeof head.step);
    memcpy(head.state, begun->state, sizeof head.state);
    memcpy(head.verifier, begun->verifier, sizeof head.verifier);
    r = join(&head, sizeof head, &begun->key, NULL, bytes);
    explicit_bzero(&head, sizeof head);
    return r;
}

int
sign_in_state_read_begun(const struct secret *bytes, const struct record *step,
                   struct sign_in_begun *begun)
{
    unsigned char digest[SIGN_IN_DIGEST];
    struct begun_head head;
    int r = digest_of(step, digest);

    memset(begun, 0, sizeof *begun);
    if (r != 0 || bytes->size <= sizeof head)
        return r != 0 ? r : AWS_ROLE_ERR_NOT_FOUND;
    memcpy(&head, bytes->data, sizeof head);
    if (head.version != STATE_VERSION || memcmp(head.step, digest, sizeof digest) != 0 ||
        head.state[sizeof head.state - 1] != '\0' ||
        head.verifier[sizeof head.verifier - 1] != '\0') {
        r = AWS_ROLE_ERR_NOT_FOUND;
    } else {
        begun->port = head.port;
        memcpy(begun->step, head.step, sizeof begun->step);
        memcpy(begun->state, head.state, sizeof begun->state);
        memcpy(begun->verifier, head.verifier, sizeof begun->verifier);
        r = secret_set(&begun->key, bytes->data + sizeof head, bytes->size - sizeof head);
    }
    explicit_bzero(&head, sizeof head);
    return r;
}

int
sign_in_state_write_kept(const struct sign_in_kept *kept, struct secret *bytes)
{
    struct kept_head head;

    memset(&head, 0, sizeof head);
    head.version = STATE_VERSION;
    head.same_device = (unsigned char)kept->same_device;
    head.key_size = (uint16_t)kept->key.size;
    head.until = kept->until;
    return join(&head, sizeof head, &kept->key, &kept->refresh_token, bytes);
}

int
sign_in_state_read_kept(const struct secret *bytes, struct sign_in_kept *kept)
{
    struct kept_head head;
    const char *at;
    size_t left;
    int r;

    memset(kept, 0, sizeof *kept);
    if (bytes->size <= sizeof head)
        return AWS_ROLE_ERR_NOT_FOUND;
    memcpy(&head, bytes->data, sizeof head);
    at = bytes->data + sizeof head;
    left = bytes->size - sizeof head;
    if (head.version != STATE_VERSION || head.key_size == 0 || head.key_size >= left)
        return AWS_ROLE_ERR_NOT_FOUND;
    kept->until = head.until;
    kept->same_device = head.same_device;
    r = secret_set(&kept->key, at, head.key_size);
    if (r == 0)
        r = secret_set(&kept->refresh_token, at + head.key_size, left - head.key_size);
    if (r != 0)
        sign_in_state_wipe_kept(kept);
    return r;
}

void
sign_in_state_wipe_begun(struct sign_in_begun *begun)
{
    secret_wipe(&begun->key);
    explicit_bzero(begun, sizeof *begun);
}

void
sign_in_state_wipe_kept(struct sign_in_kept *kept)
{
    secret_wipe(&kept->key);
    secret_wipe(&kept->refresh_token);
    explicit_bzero(kept, sizeof *kept);
}
