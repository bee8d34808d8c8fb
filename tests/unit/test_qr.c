/* SPDX-License-Identifier: BSD-3-Clause */
/* How a QR code is drawn. That one is read is seen with another's decoder, in tests/system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/qr.h"
#include "common/error.h"

#define BLACK_ON_WHITE "\033[38;5;16m\033[48;5;231m"
#define BLACK "\033[48;5;16m  "
#define WHITE "\033[48;5;231m  "
#define PLAIN "\033[0m\n"
#define UPPER "\u2580"
#define LOWER "\u2584"
#define FULL "\u2588"

static unsigned char squares[] = {1, 0, 1, 1, 0, 0, 0, 1, 0};
static const struct qr sample = {.size = 3, .dark = squares};

static void
expect_drawn(const struct qr_style *style, int columns, int lines, const char *text)
{
    char *drawn = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&drawn, &size);

    assert_non_null(out);
    assert_int_equal(qr_draw(&sample, style, out), 0);
    fclose(out);
    assert_string_equal(drawn, text);
    free(drawn);
    assert_int_equal(qr_columns(&sample, style), columns);
    assert_int_equal(qr_lines(&sample, style), lines);
}

static void
half_blocks_hold_two_squares(void **state)
{
    (void)state;
    expect_drawn(&(struct qr_style){.half_blocks = 1, .colours = 1}, 3, 2,
                 BLACK_ON_WHITE FULL " " UPPER PLAIN BLACK_ON_WHITE " " UPPER " " PLAIN);
}

/* Light is drawn: on a dark terminal that is the same code. */
static void
without_colours_light_is_drawn(void **state)
{
    (void)state;
    expect_drawn(&(struct qr_style){.half_blocks = 1}, 3, 2,
                 " " FULL LOWER "\n" FULL LOWER FULL "\n");
    expect_drawn(&(struct qr_style){.half_blocks = 0}, 6, 3,
                 "  ##  \n  ####\n##  ##\n");
}

static void
elsewhere_a_square_takes_two_columns(void **state)
{
    (void)state;
    expect_drawn(&(struct qr_style){.colours = 1}, 6, 3,
                 BLACK WHITE BLACK PLAIN BLACK WHITE WHITE PLAIN WHITE BLACK WHITE PLAIN);
}

static void
it_has_a_light_margin(void **state)
{
    (void)state;
    expect_drawn(&(struct qr_style){.margin = 1}, 10, 5,
                 "##########\n##  ##  ##\n##  ######\n####  ####\n##########\n");
}

static void
a_code_is_as_large_as_its_text_needs(void **state)
{
    char text[4096];
    struct qr qr;
    int r = qr_make("HTTPS://EXAMPLE.COM", &qr);

    (void)state;
    if (r == AWS_ROLE_ERR_NOT_FOUND)
        skip(); /* libqrencode is not installed */
    assert_int_equal(r, 0);
    assert_int_equal(qr.size, 21); /* version 1: ISO/IEC 18004, table 7 */
    for (int i = 0; i < 7; i++)    /* the edge of a finder pattern is dark */
        assert_int_equal(qr.dark[i], 1);
    assert_int_equal(qr.dark[7], 0);
    qr_free(&qr);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(qr_make(text, &qr), AWS_ROLE_ERR_TOO_BIG);
    qr_free(&qr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_blocks_hold_two_squares),
        cmocka_unit_test(without_colours_light_is_drawn),
        cmocka_unit_test(elsewhere_a_square_takes_two_columns),
        cmocka_unit_test(it_has_a_light_margin),
        cmocka_unit_test(a_code_is_as_large_as_its_text_needs),
    };

    return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
