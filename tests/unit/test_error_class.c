/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/error.h"
#include "helper/error_class.h"

static const struct {
    const char *code, *message;
    long status;
    int class;
} answers[] = {
    {"AccessDenied", "", 403, AWS_ROLE_ERR_DENIED},
    {"InvalidClientTokenId", "", 403, AWS_ROLE_ERR_DENIED},
    {"ExpiredToken", "", 403, AWS_ROLE_ERR_DENIED},
    {"ExpiredTokenException", "", 400, AWS_ROLE_ERR_DENIED},
    {"SignatureDoesNotMatch", "The request signature we calculated does not match", 403,
     AWS_ROLE_ERR_DENIED},
    {"SignatureDoesNotMatch", "Signature expired: 20220127T001427Z is now earlier than", 403,
     AWS_ROLE_ERR_SKEW},
    {"SignatureDoesNotMatch", "Signature not yet current: 20220127T001427Z", 403,
     AWS_ROLE_ERR_SKEW},
    {"RequestTimeTooSkewed", "", 403, AWS_ROLE_ERR_SKEW},
    {"ValidationError", "", 400, AWS_ROLE_ERR_REFUSED},
    {"MalformedPolicyDocument", "", 400, AWS_ROLE_ERR_REFUSED},
    {"RegionDisabledException", "", 403, AWS_ROLE_ERR_REFUSED},
    {"NoSuchEntity", "", 404, AWS_ROLE_ERR_REFUSED},
    {"Throttling", "", 400, AWS_ROLE_ERR_RETRY},
    {"TooManyRequestsException", "", 429, AWS_ROLE_ERR_RETRY},
    {"IDPCommunicationError", "", 400, AWS_ROLE_ERR_RETRY},
    {"InternalFailure", "", 500, AWS_ROLE_ERR_RETRY},
    {"NewCode", "", 400, AWS_ROLE_ERR_REFUSED},
    {"NewCode", "", 403, AWS_ROLE_ERR_DENIED},
    {"NewCode", "", 500, AWS_ROLE_ERR_RETRY},
    {"NewCode", "", 599, AWS_ROLE_ERR_RETRY},
    /* AWS Sign-In */
    {"TOKEN_EXPIRED", "The refresh token has expired.", 401, AWS_ROLE_ERR_DENIED},
    {"AUTHCODE_EXPIRED", "", 401, AWS_ROLE_ERR_DENIED},
    {"USER_CREDENTIALS_CHANGED", "", 403, AWS_ROLE_ERR_DENIED},
    {"INSUFFICIENT_PERMISSIONS", "", 403, AWS_ROLE_ERR_DENIED},
    {"INVALID_REQUEST", "", 400, AWS_ROLE_ERR_REFUSED},
    {"INVALID_REQUEST", "Too many requests.", 429, AWS_ROLE_ERR_RETRY},
    {"server_error", "", 500, AWS_ROLE_ERR_RETRY},
    {"", "", 503, AWS_ROLE_ERR_RETRY},
    {"", "", 429, AWS_ROLE_ERR_RETRY},
    {"", "", 301, AWS_ROLE_ERR_NOT_AWS},
    {"", "", 403, AWS_ROLE_ERR_NOT_AWS},
    {"", "", 404, AWS_ROLE_ERR_NOT_AWS},
};

static void
classes_every_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        int class = error_class(answers[i].code, answers[i].message, answers[i].status);

        if (class != answers[i].class)
            fail_msg("%s, \"%s\", %ld: %d", answers[i].code, answers[i].message,
                     answers[i].status, class);
    }
}

static void
knows_what_a_clock_can_cause(void **state)
{
    (void)state;
    assert_true(error_class_may_be_skew("SignatureDoesNotMatch"));
    assert_true(error_class_may_be_skew("RequestExpired"));
    assert_true(error_class_may_be_skew("TOKEN_EXPIRED"));
    assert_false(error_class_may_be_skew("AUTHCODE_EXPIRED"));
    assert_false(error_class_may_be_skew("INVALID_REQUEST"));
    assert_false(error_class_may_be_skew("AccessDenied"));
    assert_false(error_class_may_be_skew(""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_every_answer),
        cmocka_unit_test(knows_what_a_clock_can_cause),
    };

    return cmocka_run_group_tests_name("error_class", tests, NULL, NULL);
}
