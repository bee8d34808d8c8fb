# SPDX-License-Identifier: BSD-3-Clause
"""The ID token that AWS Sign-In gives at redemption: a JWT that tells who has signed in.

Header and claims as in the sample of botocore's tests (tests/unit/login), whose slashes are
escaped, too. Nobody outside of AWS checks its signature; this one is good all the same.
"""

import json
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from .dpop import encode

SECONDS = 900
ISSUER = "https://signin.aws.amazon.com/signin"
_HALF = 48


def _part(values):
    return encode(json.dumps(values, separators=(",", ":")).replace("/", "\\/").encode())


class Signer:
    """One key, made anew at each start."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._name = str(uuid.uuid4())

    def sign(self, arn, client_id, now):
        """The token for that person and client."""
        head = _part({"kid": self._name, "typ": "JWT", "alg": "ES384"})
        claims = _part({"sub": arn, "aud": client_id, "iss": ISSUER, "session_arn": arn,
                        "exp": int(now) + SECONDS, "iat": int(now)})
        der = self._key.sign(f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA384()))
        signature = b"".join(half.to_bytes(_HALF, "big")
                             for half in utils.decode_dss_signature(der))
        return f"{head}.{claims}.{encode(signature)}"
