/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/child.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"

#define STEP_MS 50 /* between two looks, where the kernel has no pidfd_open(2): before Linux 5.3 */

int
child_wait(pid_t pid, deadline_t deadline, int *status)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    pid_t ended;
    int left;

    do {
        left = deadline_left(deadline);
        ended = waitpid(pid, status, WNOHANG);
        if (ended == 0 && left > 0) /* poll(2) takes an fd below 0 for none, and sleeps */
            (void)poll(&end, 1, end.fd < 0 && left > STEP_MS ? STEP_MS : left);
    } while ((ended == 0 && left > 0) || (ended < 0 && errno == EINTR));
    if (end.fd >= 0)
        close(end.fd);
    if (ended == 0)
        return AWS_ROLE_ERR_DEADLINE;
    return ended == pid ? 0 : AWS_ROLE_ERR_SYSTEM;
}
