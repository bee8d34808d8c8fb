# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's /v1/token: redemption, refresh, and how both are refused."""

import json
import time

from cryptography.hazmat.primitives.asymmetric import ec

from .case import MIKA_USER, ROLE, UENO_USER
from .signin import CROSS_DEVICE, SAME_DEVICE
from .signin_case import INVALID, PASSWORD, WithSignIn

CALLBACK = "http://127.0.0.1:40123/oauth/callback"
CONSOLE, GUARDED = ROLE + "Console", ROLE + "Guarded"
REGIONAL = "eu-west-1.signin.aws.amazon.com"


class TestRedemption(WithSignIn):
    """From a code to credentials."""

    def test_answer(self):
        """an answer has AWS's members, and credentials that STS takes for the user's"""
        device, body = self.signed_in()
        self.assertEqual(sorted(body), ["accessToken", "expiresIn", "idToken", "refreshToken",
                                        "tokenType"])
        self.assertEqual(sorted(body["accessToken"]),
                         ["accessKeyId", "secretAccessKey", "sessionToken"])
        self.assertEqual((body["tokenType"], body["expiresIn"]), ("aws_sigv4", 900))
        self.assertEqual(len(body["refreshToken"]), 2048)
        identity = self.caller(body).get_caller_identity()
        self.assertEqual((identity["Arn"], identity["Account"]), (UENO_USER, "123456789012"))
        self.assertLessEqual(len(body["idToken"]), 4096)
        claims = self.claims(body["idToken"])
        self.assertEqual((claims["sub"], claims["aud"]), (UENO_USER, CROSS_DEVICE))
        self.assertEqual(claims["exp"] - claims["iat"], 900)
        self.assertEqual(self.claims(body["idToken"], 0)["alg"], "ES384")
        shown = json.dumps(self.peer.requests("signin"))
        for secret in (body["refreshToken"], device.verifier, PASSWORD,
                       body["accessToken"]["sessionToken"]):
            self.assertNotIn(secret, shown)
        self.assertEqual(self.peer.requests("signin")[-1]["caller"], UENO_USER)
        self.assertEqual([one["arn"] for one in self.peer.sign_ins() if one["redeemed"]][-1],
                         UENO_USER)

    def test_roles(self):
        """AssumeRole from these credentials is as the trust policy says, an hour at most"""
        caller = self.caller(self.signed_in()[1])
        self.assume(caller, CONSOLE, DurationSeconds=3600)
        self.assertIn("1 hour session limit for roles assumed by role chaining", self.refused(
            "ValidationError", self.assume, caller, CONSOLE, DurationSeconds=3601))
        self.refused("AccessDenied", self.assume, caller, ROLE + "Developer")
        self.refused("AccessDenied", self.assume, caller, GUARDED)
        self.refused("AccessDenied", caller.get_session_token)

    def test_mfa_at_the_page(self):
        """a code shown at the page counts at STS"""
        device = self.device()
        code = self.peer.sign_in(device.authorize_url(), "mika", "battery staple",
                                 self.peer.mfa_code(MIKA_USER))["code"]
        self.assume(self.caller(self.good(device.redeem(code))), GUARDED)

    def test_short_life(self):
        """credentials end when expiresIn says"""
        self.peer.lifetime(1, service="signin")
        _, body = self.signed_in()
        self.assertEqual(body["expiresIn"], 1)
        caller, end = self.caller(body), time.monotonic() + 5
        while time.monotonic() < end:       # real expiry: the clock is what is waited for
            if self.peer.counts("sts")["outcomes"].get("ExpiredToken"):
                break
            try:
                caller.get_caller_identity()
            except caller.exceptions.ClientError:
                pass
            time.sleep(0.1)
        self.refused("ExpiredToken", caller.get_caller_identity)
        self.peer.lifetime(9999, service="signin")
        self.assertEqual(self.signed_in()[1]["expiresIn"], 900)

    def test_once(self):
        """a code is good once"""
        device, code = self.authorized()
        self.good(device.redeem(code))
        self.invalid(device.redeem(code), INVALID)
        self.invalid(device.redeem("other"), INVALID)

    def test_what_was_asked(self):
        """client, redirect_uri, verifier and region are those of the authorization"""
        device, code = self.authorized(client_id=SAME_DEVICE, redirect_uri=CALLBACK)
        for changes in ({"clientId": CROSS_DEVICE}, {"redirectUri": CALLBACK + "?"},
                        {"redirectUri": CALLBACK.replace("40123", "40124")},
                        {"codeVerifier": device.verifier[::-1]}):
            with self.subTest(**changes):
                self.invalid(device.redeem(code, **changes), INVALID)
        device.host = REGIONAL
        self.invalid(device.redeem(code), INVALID)
        device.host = None
        self.good(device.redeem(code))

    def test_code_expires(self):
        """an old code is AUTHCODE_EXPIRED"""
        self.peer.sign_in_settings(code_seconds=0)
        device, code = self.authorized()
        self.denied(device.redeem(code), 401, "AUTHCODE_EXPIRED", "AccessDeniedException")

    def test_members(self):
        """every member of the body is checked"""
        device, code = self.authorized()
        for changes in ({"clientId": None}, {"clientId": "arn:aws:signin:::devtools/other"},
                        {"grantType": None}, {"grantType": "password"}, {"code": None},
                        {"code": ""}, {"code": "x" * 513}, {"codeVerifier": None},
                        {"codeVerifier": "x" * 42}, {"codeVerifier": "x" * 129},
                        {"codeVerifier": "=" * 43}, {"redirectUri": None}, {"redirectUri": ""},
                        {"redirectUri": "x" * 2049}, {"refreshToken": "x"}, {"more": "x"},
                        {"code": 1}):
            with self.subTest(**changes):
                answer = device.redeem(code, **changes)
                self.invalid(answer)
                self.assertNotEqual(answer[1]["message"], INVALID)
        for body in (b"", b"{", b"[]", b"\xff"):
            self.invalid(device.post(body))
        self.good(device.redeem(code))

    def test_content_type(self):
        """only JSON is taken"""
        device, _ = self.authorized()
        body = {"clientId": CROSS_DEVICE, "grantType": "refresh_token", "refreshToken": "x"}
        for kind, message in (("application/json", INVALID), ("text/plain", "not JSON"),
                              ("application/json; charset=utf-8", INVALID),
                              ("application/x-www-form-urlencoded", "not JSON")):
            device.content_type = kind
            self.invalid(device.post(body), message)


