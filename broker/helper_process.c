/* SPDX-License-Identifier: BSD-3-Clause */
#include "broker/helper_process.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/spawn.h"

#define LAST_WORD_MS 500

int
helper_process_start(struct helper_process *helper, const char *program, deadline_t give_up)
{
    char *argv[] = {(char *)(uintptr_t)program, NULL};
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    r = spawn_child(program, argv, &pair[1], 1, &helper->pid);
    close(pair[1]);
    helper->fd = pair[0];
    helper->give_up = give_up;
    if (r != 0)
        close(pair[0]);
    return r;
}

int
helper_process_send(const struct helper_process *helper, const struct record *record)
{
    return record_send(helper->fd, record, helper->give_up);
}

int
helper_process_receive(const struct helper_process *helper, struct record *record)
{
    return record_receive(helper->fd, record, helper->give_up + LAST_WORD_MS);
}

void
helper_process_end(struct helper_process *helper)
{
    close(helper->fd);
    (void)kill(helper->pid, SIGKILL); /* it has said all that counts */
    while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
