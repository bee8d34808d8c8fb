# SPDX-License-Identifier: BSD-3-Clause
"""One-time codes of a virtual MFA device: RFC 6238 with SHA-1, six digits, steps of 30 seconds."""

import base64
import binascii
import hashlib
import hmac

STEP = 30
DIGITS = 6
WINDOW = 1      # steps to either side of the server's own that are taken


def key(secret):
    """The bytes of a secret in base32, in any case, padded or not; else ValueError."""
    text = secret.replace(" ", "").upper().rstrip("=")
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise ValueError(f"not base32: '{secret}'") from None


def at_step(secret, step):
    """The code of that step: RFC 4226 5.3."""
    digest = hmac.digest(key(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset:offset + 4], "big") & 0x7fffffff
    return f"{number % 10 ** DIGITS:0{DIGITS}d}"


def steps(now):
    """The steps whose codes are taken at that time, the oldest first."""
    step = int(now) // STEP
    return range(step - WINDOW, step + WINDOW + 1)


def code(secret, now):
    """The code that a device with a right clock shows."""
    return at_step(secret, int(now) // STEP)
