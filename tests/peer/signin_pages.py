# SPDX-License-Identifier: BSD-3-Clause
"""The pages of AWS Sign-In, for any browser: plain HTML without scripts. The ids are the peer's."""

from html import escape

from .messages import Answer

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<h1>{title}</h1>
{body}
"""
_FORM = """<p id="asks">{client} asks to sign in as you.</p>
{error}<form id="signin" method="post" action="{action}">
<p><label>IAM user name <input id="username" name="username" value="{username}"
autocomplete="username" required autofocus></label></p>
<p><label>Password <input id="password" name="password" type="password"
autocomplete="current-password" required></label></p>
<p><label>MFA code, if you have a device <input id="mfacode" name="mfacode" inputmode="numeric"
autocomplete="one-time-code"></label></p>
<p><button id="signin_button">Sign in</button></p>
</form>"""
_CONFIRMATION = """<p>Copy this code into the program that asks for it.</p>
<p><code id="verification-code">{code}</code></p>"""


def page(title, body, status=200, headers=()):
    """A page as an Answer."""
    return Answer(status, _PAGE.format(title=escape(title), body=body).encode(),
                  "text/html; charset=utf-8", [*headers, ("Cache-Control", "no-store")])


def form(action, client, username="", error=None):
    """Where one signs in; with what was wrong the last time."""
    told = f'<p id="error" role="alert">{escape(error)}</p>\n' if error else ""
    body = _FORM.format(action=escape(action), client=escape(client), error=told,
                        username=escape(username))
    return page("Sign in", body, 403 if error else 200)


def refusal(text, status=400):
    """What was wrong with the request, without a form."""
    return page("Sign in", f'<p id="error" role="alert">{escape(text)}</p>', status)


def confirmation(code):
    """The verification code."""
    return page("Authorization code", _CONFIRMATION.format(code=escape(code)))


def redirect(location):
    """On to where the code is wanted."""
    return Answer(302, b"", None, [("Location", location), ("Cache-Control", "no-store")])
