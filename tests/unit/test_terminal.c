/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal.h"

static void
assert_escaped(const char *text, const char *expected)
{
    char escaped[256];

    terminal_escape(text, escaped, sizeof escaped);
    assert_string_equal(escaped, expected);
}

static void
in_utf8(void)
{
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL && setlocale(LC_CTYPE, "C.utf8") == NULL)
        skip();
}

static void
printable_text_stays(void **state)
{
    (void)state;
    setlocale(LC_CTYPE, "C");
    assert_escaped("", "");
    assert_escaped("arn:aws:iam::123456789012:role/Developer (x) 100%", "arn:aws:iam::123456789012:"
                   "role/Developer (x) 100%");
    in_utf8();
    assert_escaped("ueno \xe4\xb8\x8a\xe9\x87\x8e", "ueno \xe4\xb8\x8a\xe9\x87\x8e");
}

static void
control_characters_never_pass(void **state)
{
    (void)state;
    for (int utf8 = 0; utf8 < 2; utf8++) {
        if (utf8)
            in_utf8();
        else
            setlocale(LC_CTYPE, "C");
        assert_escaped("a\033[31mb", "a\\x1B[31mb");
        assert_escaped("a\nb\rc\td\x7f", "a\\x0Ab\\x0Dc\\x09d\\x7F");
        assert_escaped("\x9b" "2J", "\\x9B2J");
        assert_escaped("\xc2\x9b" "2J", "\\xC2\\x9B2J"); /* CSI as a character of its own */
        assert_escaped("\xff\xfe", "\\xFF\\xFE");
        assert_escaped("cut \xe4\xb8", "cut \\xE4\\xB8");
    }
}

static void
every_byte_is_printable_afterwards(void **state)
{
    char text[256], escaped[1025];

    (void)state;
    setlocale(LC_CTYPE, "C");
    for (int i = 1; i < 256; i++)
        text[i - 1] = (char)i;
    text[255] = '\0';
    terminal_escape(text, escaped, sizeof escaped);
    for (const char *at = escaped; *at != '\0'; at++)
        assert_true(*at >= ' ' && *at <= '~');
}

static void
the_direction_of_writing_cannot_be_turned(void **state)
{
    (void)state;
    in_utf8();
    assert_escaped("\xe2\x80\xae" "root", "\\xE2\\x80\\xAEroot");
    assert_escaped("a\xe2\x80\x8b" "b", "a\\xE2\\x80\\x8B" "b");
    assert_escaped("\xef\xbb\xbf", "\\xEF\\xBB\\xBF");
}

static void
what_does_not_fit_is_cut_between_characters(void **state)
{
    char escaped[8];

    (void)state;
    setlocale(LC_CTYPE, "C");
    terminal_escape("abcdefghij", escaped, sizeof escaped);
    assert_string_equal(escaped, "abcdefg");
    terminal_escape("abcd\033", escaped, sizeof escaped);
    assert_string_equal(escaped, "abcd");
    terminal_escape("abc\033", escaped, sizeof escaped);
    assert_string_equal(escaped, "abc\\x1B");
    in_utf8();
    terminal_escape("abcdef\xe4\xb8\x8a", escaped, sizeof escaped);
    assert_string_equal(escaped, "abcdef");
}

static void
width_counts_columns(void **state)
{
    (void)state;
    in_utf8();
    assert_int_equal(terminal_width(""), 0);
    assert_int_equal(terminal_width("ueno"), 4);
    assert_int_equal(terminal_width("\xe4\xb8\x8a\xe9\x87\x8e"), 4); /* two of double width */
    assert_int_equal(terminal_width("e\xcc\x81"), 1);                /* a combining accent */
}

/* What a row and a line write to a stream that is no terminal, or is said to be one. */
static void
assert_written(int columns, int colour, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    struct terminal terminal = {.columns = columns, .colour = colour};

    terminal.out = open_memstream(&text, &size);
    assert_non_null(terminal.out);
    terminal_row(&terminal, "role", TERMINAL_BOLD, "a\033b");
    terminal_line(&terminal, TERMINAL_BAD, "%s: %d", "c\nd", 7);
    assert_int_equal(fclose(terminal.out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void
columns_and_colour_are_for_terminals(void **state)
{
    (void)state;
    setlocale(LC_CTYPE, "C");
    assert_written(0, 0, "role: a\\x1Bb\nc\\x0Ad: 7\n");
    assert_written(1, 0, "role        a\\x1Bb\nc\\x0Ad: 7\n");
    assert_written(1, 1, "\033[2mrole\033[0m        \033[1ma\\x1Bb\033[0m\n"
                         "\033[31mc\\x0Ad: 7\033[0m\n");
}

static void
a_terminal_is_recognised(void **state)
{
    struct terminal terminal;
    FILE *file = tmpfile(), *tty;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    (void)state;
    assert_non_null(file);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    terminal_open(&terminal, file);
    assert_false(terminal.columns);
    assert_false(terminal.colour);
    fclose(file);

    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        skip();
    tty = fopen(ptsname(master), "r+e");
    assert_non_null(tty);
    terminal_open(&terminal, tty);
    assert_true(terminal.columns);
    assert_true(terminal.colour);
    setenv("NO_COLOR", "", 1); /* no-color.org: only when not empty */
    terminal_open(&terminal, tty);
    assert_true(terminal.colour);
    setenv("NO_COLOR", "1", 1);
    terminal_open(&terminal, tty);
    assert_true(terminal.columns);
    assert_false(terminal.colour);
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    terminal_open(&terminal, tty);
    assert_false(terminal.colour);
    unsetenv("TERM");
    terminal_open(&terminal, tty);
    assert_false(terminal.colour);
    fclose(tty);
    close(master);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_stays),
        cmocka_unit_test(control_characters_never_pass),
        cmocka_unit_test(every_byte_is_printable_afterwards),
        cmocka_unit_test(the_direction_of_writing_cannot_be_turned),
        cmocka_unit_test(what_does_not_fit_is_cut_between_characters),
        cmocka_unit_test(width_counts_columns),
        cmocka_unit_test(columns_and_colour_are_for_terminals),
        cmocka_unit_test(a_terminal_is_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