class TestRefresh(WithSignIn):
    """From one refresh token to the next."""

    def test_rotation(self):
        """each refresh gives another token and credentials, and no ID token"""
        device, first = self.signed_in()
        second = self.good(device.refresh(first["refreshToken"]))
        self.assertEqual(sorted(second), ["accessToken", "expiresIn", "refreshToken", "tokenType"])
        third = self.good(device.refresh(second["refreshToken"]))
        self.assertEqual(len({one["refreshToken"] for one in (first, second, third)}), 3)
        self.assertEqual(len({one["accessToken"]["accessKeyId"]
                              for one in (first, second, third)}), 3)
        for one in (first, second, third):
            self.assertEqual(self.caller(one).get_caller_identity()["Arn"], UENO_USER)
        self.assertEqual(self.peer.counts("signin")["actions"], {"redeem": 1, "refresh": 2})
        self.assertNotIn(second["refreshToken"], json.dumps(self.peer.requests("signin")))

    def test_the_one_before(self):
        """the token before gives the same answer again until the new one is used"""
        device, first = self.signed_in()
        second = self.good(device.refresh(first["refreshToken"]))
        again = self.good(device.refresh(first["refreshToken"]))
        self.assertEqual({**again, "expiresIn": 900}, second)
        self.assertIn(again["expiresIn"], (899, 900))
        self.good(device.refresh(second["refreshToken"]))
        self.invalid(device.refresh(first["refreshToken"]), INVALID)
        self.good(device.refresh(second["refreshToken"]))

    def test_the_one_before_ends(self):
        """the token before is good for its time only"""
        device, first = self.signed_in()
        second = self.good(device.refresh(first["refreshToken"]))
        self.peer.sign_in_settings(replay_seconds=0)
        self.invalid(device.refresh(first["refreshToken"]), INVALID)
        self.good(device.refresh(second["refreshToken"]))

    def test_lost(self):
        """an answer can be lost after the rotation, which the token before survives"""
        device, first = self.signed_in()
        self.peer.fault("signin", "lost", count=1, action="refresh")
        with self.assertRaises(ConnectionError):
            device.refresh(first["refreshToken"])
        self.assertEqual(self.peer.counts("signin")["by_action"]["refresh"], {"fault:lost": 1})
        self.assertEqual(self.peer.sign_ins()[-1]["refreshes"], 1)
        second = self.good(device.refresh(first["refreshToken"]))
        self.assertEqual(self.peer.sign_ins()[-1]["refreshes"], 1)
        self.good(device.refresh(second["refreshToken"]))
        device, code = self.authorized()
        self.peer.fault("signin", "lost", count=1, action="redeem")
        with self.assertRaises(ConnectionError):
            device.redeem(code)
        self.invalid(device.redeem(code), INVALID)

    def test_whose(self):
        """key, client and region are those of the sign-in"""
        device, first = self.signed_in()
        token, key = first["refreshToken"], device.key
        self.invalid(device.refresh(token, clientId=SAME_DEVICE), INVALID)
        self.invalid(device.refresh(token + "x"))
        self.invalid(device.refresh(token[:-1]), INVALID)
        device.host = REGIONAL
        self.invalid(device.refresh(token), INVALID)
        device.host = None
        device.key = ec.generate_private_key(ec.SECP256R1())
        self.invalid(device.refresh(token), INVALID)
        device.key = key
        self.good(device.refresh(token))

    def test_regional(self):
        """a sign-in at a regional name is refreshed there, and nowhere else"""
        device = self.device(redirect_uri=f"http://{REGIONAL}/v1/sessions/confirmation")
        url = device.authorize_url().replace(device.base.partition("//")[2], REGIONAL, 1)
        device.host = REGIONAL
        token = self.good(device.redeem(self.peer.sign_in(url, "ueno", PASSWORD)["code"]))[
            "refreshToken"]
        device.host = REGIONAL.replace("eu-west-1", "us-east-1")
        self.invalid(device.refresh(token), INVALID)
        device.host = REGIONAL
        self.good(device.refresh(token))

    def test_session_ends(self):
        """a sign-in's life is its own, and no credentials outlive it"""
        self.peer.sign_in_settings(session_seconds=2)
        device, first = self.signed_in()
        self.assertLessEqual(first["expiresIn"], 2)
        token, end = first["refreshToken"], time.monotonic() + 6
        while time.monotonic() < end:       # real expiry: the clock is what is waited for
            response, body = device.refresh(token)
            if response.status != 200:
                break
            token = body["refreshToken"]
            time.sleep(0.3)
        self.denied(device.refresh(token), 401, "TOKEN_EXPIRED", "AccessDeniedException",
                    "The refresh token has expired.")

    def test_ended_by_control(self):
        """control expires or revokes what a person has"""
        device, first = self.signed_in()
        self.assertGreaterEqual(self.peer.end_sign_ins(UENO_USER, expired=True), 1)
        self.denied(device.refresh(first["refreshToken"]), 401, "TOKEN_EXPIRED",
                    "AccessDeniedException")
        device, first = self.signed_in()
        self.assertEqual(self.peer.end_sign_ins(MIKA_USER), 0)
        self.good(device.refresh(first["refreshToken"]))
        self.peer.end_sign_ins()
        self.invalid(device.refresh(first["refreshToken"]), INVALID)
        self.assertEqual(self.peer.sign_ins(), [])
        self.caller(first).get_caller_identity()        # what was issued lives on

    def test_password(self):
        """another password ends the sign-in, at redemption and refresh"""
        self.addCleanup(self.peer.update_user, UENO_USER, password=PASSWORD)
        device, first = self.signed_in()
        other, code = self.authorized()
        self.peer.update_user(UENO_USER, password="new")
        for answer in (device.refresh(first["refreshToken"]), other.redeem(code)):
            self.denied(answer, 403, "USER_CREDENTIALS_CHANGED", "AccessDeniedException")

    def test_permission(self):
        """without the policy there are no credentials, at redemption and refresh"""
        self.addCleanup(self.peer.update_user, UENO_USER, allow_sign_in=True)
        device, first = self.signed_in()
        second = self.good(device.refresh(first["refreshToken"]))
        other, code = self.authorized()
        self.peer.update_user(UENO_USER, allow_sign_in=False)
        for answer in (device.refresh(second["refreshToken"]), other.redeem(code),
                       device.refresh(first["refreshToken"])):
            self.denied(answer, 403, "INSUFFICIENT_PERMISSIONS", "AccessDeniedException")
        self.peer.update_user(UENO_USER, allow_sign_in=True)
        self.good(device.refresh(second["refreshToken"]))

    def test_faults(self):
        """throttling, errors of the server and any other code are in AWS's form"""
        device, first = self.signed_in()
        for fault, parameters, expected in (
                ("throttle", {}, (429, "INVALID_REQUEST", "TooManyRequestsError")),
                ("code", {"code": "server_error"}, (500, "server_error",
                                                    "InternalServerException")),
                ("code", {"code": "TOKEN_EXPIRED"}, (401, "TOKEN_EXPIRED",
                                                     "AccessDeniedException")),
                ("code", {"code": "USER_CREDENTIALS_CHANGED", "message": "M"},
                 (403, "USER_CREDENTIALS_CHANGED", "AccessDeniedException", "M"))):
            self.peer.fault("signin", fault, count=1, action="refresh", **parameters)
            self.denied(device.refresh(first["refreshToken"]), *expected)
        self.good(device.refresh(first["refreshToken"]))
        self.assertEqual(self.peer.sign_ins()[-1]["refreshes"], 1)
        self.peer.fault("signin", "refuse")
        with self.assertRaises(ConnectionRefusedError):
            device.refresh(first["refreshToken"])
        with self.assertRaisesRegex(Exception, "no such setting"):
            self.peer.sign_in_settings(code_second=1)
