# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the peer's AWS Sign-In share."""

import base64
import json

from .case import WithPeer
from .device import Device

PASSWORD = "correct horse"
INVALID = "The provided authorization grant is invalid, expired, revoked, or malformed"


class WithSignIn(WithPeer):
    """Devices of ueno's on plain loopback."""

    def setUp(self):
        super().setUp()
        self.peer.lifetime(None, service="signin")
        self.peer.sign_in_settings(code_seconds=600, session_seconds=43200, replay_seconds=900)

    def device(self, **more):
        """One that has not signed in."""
        return Device(self.ports["signin_plain_url"], **more)

    def authorized(self, **more):
        """A device and its code."""
        device = self.device(**more)
        return device, self.peer.sign_in(device.authorize_url(), "ueno", PASSWORD)["code"]

    def good(self, answer):
        """The JSON of an answer that must be good."""
        response, body = answer
        self.assertEqual(response.status, 200, body)
        self.assertEqual(response.getheader("Content-Type"), "application/json")
        return body

    def signed_in(self, **more):
        """A device and what its redemption gave."""
        device, code = self.authorized(**more)
        return device, self.good(device.redeem(code))

    def denied(self, answer, status, error, kind, message=None):
        """Expects AWS's refusal."""
        response, body = answer
        self.assertEqual((response.status, body["error"], response.getheader("x-amzn-ErrorType")),
                         (status, error, kind), body)
        self.assertEqual(sorted(body), ["error", "message"])
        if message is not None:
            self.assertIn(message, body["message"])
        self.assertTrue(response.getheader("Date"))

    def invalid(self, answer, message=None):
        """Expects a ValidationException."""
        self.denied(answer, 400, "INVALID_REQUEST", "ValidationException", message)

    def caller(self, body):
        """STS' client with an answer's credentials."""
        token = body["accessToken"]
        return self.client(token["accessKeyId"], token["secretAccessKey"], token["sessionToken"])

    @staticmethod
    def claims(token, part=1):
        """A JWT's header (0) or payload (1)."""
        text = token.split(".")[part]
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
