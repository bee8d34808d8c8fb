/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"

static char line[LOG_LINE_MAX];

static void
format(size_t size, const char *sentence, ...)
{
    va_list pairs;

    va_start(pairs, sentence);
    log_format(line, size, sentence, pairs);
    va_end(pairs);
}

static void
pairs_follow_the_sentence(void **state)
{
    (void)state;
    format(sizeof line, "role granted", "user", "ueno", "rhost", (char *)NULL, "role", "audit",
           NULL);
    assert_string_equal(line, "role granted user=ueno role=audit");
}

static void
nobody_can_forge_a_line_or_a_key(void **state)
{
    (void)state;
    format(sizeof line, "x", "user", "a\nb", "role", "a role=b", "arn", "\"q\\", "e", "",
           "u", "\xc3\xa9", NULL);
    assert_string_equal(line, "x user=\"a\\x0Ab\" role=\"a role=b\" arn=\"\\x22q\\x5C\" e=\"\" "
                              "u=\"\\xC3\\xA9\"");
    assert_null(strchr(line, '\n'));
}

static void
values_and_lines_are_cut(void **state)
{
    char value[LOG_VALUE_MAX + 2];

    (void)state;
    memset(value, 'a', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    format(sizeof line, "x", "v", value, "w", "b", NULL);
    assert_int_equal(strlen(line), strlen("x v=") + LOG_VALUE_MAX + strlen("... w=b"));
    assert_non_null(strstr(line, "a... w=b"));
    format(10, "sentence", "key", "value", NULL);
    assert_string_equal(line, "sentence ");
    format(16, "sentence", "k", "a value", NULL);
    assert_string_equal(line, "sentence k=\"a \""); /* its quote is not open */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_follow_the_sentence),
        cmocka_unit_test(nobody_can_forge_a_line_or_a_key),
        cmocka_unit_test(values_and_lines_are_cut),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
