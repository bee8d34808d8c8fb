/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AWS_ROLE_CLI_OPEN_BROWSER_H
#define AWS_ROLE_CLI_OPEN_BROWSER_H

/*
 * Starts a person's browser with `url`, which whoever lists processes can read: $BROWSER, a list of
 * commands with colons between, the first that can be started; where it is not set, wslview, and
 * with DISPLAY or WAYLAND_DISPLAY xdg-open or open. A command is a program, or words with blanks
 * between of which the first is one; a word %s stands for the URL, which comes last where there is
 * none. No shell reads it.
 *
 * The browser has the caller's environment, a session of its own (setsid(2)), so that no ctrl-C of
 * the terminal reaches it, and /dev/null as its standard streams. It is not our child. Its end is
 * waited for, two seconds at most: by a signal, or with another status than 0, it counts as one
 * that cannot be started. AWS_ROLE_ERR_NOT_FOUND: none can be started; AWS_ROLE_ERR_MEMORY;
 * AWS_ROLE_ERR_SYSTEM.
 */
int open_browser(const char *url);

#endif
