/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pam_module/options.h"
#include "tests/unit/pam_handle.h"

static pam_handle_t *pamh;
static struct options options;

static int
start(void **state)
{
    (void)state;
    pamh = pam_handle_start("ueno");
    return 0;
}

static int
end(void **state)
{
    (void)state;
    return pam_end(pamh, PAM_SUCCESS);
}

static void
parse(const char *word)
{
    options_parse(pamh, 1, &word, &options);
}

static void
words_are_taken(void **state)
{
    static const char *words[] = {"debug", "config=/etc/x.conf", "timeout=2"};

    (void)state;
    options_parse(pamh, 3, words, &options);
    assert_int_equal(options.debug, 1);
    assert_string_equal(options.config, "/etc/x.conf");
    assert_int_equal(options.timeout, 2);
    options_parse(pamh, 0, NULL, &options);
    assert_int_equal(options.debug, 0);
    assert_null(options.config);
    assert_int_equal(options.timeout, 5);
}

static void
wrong_words_change_nothing(void **state)
{
    static const char *const wrong[] = {
        "timeout=0",  "timeout=61",        "timeout=-1",    "timeout=",     "timeout=5s",
        "timeout",    "timeout=999999999999999999999999",   "config=x",     "config=",
        "nonsense",   "nonsense=1",        "=",             "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        parse(wrong[i]);
        assert_int_equal(options.timeout, 5);
        assert_null(options.config);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_are_taken),
        TEST(wrong_words_change_nothing),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
