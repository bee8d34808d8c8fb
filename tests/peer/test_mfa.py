# SPDX-License-Identifier: BSD-3-Clause
"""Tests of MFA at the peer's STS: codes of a device, session tokens, roles that want them."""

import datetime
import json
import time
import unittest

from . import totp
from .case import KEY, MIKA_USER, ROLE, SECRET, WithPeer

MIKA_KEY, MIKA_SECRET = "AKIAEXAMPLEMIKA00001", "dGhpcyBpcyBubyBzZWNyZXQgb2YgYW55Ym9keSEhEXAMP"
SERIAL = "arn:aws:iam::123456789012:mfa/mika"
DEVICE = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CONSOLE, GUARDED = ROLE + "Console", ROLE + "Guarded"
BAD_CODE = "403 MultiFactorAuthentication failed with invalid MFA one time pass code. "
CHAINED = "1 hour session limit for roles assumed by role chaining"


class TestCodes(unittest.TestCase):
    """RFC 6238, appendix B: the last six of the eight digits there."""

    def test_vectors(self):
        """the codes of RFC 6238"""
        for now, code in ((59, "287082"), (1111111109, "081804"), (1111111111, "050471"),
                          (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")):
            self.assertEqual(totp.code(DEVICE, now), code)

    def test_secret(self):
        """a secret is base32 as devices show it"""
        self.assertEqual(totp.key("gezd gnbv"), b"12345")
        self.assertEqual(totp.key("ge======"), totp.key("GE"))
        for wrong in ("GEZD1", "G", "?"):
            with self.assertRaises(ValueError):
                totp.key(wrong)


class TestMfa(WithPeer):
    """Mika has a device; each test gives it a new secret, so that no code is used up."""

    number = 0

    def setUp(self):
        super().setUp()
        TestMfa.number += 1
        self.secret = DEVICE[:-2] + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[TestMfa.number] + "A"
        self.peer.update_user(MIKA_USER, mfa={"serial": SERIAL, "secret": self.secret})
        self.mika = self.client(MIKA_KEY, MIKA_SECRET)

    def mfa(self, code=None, serial=SERIAL):
        """The two parameters."""
        return {"SerialNumber": serial, "TokenCode": code or self.peer.mfa_code(MIKA_USER)}

    def token_session(self, **more):
        """A client with a session token's credentials."""
        return self.of(self.mika.get_session_token(**more)["Credentials"])

    def test_code(self):
        """a code is taken one step to either side, each once"""
        now = int(time.time())
        if now % totp.STEP > totp.STEP - 5:     # the step must not change while this runs
            time.sleep(totp.STEP - now % totp.STEP)
            now = int(time.time())
        for steps in (-2, 2, 3):
            code = totp.code(self.secret, now + steps * totp.STEP)
            self.assertEqual(self.refused("AccessDenied", self.mika.get_session_token,
                                          **self.mfa(code)), BAD_CODE)
        for steps in (0, -1, 1):
            code = totp.code(self.secret, now + steps * totp.STEP)
            self.mika.get_session_token(**self.mfa(code))
            self.assertEqual(self.refused("AccessDenied", self.mika.get_session_token,
                                          **self.mfa(code)), BAD_CODE)
        with self.assertRaisesRegex(Exception, "has used all codes"):
            self.peer.mfa_code(MIKA_USER)
        self.assertNotIn(f'"{code}"', json.dumps(self.peer.requests()))

    def test_clock(self):
        """a code is of the server's time"""
        self.peer.fault("sts", "skew", seconds=600)
        theirs = totp.code(self.secret, time.time() + 600)
        self.refused("AccessDenied", self.mika.get_session_token, **self.mfa())
        self.mika.get_session_token(**self.mfa(theirs))

    def test_parameters(self):
        """both parameters or none, the user's own device, six digits"""
        for name in ("SerialNumber", "TokenCode"):
            given = {name: self.mfa()[name]}
            for call in (lambda given=given: self.mika.get_session_token(**given),
                         lambda given=given: self.assume(self.mika, CONSOLE, **given)):
                self.assertEqual(self.refused("AccessDenied", call),
                                 "403 MultiFactorAuthentication failed, must provide both MFA "
                                 "serial number and one time pass code.")
        unable = ("403 MultiFactorAuthentication failed, unable to validate MFA code.  Please "
                  "verify your MFA serial number is valid and associated with this user.")
        for client, serial in ((self.mika, SERIAL + "x"), (self.client(KEY, SECRET), SERIAL)):
            self.assertEqual(self.refused("AccessDenied", client.get_session_token,
                                          **self.mfa(serial=serial)), unable)
        loose = self.client(MIKA_KEY, MIKA_SECRET, parameter_validation=False)
        for code in ("12345", "1234567", "12345x"):
            self.refused("ValidationError", loose.get_session_token, **self.mfa(code))
        self.mika.get_session_token(**self.mfa())

    def test_duration(self):
        """a session token lives 900 to 129600 seconds, 43200 where nothing is said"""
        loose = self.client(MIKA_KEY, MIKA_SECRET, parameter_validation=False)
        for seconds in (899, 129601):
            self.refused("ValidationError", loose.get_session_token, DurationSeconds=seconds)
        for given, lives in (({}, 43200), ({"DurationSeconds": 900}, 900),
                             ({"DurationSeconds": 129600}, 129600)):
            issued = self.mika.get_session_token(**given)["Credentials"]
            left = issued["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
            self.assertAlmostEqual(left.total_seconds(), lives, delta=10)

    def test_what_a_session_may(self):
        """a session token's credentials may AssumeRole and GetCallerIdentity, nothing else"""
        session = self.token_session(**self.mfa())
        self.assertEqual(session.get_caller_identity()["Arn"], MIKA_USER)
        self.assume(session, CONSOLE)
        self.assertEqual(self.refused("AccessDenied", session.get_session_token),
                         "403 Cannot call GetSessionToken with session credentials")
        self.assertEqual(self.refused("AccessDenied", session.get_federation_token, Name="mika"),
                         "403 Cannot call GetFederationToken with session credentials")
        self.refused("InvalidAction", session.get_access_key_info, AccessKeyId=KEY)

    def test_guarded_role(self):
        """a role that wants MFA takes a code at the call, or a session token that has seen one"""
        self.refused("AccessDenied", self.assume, self.mika, GUARDED)
        self.refused("AccessDenied", self.assume, self.token_session(), GUARDED)
        self.assume(self.mika, GUARDED, **self.mfa())
        self.assume(self.token_session(**self.mfa()), GUARDED)

    def test_age(self):
        """a role may want that the code is not long ago"""
        aged = ROLE + "Aged"
        self.addCleanup(self.peer.remove_role, aged)
        self.peer.update_role(aged, trust=[MIKA_USER], mfa_max_age=3600)
        session = self.token_session(**self.mfa())
        self.assume(session, aged)
        self.refused("AccessDenied", self.assume, self.token_session(), aged)
        self.peer.update_role(aged, mfa_max_age=0)
        self.refused("AccessDenied", self.assume, session, aged)
        self.peer.update_role(aged, mfa_max_age=1)
        self.assume(self.mika, aged, **self.mfa())

    def test_not_passed_on(self):
        """a role's session has seen no MFA, whatever was shown to get it"""
        chained = ROLE + "Chained"
        self.addCleanup(self.peer.remove_role, chained)
        self.peer.update_role(chained, trust=[GUARDED])
        first = self.of(self.assume(self.mika, GUARDED, **self.mfa()))
        self.assume(first, chained)
        self.peer.update_role(chained, require_mfa=True)
        self.refused("AccessDenied", self.assume, first, chained)

    def test_hour(self):
        """from a session token a role is had for an hour at most, from a key for longer"""
        self.assume(self.mika, GUARDED, DurationSeconds=43200, **self.mfa())
        session = self.token_session(**self.mfa())
        self.assume(session, GUARDED, DurationSeconds=3600)
        self.assertIn(CHAINED, self.refused("ValidationError", self.assume, session, GUARDED,
                                            DurationSeconds=3601))
