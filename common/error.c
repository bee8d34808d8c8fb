/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/error.h"

#include <stddef.h>

static const struct {
    int error;
    const char *text;
} texts[] = {
    {AWS_ROLE_OK, "success"},
    {AWS_ROLE_ERR_MEMORY, "out of memory"},
    {AWS_ROLE_ERR_SYSTEM, "a system call failed"},
    {AWS_ROLE_ERR_DEADLINE, "the time allowed is over"},
    {AWS_ROLE_ERR_NOT_FOUND, "not found"},
    {AWS_ROLE_ERR_UNTRUSTED, "a file's owner, mode or kind cannot be trusted"},
    {AWS_ROLE_ERR_ARGUMENT, "a function was called with what it does not take"},
    {AWS_ROLE_ERR_PRIVILEGE, "privilege is missing or could not be dropped"},
    {AWS_ROLE_ERR_PEER_GONE, "the other side is gone"},
    {AWS_ROLE_ERR_PROTOCOL, "a record breaks the protocol"},
    {AWS_ROLE_ERR_TOO_BIG, "over a limit of size or count"},
    {AWS_ROLE_ERR_BUSY, "the other side does not read"},
    {AWS_ROLE_ERR_SYNTAX, "the configuration does not parse"},
    {AWS_ROLE_ERR_CONFIG, "the configuration cannot be right"},
    {AWS_ROLE_ERR_UNMAPPED, "nothing gives this person a role"},
    {AWS_ROLE_ERR_NOT_ALLOWED, "the role is not one of this person's"},
    {AWS_ROLE_ERR_MISSING_VALUE, "an expansion has no value in this session"},
    {AWS_ROLE_ERR_RETRY, "AWS asks to try again later"},
    {AWS_ROLE_ERR_SKEW, "this host's clock differs from AWS's"},
    {AWS_ROLE_ERR_DENIED, "AWS denied the request"},
    {AWS_ROLE_ERR_REFUSED, "AWS cannot accept the request as configured"},
    {AWS_ROLE_ERR_UNREACHABLE, "no answer from the service"},
    {AWS_ROLE_ERR_NOT_AWS, "the answer is not one of the service's"},
    {AWS_ROLE_ERR_NEEDS_PERSON, "a person has to answer first"},
    {AWS_ROLE_ERR_ANSWER, "what a person answered is not accepted"},
    {AWS_ROLE_ERR_ATTEMPTS, "too many answers were not accepted"},
};

const char *
error_text(int error)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].error == error)
            return texts[i].text;
    return "an unknown error";
}

int
error_is_known(int error)
{
    if (error >= 0)
        return 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].error == error)
            return 1;
    return 0;
}
