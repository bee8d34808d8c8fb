# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's AWS Sign-In up to the authorization code: what the page asks and refuses."""

import re
import urllib.parse

from .case import MIKA_USER, UENO_USER, WithPeer
from .device import Device, ask, read_verification_code
from .signin import SAME_DEVICE
from .signin_case import PASSWORD
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class TestPages(WithPeer):
    """The page as a browser gets it, without one."""

    def device(self, **more):
        return Device(self.ports["signin_url"], self.ports["ca_bundle"], **more)

    def fill(self, url, username="ueno", password=PASSWORD, **more):
        """Sends the form; (response, page)."""
        form = {"username": username, "password": password, **more}
        response, text = ask(url, self.ports["ca_bundle"], "POST",
                             urllib.parse.urlencode(form).encode(), list(FORM.items()))
        return response, text.decode()

    def located(self, url, **more):
        """Where a sign-in that succeeds leads: (URL without query, query's pairs)."""
        response, _ = self.fill(url, **more)
        self.assertEqual(response.status, 302)
        place, _, query = response.getheader("Location").partition("?")
        return place, dict(urllib.parse.parse_qsl(query, strict_parsing=True))

    def test_form(self):
        """the page of both clients has a form that posts to itself"""
        callback = "http://127.0.0.1:8/oauth/callback"
        for device in (self.device(),
                       self.device(client_id=SAME_DEVICE, redirect_uri=callback)):
            response, page = ask(device.authorize_url(), self.ports["ca_bundle"])
            self.assertEqual((response.status, response.getheader("Content-Type")),
                             (200, "text/html; charset=utf-8"))
            action = re.search(rb'method="post" action="(/v1/authorize\?[^"]+)"', page).group(1)
            self.assertEqual(action.decode().replace("&amp;", "&"),
                             device.authorize_url()[len(device.base):])
            for name in (b"username", b"password", b"mfacode"):
                self.assertIn(b'<input id="%s" name="%s"' % (name, name), page)
            self.assertNotIn(b"<script", page)
        self.assertEqual(self.peer.counts("signin")["by_action"], {"authorize": {"ok": 2}})

    def test_cross_device(self):
        """cross-device shows a code of state and code in base64"""
        device = self.device()
        response, _ = self.fill(device.authorize_url())
        place = response.getheader("Location")
        self.assertEqual(place.partition("?")[0], device.redirect_uri)
        response, page = ask(place, self.ports["ca_bundle"])
        shown = re.search(rb'<code id="verification-code">([A-Za-z0-9+/=]+)</code>', page).group(1)
        code, state = read_verification_code(shown)
        self.assertEqual(state, device.state)
        self.assertEqual(len(code), 512)
        self.assertEqual(dict(urllib.parse.parse_qsl(place.partition("?")[2])),
                         {"code": code, "state": state})
        self.assertEqual(device.redeem(code)[0].status, 200)
        self.assertEqual(self.peer.counts("signin")["by_action"],
                         {"sign-in": {"ok": 1}, "confirmation": {"ok": 1}, "redeem": {"ok": 1}})

    def test_same_device(self):
        """same-device redirects to the callback with code and state"""
        device = self.device(client_id=SAME_DEVICE,
                             redirect_uri="http://127.0.0.1:40123/oauth/callback")
        place, given = self.located(device.authorize_url())
        self.assertEqual(place, device.redirect_uri)
        self.assertEqual(given["state"], device.state)
        self.assertEqual(device.redeem(given["code"])[0].status, 200)

    def test_parameters(self):
        """every parameter of the authorization is checked"""
        device = self.device()
        self.assertEqual(ask(device.authorize_url(), self.ports["ca_bundle"])[0].status, 200)
        confirmation = device.redirect_uri
        callback = "http://127.0.0.1:80/oauth/callback"
        for changes in ({"response_type": "token"}, {"response_type": None}, {"scope": "profile"},
                        {"scope": None}, {"code_challenge_method": "S256"}, {"state": ""},
                        {"state": None}, {"code_challenge": "x" * 42}, {"code_challenge": None},
                        {"code_challenge": "x" * 43 + "="}, {"code_challenge": "x" * 129},
                        {"client_id": "arn:aws:signin:::devtools/other"}, {"client_id": None},
                        {"client_id": SAME_DEVICE}, {"more": "x"}, {"redirect_uri": None},
                        {"redirect_uri": callback}, {"redirect_uri": confirmation + "/"},
                        {"redirect_uri": confirmation.replace("https", "http")},
                        {"redirect_uri": confirmation.replace("localhost", "127.0.0.1")},
                        {"client_id": SAME_DEVICE, "redirect_uri": confirmation},
                        {"client_id": SAME_DEVICE,
                         "redirect_uri": callback.replace("127.0.0.1", "localhost")},
                        {"client_id": SAME_DEVICE, "redirect_uri": callback.replace("80", "65536")},
                        {"client_id": SAME_DEVICE, "redirect_uri": callback + "?x=1"},
                        {"client_id": SAME_DEVICE, "redirect_uri": callback.replace(":80", "")}):
            with self.subTest(**changes):
                url = device.authorize_url(**changes)
                response, page = ask(url, self.ports["ca_bundle"])
                self.assertEqual(response.status, 400)
                self.assertIn(b'<p id="error" role="alert">', page)
                self.assertEqual(self.fill(url)[0].status, 400)
        twice = device.authorize_url() + "&scope=openid"
        self.assertEqual(ask(twice, self.ports["ca_bundle"])[0].status, 400)
        self.assertEqual(ask(device.authorize_url(
            client_id=SAME_DEVICE, redirect_uri=callback), self.ports["ca_bundle"])[0].status, 200)

    def test_wrong_person(self):
        """a wrong name or password gets the form again"""
        url = self.device().authorize_url()
        for name, password in (("ueno", "wrong"), ("nobody", PASSWORD), ("deploy", ""), ("", "")):
            response, page = self.fill(url, username=name, password=password)
            self.assertEqual(response.status, 403)
            self.assertIn("Your authentication information is incorrect", page)
            self.assertIn('<form id="signin"', page)
        self.assertIn("&lt;b&gt;&quot;", self.fill(url, username='<b>"')[1])
        self.assertEqual(self.peer.counts("signin")["outcomes"], {"SignInFailed": 5})
        self.assertNotIn("wrong", str(self.peer.requests("signin")))
        self.located(url, username=UENO_USER)       # the whole ARN will do, too

    def test_permission(self):
        """who lacks the policy gets no code"""
        self.addCleanup(self.peer.update_user, UENO_USER, allow_sign_in=True)
        self.peer.update_user(UENO_USER, allow_sign_in=False)
        response, page = self.fill(self.device().authorize_url())
        self.assertEqual(response.status, 403)
        self.assertIn("not authorized to perform: signin:AuthorizeOAuth2Access", page)

    def test_mfa(self):
        """who has a device needs a code of it, each once"""
        url, person = self.device().authorize_url(), {"username": "mika",
                                                      "password": "battery staple"}
        code = self.peer.mfa_code(MIKA_USER)
        for wrong in ({}, {"mfacode": "000000" if code != "000000" else "000001"},
                      {"mfacode": code, "password": "wrong"}):
            self.assertEqual(self.fill(url, **{**person, **wrong})[0].status, 403)
        self.located(url, **person, mfacode=f" {code} ")
        self.assertEqual(self.fill(url, **person, mfacode=code)[0].status, 403)

    def test_control(self):
        """control signs in as a person would"""
        device = self.device()
        given = self.peer.sign_in(device.authorize_url(), "ueno", PASSWORD)
        self.assertEqual(read_verification_code(given["verification_code"]),
                         (given["code"], device.state))
        self.assertTrue(given["location"].startswith(device.redirect_uri + "?code="))
        self.assertEqual(device.redeem(given["code"])[0].status, 200)
        with self.assertRaisesRegex(Exception, "information is incorrect"):
            self.peer.sign_in(device.authorize_url(), "ueno", "wrong")
        with self.assertRaisesRegex(Exception, "scope is not openid"):
            self.peer.sign_in(device.authorize_url(scope="x"), "ueno", PASSWORD)

    def test_other_paths(self):
        """nothing else is there"""
        for method, path in (("GET", "/"), ("GET", "/v1/token"), ("PUT", "/v1/authorize"),
                             ("POST", "/v1/sessions/confirmation")):
            response, _ = ask(self.ports["signin_url"] + path, self.ports["ca_bundle"], method)
            self.assertEqual(response.status, 404)
        response, _ = ask(self.device().redirect_uri + "?code=x", self.ports["ca_bundle"])
        self.assertEqual(response.status, 400)
