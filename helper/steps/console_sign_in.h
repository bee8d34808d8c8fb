/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STEPS_CONSOLE_SIGN_IN_H
#define AWS_ROLE_HELPER_STEPS_CONSOLE_SIGN_IN_H

#include "helper/steps/step.h"

/*
 * Credentials of whoever LOGIN_SESSION names, who has signed in to the AWS console: for fifteen
 * minutes, and renewed by what is kept, for twelve hours after the sign-in at most. Without
 * anything kept it asks: with a page to open when a person is there, else for an `aws-role login`.
 * Somebody else's sign-in is AWS_ROLE_ERR_ANSWER, and nothing of it is given on: its ID token and
 * GetCallerIdentity have to name LOGIN_SESSION whole.
 */
step_run console_sign_in_run;

#endif
