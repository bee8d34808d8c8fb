/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_QR_H
#define AWS_ROLE_CLI_QR_H

#include <stdio.h>

/*
 * A QR code (ISO/IEC 18004) in a terminal, for a telephone's camera. libqrencode makes it, which
 * is looked for (dlopen(3)) only when a code is wanted: libqrencode.so.4 or .so.3.
 */

/* Squares of a code, `size` in each row and column; 1: dark. Freed with qr_free. */
struct qr {
    int size;
    unsigned char *dark;
};

/*
 * How it is drawn. A character is about twice as high as wide: with half blocks it holds two
 * squares, one above the other, without them a square takes two of them. With colours dark is black
 * and light is white, whatever the terminal's are; without, it is drawn light on a terminal that
 * has to be dark.
 */
struct qr_style {
    int half_blocks; /* for a locale of UTF-8 */
    int colours;
    int margin; /* the light squares around it; the standard has 4, readers take 2 */
};

#define QR_MARGIN 4
#define QR_MARGIN_LEAST 2

/*
 * Makes the code of `text` with the lowest error correction, which has the fewest squares.
 * AWS_ROLE_ERR_NOT_FOUND: the library is not installed; AWS_ROLE_ERR_TOO_BIG: no code takes so
 * much, or AWS_ROLE_ERR_MEMORY.
 */
int qr_make(const char *text, struct qr *qr);

/* NULL is not allowed; one of zeroes is. */
void qr_free(struct qr *qr);

/* What it takes of a terminal. */
int qr_columns(const struct qr *qr, const struct qr_style *style);
int qr_lines(const struct qr *qr, const struct qr_style *style);

/* Writes it, in so many lines. 0, or AWS_ROLE_ERR_SYSTEM. */
int qr_draw(const struct qr *qr, const struct qr_style *style, FILE *out);

#endif
