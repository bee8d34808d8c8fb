# SPDX-License-Identifier: BSD-3-Clause
"""A client of AWS Sign-In for tests, right or wrong on purpose: its key, proofs and requests."""

import base64
import http.client
import json
import secrets
import ssl
import time
import uuid
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from . import grants
from .dpop import encode
from .signin import CROSS_DEVICE

SECONDS = 5


def ask(url, ca_bundle=None, method="GET", body=None, headers=()):
    """(response, body) of one request on a connection of its own."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=SECONDS, context=ssl.create_default_context(cafile=ca_bundle))
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        connection.putrequest(method, f"{parts.path}{'?' if parts.query else ''}{parts.query}",
                              skip_host=any(name.lower() == "host" for name, _ in headers))
        for name, value in headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body or None)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


class Device:
    """One key and what belongs to one sign-in with it. base: https://HOST[:PORT]."""

    def __init__(self, base, ca_bundle=None, client_id=CROSS_DEVICE, redirect_uri=None):
        self.base, self.ca_bundle, self.client_id = base, ca_bundle, client_id
        self.redirect_uri = redirect_uri or base + "/v1/sessions/confirmation"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.state, self.verifier = str(uuid.uuid4()), secrets.token_urlsafe(48)
        self.host, self.content_type = None, "application/json"

    def authorize_url(self, **changes):
        """Where the person signs in. A change of None leaves the parameter out."""
        query = {"response_type": "code", "client_id": self.client_id, "state": self.state,
                 "code_challenge_method": "SHA-256", "scope": "openid",
                 "redirect_uri": self.redirect_uri,
                 "code_challenge": grants.challenge(self.verifier), **changes}
        query = {name: value for name, value in query.items() if value is not None}
        return f"{self.base}/v1/authorize?{urlencode(query, quote_via=quote, safe='')}"

    def jwk(self):
        """The public key."""
        numbers = self.key.public_key().public_numbers()
        return {"kty": "EC", "x": encode(numbers.x.to_bytes(32, "big")),
                "y": encode(numbers.y.to_bytes(32, "big")), "crv": "P-256"}

    def proof(self, head=None, claims=None, signature=None):
        """A proof with changes; signature: what makes another one of the good one's bytes."""
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk(), **(head or {})}
        host = f"{urlsplit(self.base).scheme}://{self.host}" if self.host else self.base
        claims = {"htm": "POST", "htu": host + "/v1/token", "iat": int(time.time()),
                  "jti": str(uuid.uuid4()), **(claims or {})}
        signed = ".".join(encode(json.dumps({name: value for name, value in part.items()
                                             if value is not None}).encode())
                          for part in (head, claims))
        pair = utils.decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        raw = b"".join(half.to_bytes(32, "big") for half in pair)
        return f"{signed}.{encode(signature(raw) if signature else raw)}"

    def post(self, body, proof=None, headers=()):
        """(response, body's JSON) of /v1/token; proof: a text, a list of them, None: a good one."""
        proofs = [self.proof()] if proof is None else [proof] if isinstance(proof, str) else proof
        given = [("Content-Type", self.content_type), *headers,
                 *(("DPoP", one) for one in proofs)]
        if self.host:
            given.append(("Host", self.host))
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        response, text = ask(self.base + "/v1/token", self.ca_bundle, "POST", text, given)
        return response, json.loads(text)

    def redeem(self, granted, proof=None, **changes):
        """The code for credentials. A change of None leaves the member out."""
        body = {"clientId": self.client_id, "grantType": "authorization_code", "code": granted,
                "codeVerifier": self.verifier, "redirectUri": self.redirect_uri, **changes}
        return self.post({name: value for name, value in body.items() if value is not None}, proof)

    def refresh(self, token, proof=None, **changes):
        """The refresh token for credentials."""
        return self.post({"clientId": self.client_id, "grantType": "refresh_token",
                          "refreshToken": token, **changes}, proof)


def read_verification_code(text):
    """(code, state) of what the page shows."""
    given = dict(parse_qsl(base64.b64decode(text, validate=True).decode(), strict_parsing=True))
    return given["code"], given["state"]
