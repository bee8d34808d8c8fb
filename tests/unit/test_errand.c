/* SPDX-License-Identifier: BSD-3-Clause */
/* Errands that are refused, and a probe of nobody: what needs neither root nor a listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "broker/errand.h"

static void
a_wrong_uid_is_wrong_usage(void **state)
{
    static const char *const wrong[] = {"", "ueno", "-1", "+1", " 1", "1 ", "0x10", "1e3",
                                        "4294967295", "4294967296", "99999999999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(errand_forget("/nonexistent", wrong[i]), ERRAND_USAGE);
}

static void
what_is_no_address_is_wrong_usage(void **state)
{
    static const char *const wrong[] = {"", "localhost", "127.0.0.1:80", "127.1", "[::1]",
                                        "169.254.169.254 ", "fe80::1%lo", "::ffff:1.2.3.4.5"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(errand_probe(wrong[i]), ERRAND_USAGE);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(errand_reach(wrong[i]), ERRAND_USAGE);
}

/* In a child: as root it gives up what it was. Nothing listens at this loopback address. */
static void
nobody_listens(void **state)
{
    static const char *const addresses[] = {"127.222.111.3", "::ffff:127.222.111.3"};
    int status = -1;
    pid_t pid;

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(errand_probe(addresses[i]));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), ERRAND_DONE);
        assert_int_equal(errand_reach(addresses[i]), ERRAND_DONE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_uid_is_wrong_usage),
        cmocka_unit_test(what_is_no_address_is_wrong_usage),
        cmocka_unit_test(nobody_listens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
