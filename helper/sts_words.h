/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_HELPER_STS_WORDS_H
#define AWS_ROLE_HELPER_STS_WORDS_H

#include "helper/failure.h"
#include "helper/replies.h"
#include "helper/sts.h"

/*
 * Replaces the general words in `why`, which exchange_run left there, by what an administrator can
 * act on: which policy, key, setting or clock it is about. AWS's own message and request id follow.
 * `region` is the one that was signed for. Nothing is changed when the service said nothing.
 * Returns the class, which becomes AWS_ROLE_ERR_ANSWER where it is a code that was not taken.
 */
int sts_words_explain(const struct sts_call *call, const char *region,
                       const struct reply_error *error, struct failure *why);

#endif
