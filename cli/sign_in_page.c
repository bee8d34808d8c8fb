/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/sign_in_page.h"

#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/qr.h"
#include "cli/terminal.h"
#include "common/error.h"

#define TEXT_MAX 8192
#define LEAD "Open this page in a browser, on any device, and sign in there:\n\n"
#define PROMPT_LINES 2 /* what is asked stands below the code, and may be folded */

static void
show_url(const char *url, FILE *out)
{
    char escaped[TEXT_MAX];

    terminal_escape(url, escaped, sizeof escaped);
    if (terminal_has_links())
        fprintf(out, LEAD "\033]8;;%s\033\\%s\033]8;;\033\\\n\n", escaped, escaped);
    else
        fprintf(out, LEAD "%s\n\n", escaped);
}

/* A terminal that does not tell its size is taken for large enough. */
static int
fits(const struct qr *qr, const struct qr_style *style, const struct winsize *size)
{
    return (size->ws_col == 0 || qr_columns(qr, style) <= size->ws_col) &&
           (size->ws_row == 0 || qr_lines(qr, style) + PROMPT_LINES <= size->ws_row);
}

static void
draw(const struct qr *qr, int terminal, FILE *out)
{
    struct qr_style style = {
        .half_blocks = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .colours = terminal_has_colours(),
        .margin = QR_MARGIN,
    };
    struct winsize size = {0};

    (void)ioctl(terminal, TIOCGWINSZ, &size);
    if (!fits(qr, &style, &size))
        style.margin = QR_MARGIN_LEAST;
    if (fits(qr, &style, &size)) {
        (void)qr_draw(qr, &style, out);
        return;
    }
    fprintf(out,
            "A QR code of it needs %d columns and %d lines%s, and this terminal has %u and %u.\n",
            qr_columns(qr, &style), qr_lines(qr, &style) + PROMPT_LINES,
            style.half_blocks ? "" : " (half of it in a UTF-8 locale)", size.ws_col, size.ws_row);
}

static void
show_qr(const char *url, int terminal, FILE *out)
{
    struct qr qr;
    int r = qr_make(url, &qr);

    if (r == 0)
        draw(&qr, terminal, out);
    else if (r == AWS_ROLE_ERR_NOT_FOUND)
        fputs("For a QR code of it, libqrencode is missing: install libqrencode4 on Debian and "
              "Ubuntu, qrencode-libs on Fedora, qrencode on Arch.\n", out);
    else
        fprintf(out, "There is no QR code of it: %s.\n", error_text(r));
    fputc('\n', out);
    qr_free(&qr);
}

int
sign_in_page_show(int terminal, const char *url, int qr)
{
    int copy = dup(terminal), r = 0;
    FILE *out = copy < 0 ? NULL : fdopen(copy, "w");

    if (out == NULL) {
        if (copy >= 0)
            close(copy);
        return AWS_ROLE_ERR_SYSTEM;
    }
    show_url(url, out);
    if (qr)
        show_qr(url, terminal, out);
    if (ferror(out))
        r = AWS_ROLE_ERR_SYSTEM;
    return fclose(out) == 0 ? r : AWS_ROLE_ERR_SYSTEM;
}
