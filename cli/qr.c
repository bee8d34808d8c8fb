/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/qr.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

/* qrencode.h of libqrencode 3 and 4; the lowest bit of a byte of `data` is a square's. */
typedef struct {
    int version;
    int width;
    unsigned char *data;
} QRcode;

#define QR_ECLEVEL_L 0
#define QR_MODE_8 2

/* xterm's 256 colours, of which no theme changes these two: black, and white. */
#define INK "\033[38;5;16m"
#define PAPER "\033[48;5;231m"
#define INK_PAPER "\033[48;5;16m"
#define PLAIN "\033[0m"

static int
copy(const QRcode *code, struct qr *qr)
{
    size_t count = (size_t)code->width * (size_t)code->width;

    qr->dark = malloc(count);
    if (qr->dark == NULL)
        return AWS_ROLE_ERR_MEMORY;
    qr->size = code->width;
    for (size_t i = 0; i < count; i++)
        qr->dark[i] = code->data[i] & 1;
    return 0;
}

static int
make_with(void *library, const char *text, struct qr *qr)
{
    QRcode *(*encode)(const char *, int, int, int, int);
    void (*release)(QRcode *);
    QRcode *code;
    int r;

    *(void **)&encode = dlsym(library, "QRcode_encodeString");
    *(void **)&release = dlsym(library, "QRcode_free");
    if (encode == NULL || release == NULL)
        return AWS_ROLE_ERR_NOT_FOUND;
    code = encode(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (code == NULL)
        return errno == ENOMEM ? AWS_ROLE_ERR_MEMORY : AWS_ROLE_ERR_TOO_BIG;
    r = copy(code, qr);
    release(code);
    return r;
}

int
qr_make(const char *text, struct qr *qr)
{
    static const char *const names[] = {"libqrencode.so.4", "libqrencode.so.3"};
    void *library = NULL;
    int r;

    *qr = (struct qr){.size = 0};
    for (size_t i = 0; library == NULL && i < sizeof names / sizeof names[0]; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return AWS_ROLE_ERR_NOT_FOUND;
    r = make_with(library, text, qr);
    dlclose(library);
    return r;
}

void
qr_free(struct qr *qr)
{
    free(qr->dark);
    *qr = (struct qr){.size = 0};
}

int
qr_columns(const struct qr *qr, const struct qr_style *style)
{
    return (qr->size + 2 * style->margin) * (style->half_blocks ? 1 : 2);
}

int
qr_lines(const struct qr *qr, const struct qr_style *style)
{
    int rows = qr->size + 2 * style->margin;

    return style->half_blocks ? (rows + 1) / 2 : rows;
}

/* 1 for a dark square; all is light around them. */
static int
is_dark(const struct qr *qr, int row, int column)
{
    return row >= 0 && row < qr->size && column >= 0 && column < qr->size &&
           qr->dark[row * qr->size + column];
}

/* Two squares in one character; what it is drawn with is dark where there are colours. */
static void
draw_half_blocks(const struct qr *qr, const struct qr_style *style, int row, FILE *out)
{
    static const char *const blocks[] = {" ", "\u2584", "\u2580", "\u2588"};

    if (style->colours)
        fputs(INK PAPER, out);
    for (int column = -style->margin; column < qr->size + style->margin; column++) {
        int upper = is_dark(qr, row, column) == style->colours;
        int lower = is_dark(qr, row + 1, column) == style->colours;

        fputs(blocks[2 * upper + lower], out);
    }
    fputs(style->colours ? PLAIN "\n" : "\n", out);
}

static void
draw_squares(const struct qr *qr, const struct qr_style *style, int row, FILE *out)
{
    for (int column = -style->margin; column < qr->size + style->margin; column++) {
        if (style->colours)
            fputs(is_dark(qr, row, column) ? INK_PAPER "  " : PAPER "  ", out);
        else
            fputs(is_dark(qr, row, column) ? "  " : "##", out);
    }
    fputs(style->colours ? PLAIN "\n" : "\n", out);
}

int
qr_draw(const struct qr *qr, const struct qr_style *style, FILE *out)
{
    for (int row = -style->margin; row < qr->size + style->margin; row += 1 + style->half_blocks) {
        if (style->half_blocks)
            draw_half_blocks(qr, style, row, out);
        else
            draw_squares(qr, style, row, out);
    }
    return fflush(out) == 0 && !ferror(out) ? 0 : AWS_ROLE_ERR_SYSTEM;
}
