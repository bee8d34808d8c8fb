/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_PAM_MODULE_PROMPT_H
#define AWS_ROLE_PAM_MODULE_PROMPT_H

#include <security/pam_modules.h>

#include "common/secret.h"

/*
 * The application's conversation (pam_conv(3)), by which a person is asked and told. For use inside
 * pam_sm_authenticate. What somebody types is wiped here in any case, and is in no log: people type
 * their password at whatever asks.
 */

/* What became of a question. */
enum prompt_answer {
    PROMPT_CODE,    /* six digits and nothing else */
    PROMPT_OTHER,   /* something else, which is gone: it may be asked again */
    PROMPT_NOTHING, /* an empty line, this login's very password, or the user's name: no code */
    PROMPT_FAILED,  /* nobody could be asked */
};

/*
 * Asks, with what is typed visible. `code` holds the digits with PROMPT_CODE, and is empty else;
 * the caller wipes it. The user's name (PAM_USER) is what applications that have nobody to ask give
 * to any such question, as Dovecot does (passdb-pam.c). A prompt that is not printable ASCII, or
 * longer than PAM_MAX_MSG_SIZE allows, is not shown: PROMPT_FAILED.
 */
enum prompt_answer prompt_ask(pam_handle_t *pamh, const char *prompt, struct secret *code);

/* Tells what went wrong. A text as no prompt may be is not shown, and a failure is nobody's. */
void prompt_tell(pam_handle_t *pamh, const char *text);

/* 1 when the application has somebody to talk to. */
int prompt_is_possible(pam_handle_t *pamh);

/*
 * 1 when it is known that this person has not shown who they are: pam_unix(8) has failed, which
 * leaves its result in the handle, an int called unix_setcred_return (pam_unix_auth.c, Linux-PAM
 * 1.3.0 and later); or the password is the one that sshd(8) makes up for who may not come in, the
 * bytes of "\b\n\r\177INCORRECT" in turn to the length of what was typed (OpenSSH, auth-pam.c,
 * fake_password). Nothing else in PAM tells a module how those before it have ended.
 */
int prompt_is_premature(pam_handle_t *pamh);

#endif
