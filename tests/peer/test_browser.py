# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's sign-in page in Chromium."""

import socket
import ssl

from .browser import Browser, Callback, missing
from .case import MIKA_USER
from .device import Device, read_verification_code
from .signin import SAME_DEVICE
from .signin_case import PASSWORD, WithSignIn

HOST = "ap-northeast-1.signin.aws.amazon.com"


class TestBrowser(WithSignIn):
    """A real browser at AWS's name, which leads to the peer."""

    browser = None

    def setUp(self):
        super().setUp()
        if missing():
            self.skipTest(missing())
        if TestBrowser.browser is None:
            port = self.ports["signin"][0]["port"]
            TestBrowser.browser = Browser({f"{HOST}:443": f"127.0.0.1:{port}"})
            self.addClassCleanup(TestBrowser.browser.close)

    def device(self, **more):
        """One that speaks to AWS's name."""
        return Device("https://" + HOST, **more)

    def redeem(self, device, code):
        """Over plain loopback, with AWS's name as Host."""
        device.base, device.host = self.ports["signin_plain_url"], HOST
        return self.good(device.redeem(code))

    def test_cross_device(self):
        """chromium signs in and reads the verification code"""
        device = self.device()
        shown = self.browser.sign_in(device.authorize_url(), "ueno", PASSWORD)
        code, state = read_verification_code(shown)
        self.assertEqual(state, device.state)
        self.assertTrue(self.browser.url().startswith(device.redirect_uri + "?code="))
        self.assertEqual(self.claims(self.redeem(device, code)["idToken"])["sub"].rpartition("/")[2],
                         "ueno")

    def test_same_device(self):
        """chromium is led to the callback with code and state"""
        callback = Callback()
        self.addCleanup(callback.close)
        device = self.device(client_id=SAME_DEVICE, redirect_uri=callback.uri)
        self.assertEqual(self.browser.sign_in(device.authorize_url(), "ueno", PASSWORD,
                                              shows="done"), "You may close this window.")
        given = callback.wait()
        self.assertEqual(given["state"], device.state)
        self.redeem(device, given["code"])

    def test_again(self):
        """chromium tells a wrong password, and the form takes the right one"""
        device = self.device()
        self.assertIn("information is incorrect", self.browser.sign_in(
            device.authorize_url(), "mika", "wrong", shows="error"))
        for name, text in (("password", "battery staple"),
                           ("mfacode", self.peer.mfa_code(MIKA_USER))):
            self.browser.fill(name, text)
        self.browser.click("signin_button")
        code, _ = read_verification_code(self.browser.text("verification-code"))
        self.redeem(device, code)

    def test_refused(self):
        """chromium shows what is wrong with a link"""
        self.browser.open(self.device().authorize_url(scope="x"))
        self.assertEqual(self.browser.text("error"), "scope is not openid")


class TestNames(WithSignIn):
    """The certificate."""

    def test_certificate(self):
        """the certificate is good for AWS's names of the service"""
        context = ssl.create_default_context(cafile=self.ports["ca_bundle"])
        for name, good in ((HOST, True), ("us-gov-west-1.signin.amazonaws-us-gov.com", True),
                           ("cn-north-1.signin.amazonaws.cn", True), ("localhost", True),
                           ("signin.aws.amazon.com", False)):
            with self.subTest(name):
                if good:
                    self.handshake(context, name)
                else:
                    with self.assertRaises(ssl.SSLCertVerificationError):
                        self.handshake(context, name)

    def handshake(self, context, name):
        """TLS with the peer under that name."""
        port = self.ports["signin"][0]["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock, \
                context.wrap_socket(sock, server_hostname=name):
            pass
