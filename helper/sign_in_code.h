/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_SIGN_IN_CODE_H
#define AWS_ROLE_HELPER_SIGN_IN_CODE_H

#include "common/secret.h"

/* What a person brings from the sign-in page. Both are wiped with sign_in_code_wipe. */
struct sign_in_code {
    struct secret code;
    struct secret state;
};

/*
 * Reads an answer: the verification code that the page shows, base64 of a query that has `state`
 * and `code` once each; or that query itself, which a browser brings to a redirect URI. Other
 * parameters are ignored (RFC 6749 4.1.2). White space, as of lines that were copied, is left out.
 * AWS_ROLE_ERR_ANSWER: it is neither; AWS_ROLE_ERR_MEMORY.
 */
int sign_in_code_read(const struct secret *answer, struct sign_in_code *code);

void sign_in_code_wipe(struct sign_in_code *code);

#endif
