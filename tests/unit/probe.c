/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

int
probe_run(int (*set_confinement)(void), int (*function)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (set_confinement() != 0)
            _exit(PROBE_FAILED);
        _exit(function());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        fail_msg("the probe died of signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}
