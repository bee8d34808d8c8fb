/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper/confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/error.h"
#include "helper/confine_calls.h"
#include "helper/confine_files.h"

/* A resolver thread reserves 8 MiB of stack and 128 MiB of heap, and touches little of it. */
#define ADDRESS_SPACE_MAX ((rlim_t)1024 * 1024 * 1024)
#define DATA_MAX ((rlim_t)256 * 1024 * 1024)
/* An obtain takes milliseconds of it. */
#define CPU_SECONDS_MAX 20
#define DESCRIPTORS_MAX 64

/* AddressSanitizer maps terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define LIMITS_MEMORY 0
#else
#define LIMITS_MEMORY 1
#endif

static int
limit(int resource, rlim_t value)
{
    struct rlimit now;

    if (getrlimit(resource, &now) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
        value = now.rlim_max;
    now = (struct rlimit){value, value};
    return setrlimit(resource, &now) == 0 ? 0 : AWS_ROLE_ERR_SYSTEM;
}

static int
limit_all(void)
{
    int r;

    if ((r = limit(RLIMIT_CORE, 0)) != 0 || (r = limit(RLIMIT_FSIZE, 0)) != 0 ||
        (r = limit(RLIMIT_CPU, CPU_SECONDS_MAX)) != 0 ||
        (r = limit(RLIMIT_NOFILE, DESCRIPTORS_MAX)) != 0)
        return r;
    if (!LIMITS_MEMORY)
        return 0;
    if ((r = limit(RLIMIT_AS, ADDRESS_SPACE_MAX)) != 0)
        return r;
    return limit(RLIMIT_DATA, DATA_MAX);
}

int
confine(const char *const *files, size_t count)
{
    int r;

    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return AWS_ROLE_ERR_SYSTEM;
    if ((r = limit_all()) != 0)
        return r;
    if ((r = confine_files(files, count)) != 0)
        return r;
    return confine_calls();
}
