/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_SIGN_IN_PAGE_H
#define AWS_ROLE_CLI_SIGN_IN_PAGE_H

/*
 * Shows on a terminal which page a person is to open: `url`, escaped, a hyperlink where the
 * terminal has them, and with `qr` as a QR code below it, or one line that says why there is none:
 * the library is missing, or the terminal too small for it. AWS_ROLE_ERR_SYSTEM.
 */
int sign_in_page_show(int terminal, const char *url, int qr);

#endif
