# SPDX-License-Identifier: BSD-3-Clause
"""Proofs of possession (RFC 9449): a JWT in the DPoP header, signed with a key that is in it.

The signature is checked by cryptography; this file takes the JWT apart and says what is wrong.
"""

import base64
import binascii
import hashlib
import json
import re
import threading

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

# How far iat may be from the server's clock, in seconds. AWS publishes no numbers; a client that
# was 35 seconds ahead has been refused.
PAST, FUTURE = 300, 30
_PART = re.compile(r"[A-Za-z0-9_-]+")
_COORDINATE = 32


class ProofError(Exception):
    """The proof is no good; the text says why."""


class ClockError(ProofError):
    """Nothing is wrong with it but its time."""


def encode(data):
    """base64url without padding: RFC 7515 2."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text, what):
    """The bytes of base64url without padding; ProofError for anything else."""
    if not isinstance(text, str) or not _PART.fullmatch(text) or len(text) % 4 == 1:
        raise ProofError(f"{what} is not base64url without padding")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ProofError(f"{what} is not base64url") from None


def thumbprint(jwk):
    """RFC 7638: the SHA-256 of the key's required members, in order."""
    text = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return encode(hashlib.sha256(text.encode()).digest())


def _object(part, what):
    try:
        value = json.loads(decode(part, what))
    except ValueError:
        raise ProofError(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise ProofError(f"{what} is not an object")
    return value


def _key(jwk):
    """The public key of a jwk: on P-256, and nothing private in it."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ProofError("jwk is not a P-256 key")
    if "d" in jwk:
        raise ProofError("jwk holds a private key")
    numbers = []
    for name in ("x", "y"):
        data = decode(jwk.get(name), name)
        if len(data) != _COORDINATE:
            raise ProofError(f"{name} is not {_COORDINATE} bytes")
        numbers.append(int.from_bytes(data, "big"))
    try:
        return ec.EllipticCurvePublicNumbers(*numbers, ec.SECP256R1()).public_key()
    except ValueError:
        raise ProofError("jwk is no point of P-256") from None


def _verify(key, signed, signature):
    if len(signature) != 2 * _COORDINATE:
        raise ProofError("the signature is not r and s of 32 bytes each")
    pair = [int.from_bytes(half, "big") for half in
            (signature[:_COORDINATE], signature[_COORDINATE:])]
    try:
        key.verify(utils.encode_dss_signature(*pair), signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ProofError("the signature does not fit the key") from None


class Proofs:
    """Checks proofs and remembers them: each is good once. Safe from many threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen = {}

    def check(self, headers, method, url, now):
        """The thumbprint of the key in the request's one DPoP header, or ProofError."""
        if len(headers) != 1:
            raise ProofError(f"{len(headers)} DPoP headers")
        parts = headers[0].split(".")
        if len(parts) != 3:
            raise ProofError("the proof is not a JWT of three parts")
        head, claims = _object(parts[0], "the header"), _object(parts[1], "the payload")
        if head.get("typ") != "dpop+jwt" or head.get("alg") != "ES256":
            raise ProofError("typ is not dpop+jwt or alg is not ES256")
        jwk = head.get("jwk")
        _verify(_key(jwk), f"{parts[0]}.{parts[1]}", decode(parts[2], "the signature"))
        if claims.get("htm") != method:
            raise ProofError(f"htm is not {method}")
        if claims.get("htu") != url:
            raise ProofError(f"htu is not {url}")
        self._check_time(claims.get("iat"), now)
        self._note(claims.get("jti"), now)
        return thumbprint(jwk)

    @staticmethod
    def _check_time(issued, now):
        if not isinstance(issued, int) or isinstance(issued, bool):
            raise ProofError("iat is not a whole number of seconds")
        if not now - PAST <= issued <= now + FUTURE:
            raise ClockError(f"iat is {issued - now:+.0f} s away")

    def _note(self, number, now):
        if not isinstance(number, str) or not number:
            raise ProofError("there is no jti")
        with self._lock:
            self._seen = {one: when for one, when in self._seen.items()
                          if when > now - 2 * (PAST + FUTURE)}
            if number in self._seen:
                raise ProofError("a jti for the second time")
            self._seen[number] = now
