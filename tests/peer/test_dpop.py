# SPDX-License-Identifier: BSD-3-Clause
"""Tests of what the peer takes for a proof of possession; the proofs are signed by cryptography."""

import email.utils
import time
import unittest
import uuid

from cryptography.hazmat.primitives.asymmetric import utils

from . import dpop
from .dpop import encode
from .signin_case import WithSignIn

OFF_CURVE = encode((1).to_bytes(32, "big"))


class TestProofs(WithSignIn):
    """Each rule by a proof that keeps it and by one that breaks it."""

    def setUp(self):
        super().setUp()
        self.signed, body = self.signed_in()
        self.token = body["refreshToken"]

    def try_proof(self, proof):
        """The answer to a refresh with it; the token is good for another try."""
        return self.signed.refresh(self.token, proof=proof)

    def refused_proof(self, proof, why):
        """Expects a refusal of the proof, for that reason."""
        self.invalid(self.try_proof(proof), f"Invalid DPoP proof: {why}")

    def test_good(self):
        """a good proof is taken"""
        self.good(self.try_proof(self.signed.proof()))

    def test_one_header(self):
        """there is one DPoP header"""
        self.refused_proof([], "0 DPoP headers")
        self.refused_proof([self.signed.proof(), self.signed.proof()], "2 DPoP headers")

    def test_form(self):
        """a proof is three parts of base64url without padding"""
        good = self.signed.proof().split(".")
        for parts, why in ((good[:2], "the proof is not a JWT"), (good + ["x"], "the proof"),
                           ([good[0] + "=", *good[1:]], "the header is not base64url"),
                           ([good[0], good[1] + "+/", good[2]], "the payload is not base64url"),
                           ([encode(b"{"), *good[1:]], "the header is not JSON"),
                           ([good[0], encode(b"[]"), good[2]], "the payload is not an object"),
                           ([*good[:2], good[2] + "=="], "the signature is not base64url"),
                           ([*good[:2], ""], "the signature is not base64url")):
            self.refused_proof(".".join(parts), why)

    def test_header(self):
        """typ is dpop+jwt, alg ES256, jwk a public key on P-256"""
        good = self.signed.jwk()
        for head, why in (({"typ": "JWT"}, "typ is not"), ({"typ": None}, "typ is not"),
                          ({"alg": "ES384"}, "typ is not dpop+jwt or alg"),
                          ({"alg": "none"}, "typ is not dpop+jwt or alg"),
                          ({"jwk": None}, "jwk is not a P-256 key"),
                          ({"jwk": {**good, "kty": "RSA"}}, "jwk is not a P-256 key"),
                          ({"jwk": {**good, "crv": "P-384"}}, "jwk is not a P-256 key"),
                          ({"jwk": {**good, "d": good["x"]}}, "jwk holds a private key"),
                          ({"jwk": {**good, "x": OFF_CURVE}}, "jwk is no point of P-256"),
                          ({"jwk": {**good, "x": encode(b"\0" + bytes(32))}}, "x is not 32 bytes"),
                          ({"jwk": {**good, "y": encode(bytes(31))}}, "y is not 32 bytes"),
                          ({"jwk": {**good, "y": good["y"] + "="}}, "y is not base64url"),
                          ({"jwk": {**good, "y": 1}}, "y is not base64url")):
            self.refused_proof(self.signed.proof(head=head), why)

    def test_signature(self):
        """the signature is r and s of 32 bytes each, by the key in the header, of both parts"""
        def der(raw):
            return utils.encode_dss_signature(*(int.from_bytes(half, "big")
                                                for half in (raw[:32], raw[32:])))
        for change, why in ((der, "the signature is not r and s"),
                            (lambda raw: raw[:63], "the signature is not r and s"),
                            (lambda raw: raw + b"\0", "the signature is not r and s"),
                            (lambda raw: raw[32:] + raw[:32], "does not fit the key"),
                            (lambda raw: bytes(64), "does not fit the key")):
            self.invalid(self.try_proof(self.signed.proof(signature=change)), why)
        first, second = (self.signed.proof().split(".") for _ in range(2))
        self.invalid(self.try_proof(".".join([*first[:2], second[2]])), "does not fit the key")
        other = self.device()
        self.invalid(self.try_proof(other.proof(head={"jwk": self.signed.jwk()})),
                     "does not fit the key")

    def test_claims(self):
        """htm and htu are the request's, exactly"""
        url = self.signed.base + "/v1/token"
        for claims, why in (({"htm": "GET"}, "htm is not POST"), ({"htm": None}, "htm is not"),
                            ({"htm": "post"}, "htm is not"), ({"htu": None}, "htu is not " + url),
                            ({"htu": url + "/"}, "htu is not"), ({"htu": url + "?"}, "htu is not"),
                            ({"htu": url.replace("http", "https")}, "htu is not"),
                            ({"htu": self.signed.base}, "htu is not")):
            self.refused_proof(self.signed.proof(claims=claims), why)

    def test_once(self):
        """a proof, and its jti, is good once"""
        number = str(uuid.uuid4())
        proof = self.signed.proof(claims={"jti": number})
        self.good(self.try_proof(proof))
        self.refused_proof(proof, "a jti for the second time")
        self.refused_proof(self.signed.proof(claims={"jti": number}), "a jti for the second time")
        for wrong in (None, "", 1):
            self.refused_proof(self.signed.proof(claims={"jti": wrong}), "there is no jti")

    def test_clock(self):
        """iat is near the server's clock; else it is told as AWS tells it, with a Date"""
        now = int(time.time())
        for away in (-dpop.PAST + 10, dpop.FUTURE - 10):
            self.good(self.try_proof(self.signed.proof(claims={"iat": now + away})))
        for away in (-dpop.PAST - 10, dpop.FUTURE + 10, -10 ** 9, 10 ** 9):
            answer = self.try_proof(self.signed.proof(claims={"iat": now + away}))
            self.denied(answer, 401, "TOKEN_EXPIRED", "AccessDeniedException",
                        "The refresh token has expired.")
        for wrong in (None, str(now), now + 0.5, True):
            self.refused_proof(self.signed.proof(claims={"iat": wrong}), "iat is not a whole")

    def test_skew(self):
        """a server of another time is followed by its Date, at redemption, too"""
        device, code = self.authorized()
        self.peer.fault("signin", "skew", seconds=7200)
        answer = device.redeem(code)
        self.denied(answer, 401, "TOKEN_EXPIRED", "AccessDeniedException")
        theirs = email.utils.parsedate_to_datetime(answer[0].getheader("Date")).timestamp()
        self.assertAlmostEqual(theirs, time.time() + 7200, delta=5)
        self.good(device.redeem(code, proof=device.proof(claims={"iat": int(theirs)})))


class TestVector(unittest.TestCase):
    """A proof that is not from here: RFC 9449 4.1, figure 2."""

    RFC = ("eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMz"
           "R0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFq"
           "SG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwia"
           "HRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjY"
           "yNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37"
           "xRZT3Lg")

    def test_rfc(self):
        """the proof of RFC 9449, and the thumbprint that it tells"""
        key = dpop.Proofs().check([self.RFC], "POST", "https://server.example.com/token",
                                  1562262616)
        self.assertEqual(key, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
